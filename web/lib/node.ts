import { readFile } from "node:fs/promises";
import type { EngineConstructor, EngineOptions } from "./engine.js";
import { CogridError } from "./errors.js";
import { LocalClient } from "./invoke.js";
import { FileClient } from "./node-files.js";
import { openDatabase } from "./node-sqlite.js";
import { engineConfig, type WorkspaceOptions } from "./options.js";
import { RestartingClient } from "./restarting-client.js";
import { createWorkspace, type Workspace } from "./workspace.js";

export * from "./surface.js";

/**
 * A workspace whose engine runs in this process. Sources may also be paths and `file:` URLs.
 *
 * @throws CogridError `usage.option`; `store.…` when the tables can't be opened.
 */
export async function openWorkspace(options: WorkspaceOptions = {}): Promise<Workspace> {
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
  };
  let instances = 0;
  const client = new FileClient(
    new RestartingClient(async () => new LocalClient(await (await load(instances++)).open(engine))),
    () => database?.close(),
  );
  try {
    await client.ready();
  } catch (error) {
    await client.close();
    throw error;
  }
  return createWorkspace(client);
}

// A trapped instance can't be used again and its module holds it for ever: another address gives another module.
async function load(instance: number): Promise<EngineConstructor> {
  const glueUrl = new URL(`./wasm/single/cogrid.js${instance === 0 ? "" : `?instance=${instance}`}`, import.meta.url);
  const glue = (await import(glueUrl.href)) as typeof import("./wasm/single/cogrid.js");
  await glue.default({ module_or_path: await readFile(new URL("./wasm/single/cogrid_bg.wasm", import.meta.url)) });
  return glue.Engine;
}
