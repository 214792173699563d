import type { EngineOptions } from "./engine.js";
import { WorkerClient, type WorkerLike } from "./worker-client.js";

export interface StartOptions {
  readonly engine: EngineOptions;
  readonly createWorker: () => WorkerLike;
  /** Threads of the `threads` build; 1 takes the other one. */
  readonly threads: number;
  readonly bootTimeoutMs: number;
}

/**
 * An engine in a worker: the `threads` build where the page is isolated, shared memory reaches workers and the threads
 * come up, else `single`.
 *
 * Falling back on an isolated page is said once on the console, with the reason: it costs some speed, never results.
 */
export async function startWorkerEngine(options: StartOptions): Promise<WorkerClient> {
  const { engine, createWorker, threads, bootTimeoutMs } = options;
  if (threads > 1 && globalThis.crossOriginIsolated === true) {
    try {
      // WebKitGTK says that it is isolated and still has no SharedArrayBuffer: the worker checks again with a real one.
      if (typeof SharedArrayBuffer === "undefined") throw new Error("this browser has no SharedArrayBuffer");
      return await WorkerClient.start({ createWorker, engine, build: "threads", threads, bootTimeoutMs });
    } catch (error) {
      warnOnce((error as Error).message);
    }
  }
  return WorkerClient.start({ createWorker, engine, build: "single", threads: 1, bootTimeoutMs });
}

let hasWarned = false;

function warnOnce(reason: string): void {
  if (hasWarned) return;
  hasWarned = true;
  console.warn(`cogrid: computing without shared memory: ${reason}`);
}
