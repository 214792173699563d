import type { EngineOptions } from "./engine.js";
import { WorkerClient, type WorkerLike } from "./worker-client.js";

export interface StartOptions {
  readonly engine: EngineOptions;
  readonly createWorker: () => WorkerLike;
  readonly wantsThreads: boolean;
  readonly threads: number;
  readonly bootTimeoutMs: number;
}

/**
 * An engine in a worker: the `threads` build where shared memory reaches workers and the pool comes up, else `single`.
 *
 * Falling back is said once on the console, with the reason: it costs speed, never results.
 */
export async function startWorkerEngine(options: StartOptions): Promise<WorkerClient> {
  const { engine, createWorker, threads, bootTimeoutMs } = options;
  if (options.wantsThreads && threads > 1) {
    const obstacle = obstacleToThreads();
    if (obstacle === undefined) {
      try {
        return await WorkerClient.start({ createWorker, engine, build: "threads", threads, bootTimeoutMs });
      } catch (error) {
        warnOnce((error as Error).message);
      }
    } else {
      warnOnce(obstacle);
    }
  }
  return WorkerClient.start({ createWorker, engine, build: "single", threads: 1, bootTimeoutMs });
}

// WebKitGTK says that it is isolated and still has no SharedArrayBuffer: the worker checks again with a real one.
function obstacleToThreads(): string | undefined {
  if (globalThis.crossOriginIsolated !== true) {
    return "the page is not cross-origin isolated (send Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp)";
  }
  if (typeof SharedArrayBuffer === "undefined") return "this browser has no SharedArrayBuffer";
  return undefined;
}

let hasWarned = false;

function warnOnce(reason: string): void {
  if (hasWarned) return;
  hasWarned = true;
  console.warn(`cogrid: computing in one thread: ${reason}. Pass threads: "off" to say that this is intended.`);
}
