import type { EngineConstructor, EngineOptions } from "./engine.js";
import { CogridError } from "./errors.js";
import { keptFiles, openKeptFile } from "./kept-files.js";
import type { Build } from "./protocol.js";
import { serveEngine, type WorkerScope } from "./worker-host.js";

serveEngine(globalThis as unknown as WorkerScope, load, filesOf);

/** Files whose handles the browser keeps, where the workspace is one that keeps any. */
function filesOf({ files }: EngineOptions): EngineOptions["openFile"] {
  if (files === undefined || typeof indexedDB === "undefined") return undefined;
  const kept = keptFiles(files);
  return (name) => openKeptFile(kept, name);
}

async function load(build: Build, threads: number): Promise<EngineConstructor> {
  if (build === "single") {
    const { default: init, Engine, setCodecs } = await import("./wasm/single/cogrid.js");
    await init();
    setCodecs(fetchCodecs);
    return Engine;
  }
  const { default: init, Engine, initThreadPool, setCodecs } = await import("./wasm/threads/cogrid.js");
  await init();
  setCodecs(fetchCodecs);
  await within(POOL_TIMEOUT_MS, initThreadPool(threads));
  return Engine;
}

/** The module of rare compressions, when a file first needs it. */
async function fetchCodecs(): Promise<ArrayBuffer> {
  const url = new URL("./wasm/codecs/codecs.wasm", import.meta.url);
  const response = await fetch(url);
  if (!response.ok) throw new CogridError("source.http_status", `expected ${url.href}, got HTTP ${response.status}`);
  return response.arrayBuffer();
}

// A thread that can't load its script never answers: the pool would wait for it for ever.
async function within(timeoutMs: number, pool: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new CogridError("host.threads", `the thread pool did not start within ${timeoutMs} ms`)),
      timeoutMs,
    );
  });
  try {
    await Promise.race([pool, late]);
  } finally {
    clearTimeout(timer);
  }
}

const POOL_TIMEOUT_MS = 10_000;
