import type { EngineConstructor, EngineOptions } from "./engine.js";
import { CogridError } from "./errors.js";
import { LocalClient } from "./invoke.js";
import { engineConfig, type WorkspaceOptions } from "./options.js";
import { lonelyQueueHost } from "./queue-host-alone.js";
import { createSettings, forgetfulSettings, settle } from "./settings.js";
import { Engine, initSync, setCodecs } from "./wasm/single/cogrid.js";
import wasm from "./wasm/single/cogrid_bg.wasm";
import { createWorkspace, type Workspace } from "./workspace.js";

export * from "./surface.js";

/**
 * A workspace whose engine runs in this isolate, kept in memory or in the SQL database that is given.
 *
 * @throws CogridError `usage.option`; `store.…` when the tables can't be opened.
 */
export async function openWorkspace(asked: WorkspaceOptions = {}): Promise<Workspace> {
  const { options, settings } = settle(asked, { workspace: {}, environment: {} }, { cores: 1 });
  if (options.store === "indexeddb" || options.directory !== undefined) {
    throw new CogridError("usage.option", "this runtime has no IndexedDB and no directories", {
      hint: 'leave store out, or pass "memory" or a SqlConnection',
    });
  }
  const engine: EngineOptions = {
    name: options.name ?? "default",
    store: options.store ?? "memory",
    config: engineConfig(options),
  };
  const client = new LocalClient(await loaded(options.codecs).open(engine));
  return createWorkspace(client, { queue: lonelyQueueHost(), settings: createSettings(settings, forgetfulSettings()) });
}

// Compiling is the runtime's work here; making the instance waits for the first request, not for the import.
function loaded(codecs: WebAssembly.Module | undefined): EngineConstructor {
  initSync({ module: wasm });
  if (codecs !== undefined) setCodecs(async () => codecs);
  return Engine;
}
