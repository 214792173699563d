import { CogridError } from "./errors.js";
import { serveEngine, type WorkerScope } from "./worker-host.js";

serveEngine(globalThis as unknown as WorkerScope, async (build, threads) => {
  if (build === "single") {
    const { default: init, Engine } = await import("./wasm/single/cogrid.js");
    await init();
    return Engine;
  }
  const { default: init, Engine, initThreadPool } = await import("./wasm/threads/cogrid.js");
  await init();
  await within(POOL_TIMEOUT_MS, initThreadPool(threads));
  return Engine;
});

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
