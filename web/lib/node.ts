import { availableParallelism } from "node:os";
import type { EngineOptions } from "./engine.js";
import { CogridError } from "./errors.js";
import { GivenSources } from "./given-sources.js";
import { HelperPool } from "./helper-pool.js";
import { LocalClient } from "./invoke.js";
import { FileClient } from "./node-files.js";
import { openDatabase } from "./node-sqlite.js";
import { createNodeWorker } from "./node-threads.js";
import { loadEngine } from "./node-wasm.js";
import { engineConfig, helperOptions, mayHaveHelpers, parallelWorkers, type WorkspaceOptions } from "./options.js";
import { PooledClient } from "./pooled-client.js";
import { nodeQueueHost } from "./queue-host-node.js";
import { RestartingClient } from "./restarting-client.js";
import { createSettings, environmentSettings, forgetfulSettings, settle } from "./settings.js";
import { settingsFile } from "./settings-file.js";
import { WorkerClient } from "./worker-client.js";
import { createWorkspace, type Workspace } from "./workspace.js";

export * from "./surface.js";

/**
 * A workspace whose engine runs in this process, with threads that compute its larger requests. Sources may also be
 * paths and `file:` URLs.
 *
 * @throws CogridError `usage.option`; `store.…` when the tables can't be opened.
 */
export async function openWorkspace(asked: WorkspaceOptions = {}): Promise<Workspace> {
  const stored = asked.directory === undefined ? forgetfulSettings() : settingsFile(asked.directory);
  const { options, settings } = settle(
    asked,
    { workspace: stored.read(), environment: environmentSettings(asked.environment ?? process.env) },
    { cores: availableParallelism() },
  );
  const config = engineConfig(options);
  if (options.store === "indexeddb") {
    throw new CogridError("usage.option", 'expected store "memory" or a SqlConnection in Node, got "indexeddb"', {
      hint: "give a directory to keep the workspace in SQLite",
    });
  }
  const database =
    options.directory === undefined || options.store !== undefined ? undefined : await openDatabase(options.directory);
  const engine: EngineOptions = {
    name: options.name ?? "default",
    store: options.store ?? database ?? "memory",
    config,
    openFile: (name) => client.openFile(name),
  };
  let instances = 0;
  const given = new GivenSources();
  const size = options.threads === "off" ? 1 : parallelWorkers(options, availableParallelism());
  const start = (): Promise<WorkerClient> =>
    WorkerClient.start({
      createWorker: createNodeWorker,
      engine: helperOptions(config, size),
      build: "single",
      threads: 1,
      bootTimeoutMs: options.bootTimeoutMs ?? 60_000,
    });
  const client: FileClient = new FileClient(
    new PooledClient(
      new RestartingClient(async () => new LocalClient(await (await loadEngine(instances++)).open(engine)), given),
      size > 1 && mayHaveHelpers(config) ? new HelperPool({ size, start, given }) : undefined,
    ),
    () => database?.close(),
  );
  try {
    await client.ready();
  } catch (error) {
    await client.close();
    throw error;
  }
  return createWorkspace(client, { queue: nodeQueueHost(), settings: createSettings(settings, stored) });
}
