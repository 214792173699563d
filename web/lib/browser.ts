import { HandleClient } from "./browser-files.js";
import type { EngineOptions } from "./engine.js";
import { GivenSources } from "./given-sources.js";
import { HelperPool } from "./helper-pool.js";
import { keptFiles, reopen } from "./kept-files.js";
import { engineConfig, helperOptions, mayHaveHelpers, parallelWorkers, type WorkspaceOptions } from "./options.js";
import { PooledClient } from "./pooled-client.js";
import { browserQueueHost } from "./queue-host-browser.js";
import { RestartingClient } from "./restarting-client.js";
import { createSettings, forgetfulSettings, type Machine, type SettingStore, settle } from "./settings.js";
import { WorkerClient } from "./worker-client.js";
import { startWorkerEngine } from "./worker-start.js";
import { createWorkspace, type Workspace } from "./workspace.js";

export * from "./surface.js";

/**
 * A workspace whose engine runs in a dedicated worker: the page never blocks.
 *
 * @throws CogridError `usage.option`; `host.worker` when no worker can be started; `store.…` when the tables can't be opened.
 */
export async function openWorkspace(asked: WorkspaceOptions = {}): Promise<Workspace> {
  const name = asked.name ?? "default";
  const stored = settingsOfThisPage(name);
  const { options, settings } = settle(asked, { workspace: stored.read(), environment: {} }, machine());
  const config = engineConfig(options);
  const engine: EngineOptions = {
    name,
    store: options.store ?? storeOfThisPage(),
    config,
    files: name,
  };
  const createWorker =
    options.createWorker ??
    (() => new Worker(new URL("./worker.js", import.meta.url), { type: "module", name: "cogrid" }));
  const bootTimeoutMs = options.bootTimeoutMs ?? 60_000;
  const threads = options.threads === "off" ? 1 : parallelWorkers(options, navigator.hardwareConcurrency ?? 1);
  const given = new GivenSources();
  const client = new RestartingClient(() => startWorkerEngine({ engine, createWorker, threads, bootTimeoutMs }), given);
  await client.ready();
  // Where threads don't work, workers of their own do.
  const needsPool = threads > 1 && client.threads() === 1 && mayHaveHelpers(config);
  const start = (): Promise<WorkerClient> =>
    WorkerClient.start({
      createWorker,
      engine: { ...helperOptions(config, threads), files: name },
      build: "single",
      threads: 1,
      bootTimeoutMs,
    });
  const pool = needsPool ? new HelperPool({ size: threads, start, given }) : undefined;
  const files = keptFiles(name);
  const withHandles = new HandleClient(new PooledClient(client, pool), files);
  return createWorkspace(withHandles, {
    queue: browserQueueHost(name),
    settings: createSettings(settings, stored),
    reopen: (ref) => reopen(withHandles, files, ref),
  });
}

function storeOfThisPage(): "indexeddb" | "memory" {
  if (typeof indexedDB !== "undefined") return "indexeddb";
  console.warn("cogrid: this page has no IndexedDB; sources and results are kept in memory and end with the page");
  return "memory";
}

function machine(): Machine {
  // Chromium tells GiB, rounded; others nothing.
  const { deviceMemory } = navigator as Navigator & { deviceMemory?: number };
  return {
    cores: navigator.hardwareConcurrency ?? 1,
    memoryMb: deviceMemory === undefined ? undefined : deviceMemory * 1024,
  };
}

/** Kept in the page's local storage: it is read before the engine is there. */
function settingsOfThisPage(name: string): SettingStore {
  const key = `cogrid:${name}:settings`;
  try {
    const { localStorage } = globalThis;
    localStorage.getItem(key);
    return {
      read: () => JSON.parse(localStorage.getItem(key) ?? "{}") as Record<string, unknown>,
      write: (values) => localStorage.setItem(key, JSON.stringify(values)),
    };
  } catch {
    // Workers have none, and private windows may refuse.
    return forgetfulSettings();
  }
}
