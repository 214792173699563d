import type { Engine, EngineConstructor } from "./engine.js";
import { asLibraryError, BUG_HINT, CogridError, fromWireError, isTrap, toWireError } from "./errors.js";
import { invoke } from "./invoke.js";
import {
  type Build,
  type FromWorker,
  isRemoteSource,
  type RemoteSource,
  type ToWorker,
  transferables,
} from "./protocol.js";
import type { Progress, RangeSource } from "./types.js";

/** What the host needs of a worker's global scope. */
export interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/** Loads one of the wasm builds, with its threads running. */
export type LoadEngine = (build: Build, threads: number) => Promise<EngineConstructor>;

/** Answers a page's {@link ToWorker} messages in `scope`, for as long as the worker lives. */
export function serveEngine(scope: WorkerScope, load: LoadEngine): void {
  const calls = new Map<number, AbortController>();
  const reads = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: unknown) => void }>();
  let engine: Engine | undefined;
  let nextRead = 1;

  const post = (message: FromWorker, transfer: Transferable[] = []): void => scope.postMessage(message, transfer);

  // A panic in the core ends the instance in the middle of a task: no promise hears of it, only these events do.
  const fatal = (thrown: unknown): void => {
    post({
      kind: "fatal",
      error: toWireError(
        new CogridError("bug", `the engine stopped: ${describe(thrown)}`, { hint: BUG_HINT, cause: thrown }),
      ),
    });
  };
  scope.addEventListener("error", (event) => fatal((event as ErrorEvent).error ?? (event as ErrorEvent).message));
  scope.addEventListener("unhandledrejection", (event) => {
    const { reason } = event as PromiseRejectionEvent;
    if (isTrap(reason)) fatal(reason);
  });

  const readRemote = (
    source: RemoteSource,
    offset: number,
    length: number,
    signal: AbortSignal | undefined,
  ): Promise<Uint8Array> => {
    const id = nextRead++;
    return new Promise<Uint8Array>((resolve, reject) => {
      reads.set(id, { resolve, reject });
      signal?.addEventListener("abort", () => post({ kind: "read-abort", id }), { once: true });
      post({ kind: "read", id, handle: source.remoteSource, offset, length });
    });
  };

  const local = (arg: unknown): unknown => {
    if (!isRemoteSource(arg)) return arg;
    const source: RangeSource = {
      name: arg.name,
      size: arg.size,
      lastModified: arg.lastModified,
      read: (offset, length, options) => readRemote(arg, offset, length, options?.signal),
    };
    return source;
  };

  const boot = async (message: Extract<ToWorker, { kind: "boot" }>): Promise<void> => {
    try {
      if (message.build === "threads" && !(message.probe?.buffer instanceof SharedArrayBuffer)) {
        throw new CogridError("host.threads", "shared memory does not reach a worker here");
      }
      const Engine = await load(message.build, message.threads);
      engine = await Engine.open(message.open);
      // Where IndexedDB is switched off the engine goes on in memory.
      for (const warning of engine.warnings()) console.warn(`cogrid: ${warning}`);
      post({ kind: "ready", threads: engine.threads() });
    } catch (error) {
      post({ kind: "boot-failed", error: toWireError(error) });
    }
  };

  const run = async (message: Extract<ToWorker, { kind: "call" }>): Promise<void> => {
    const { id, method } = message;
    const controller = new AbortController();
    calls.set(id, controller);
    try {
      if (engine === undefined)
        throw new CogridError("bug", "the worker was called before it was ready", { hint: BUG_HINT });
      const onProgress = message.wantsProgress
        ? (progress: Progress): void => post({ kind: "progress", id, progress })
        : undefined;
      const value = await invoke(engine, method, message.args.map(local), { signal: controller.signal, onProgress });
      post({ kind: "result", id, value }, transferables(value));
    } catch (error) {
      if (isTrap(error)) fatal(error);
      else post({ kind: "failed", id, error: toWireError(asLibraryError(error)) });
    } finally {
      calls.delete(id);
    }
  };

  scope.addEventListener("message", (event) => {
    const message = (event as MessageEvent<ToWorker>).data;
    switch (message.kind) {
      case "boot":
        void boot(message);
        break;
      case "call":
        void run(message);
        break;
      case "abort":
        calls.get(message.id)?.abort();
        break;
      case "bytes":
        reads.get(message.id)?.resolve(new Uint8Array(message.bytes));
        reads.delete(message.id);
        break;
      case "bytes-failed":
        reads.get(message.id)?.reject(fromWireError(message.error));
        reads.delete(message.id);
        break;
    }
  });
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
