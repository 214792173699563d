import type { EngineOptions } from "./engine.js";
import { engineConfig, type WorkspaceOptions } from "./options.js";
import { RestartingClient } from "./restarting-client.js";
import { startWorkerEngine } from "./worker-start.js";
import { createWorkspace, type Workspace } from "./workspace.js";

export * from "./surface.js";

/**
 * A workspace whose engine runs in a dedicated worker: the page never blocks.
 *
 * @throws CogridError `usage.option`; `host.worker` when no worker can be started; `store.…` when the tables can't be opened.
 */
export async function openWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
  const engine: EngineOptions = {
    name: options.name ?? "default",
    store: options.store ?? storeOfThisPage(),
    config: engineConfig(options),
  };
  const client = new RestartingClient(() =>
    startWorkerEngine({
      engine,
      createWorker:
        options.createWorker ??
        (() => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "cogrid" })),
      wantsThreads: options.threads !== "off",
      threads: Math.max(1, Math.min(options.parallelWorkers ?? 4, navigator.hardwareConcurrency ?? 1)),
      bootTimeoutMs: options.bootTimeoutMs ?? 60_000,
    }),
  );
  await client.ready();
  return createWorkspace(client);
}

function storeOfThisPage(): "indexeddb" | "memory" {
  if (typeof indexedDB !== "undefined") return "indexeddb";
  console.warn("cogrid: this page has no IndexedDB; sources and results are kept in memory and end with the page");
  return "memory";
}
