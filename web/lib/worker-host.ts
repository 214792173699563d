import type {
  CallHooks,
  Engine,
  EngineConstructor,
  EngineHelpers,
  EngineOptions,
  HelperJob,
  HelperTeam,
  ResultData,
} from "./engine.js";
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
import type { Progress, Provenance, RangeSource, Samples } from "./types.js";

/** What the host needs of a worker's global scope. */
export interface WorkerScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: string, listener: (event: Event) => void): void;
}

/** Loads one of the wasm builds, with its threads running. */
export type LoadEngine = (build: Build, threads: number) => Promise<EngineConstructor>;

/** A call that runs. */
interface Running {
  readonly controller: AbortController;
  /** Notes the oldest chunk as taken. */
  readonly untaken: (() => void)[];
}

/** A question to the page. */
interface Asked {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly hooks: Pick<CallHooks, "signal" | "onProgress" | "onChunk">;
}

/** Gives an engine that is opened in this worker the bytes of sources that were registered as files. */
export type FileOpener = (open: EngineOptions) => EngineOptions["openFile"];

/** Answers a page's {@link ToWorker} messages in `scope`, for as long as the worker lives. */
export function serveEngine(scope: WorkerScope, load: LoadEngine, openerOf: FileOpener): void {
  const calls = new Map<number, Running>();
  const asked = new Map<number, Asked>();
  let engine: Engine | undefined;
  let nextAsk = 1;

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
    return ask<Uint8Array>({ signal }, (id) => post({ kind: "read", id, handle: source.remoteSource, offset, length }));
  };

  /** What the page answers to a question, which `send` puts. */
  const ask = <T>(hooks: Asked["hooks"], send: (id: number) => void): Promise<T> => {
    const id = nextAsk++;
    return new Promise<T>((resolve, reject) => {
      asked.set(id, { resolve: resolve as (value: unknown) => void, reject, hooks });
      hooks.signal?.addEventListener("abort", () => asked.has(id) && post({ kind: "ask-abort", id }), { once: true });
      send(id);
    });
  };

  const settle = (id: number): Asked | undefined => {
    const question = asked.get(id);
    asked.delete(id);
    return question;
  };

  const helpersOf = (call: number, team: HelperTeam | undefined): EngineHelpers | undefined =>
    team === undefined
      ? undefined
      : {
          ...team,
          compute: (job: HelperJob, hooks) => ask<Provenance>(hooks, (id) => post({ kind: "compute", id, call, job })),
        };

  const findSibling = async (
    { remoteSource: handle }: RemoteSource,
    suffix: string,
  ): Promise<RangeSource | undefined> => {
    const found = await ask<RemoteSource | undefined>({}, (id) => post({ kind: "find-sibling", id, handle, suffix }));
    return found && localSource(found);
  };

  const localSource = (source: RemoteSource): RangeSource => ({
    ...source.facts,
    transfersBytes: true,
    read: (offset, length, options) => readRemote(source, offset, length, options?.signal),
    ...(source.hasSiblings ? { sibling: (suffix: string) => findSibling(source, suffix) } : {}),
  });

  const boot = async (message: Extract<ToWorker, { kind: "boot" }>): Promise<void> => {
    try {
      if (message.build === "threads" && !(message.probe?.buffer instanceof SharedArrayBuffer)) {
        throw new CogridError("host.threads", "shared memory does not reach a worker here");
      }
      const Engine = await load(message.build, message.threads);
      engine = await Engine.open({ ...message.open, openFile: openerOf(message.open) });
      // Where IndexedDB is switched off the engine goes on in memory.
      for (const warning of engine.warnings()) console.warn(`cogrid: ${warning}`);
      post({ kind: "ready", threads: engine.threads(), storeKind: engine.storeKind() });
    } catch (error) {
      post({ kind: "boot-failed", error: toWireError(error) });
    }
  };

  const run = async (message: Extract<ToWorker, { kind: "call" }>): Promise<void> => {
    const { id, method } = message;
    const running: Running = { controller: new AbortController(), untaken: [] };
    calls.set(id, running);
    try {
      if (engine === undefined)
        throw new CogridError("bug", "the worker was called before it was ready", { hint: BUG_HINT });
      const onProgress = message.wantsProgress
        ? (progress: Progress): void => post({ kind: "progress", id, progress })
        : undefined;
      const onChunk = message.wantsChunks
        ? (part: ResultData): Promise<void> =>
            new Promise((taken) => {
              running.untaken.push(taken);
              post({ kind: "chunk", id, part }, transferables(part));
            })
        : undefined;
      const { signal } = running.controller;
      const helpers = helpersOf(id, message.helpers);
      const value = await invoke(
        engine,
        method,
        message.args.map((arg) => (isRemoteSource(arg) ? localSource(arg) : arg)),
        { signal, onProgress, onChunk, helpers },
      );
      post({ kind: "result", id, value }, method === "read" ? [(value as Samples).data.buffer] : transferables(value));
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
        calls.get(message.id)?.controller.abort();
        break;
      case "taken":
        calls.get(message.id)?.untaken.shift()?.();
        break;
      case "bytes":
        settle(message.id)?.resolve(new Uint8Array(message.bytes));
        break;
      case "part":
        void asked.get(message.id)?.hooks.onChunk?.(message.part);
        break;
      case "part-progress":
        asked.get(message.id)?.hooks.onProgress?.(message.progress);
        break;
      case "sibling":
        settle(message.id)?.resolve(message.source);
        break;
      case "computed":
        settle(message.id)?.resolve(message.took);
        break;
      case "bytes-failed":
      case "compute-failed":
        settle(message.id)?.reject(fromWireError(message.error));
        break;
    }
  });
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
