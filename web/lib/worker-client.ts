import type {
  CallHooks,
  EngineArgs,
  EngineClient,
  EngineMethod,
  EngineOptions,
  EngineResult,
  HelperJob,
  ResultData,
  StoreKind,
} from "./engine.js";
import {
  abortError,
  asLibraryError,
  BUG_HINT,
  CogridError,
  fromWireError,
  toWireError,
  type WireError,
} from "./errors.js";
import {
  type Build,
  type FromWorker,
  isRangeSource,
  type RemoteSource,
  type ToWorker,
  transferables,
} from "./protocol.js";
import type { RangeSource } from "./types.js";

/** What the client needs of a `Worker`. */
export interface WorkerLike {
  postMessage(message: unknown, transfer: Transferable[]): void;
  addEventListener(type: "message" | "error" | "messageerror", listener: (event: Event) => void): void;
  terminate(): void;
}

export interface WorkerClientOptions {
  readonly createWorker: () => WorkerLike;
  readonly engine: EngineOptions;
  readonly build: Build;
  /** Threads of the `threads` build. */
  readonly threads: number;
  /** How long loading the wasm may take before it counts as failed. */
  readonly bootTimeoutMs: number;
}

interface Pending {
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly hooks: CallHooks;
  readonly release: () => void;
}

/**
 * An engine in one dedicated worker.
 *
 * Whatever happens to the worker, every call settles. {@link WorkerClient.onLost} tells the owner when the worker is
 * gone; this object is then used up.
 */
export class WorkerClient implements EngineClient {
  /** Called once when the worker dies by itself, after its calls were rejected. */
  onLost: (() => void) | undefined;
  readonly #worker: WorkerLike;
  readonly #pending = new Map<number, Pending>();
  readonly #sources = new Map<number, RangeSource>();
  /** Questions of the worker that are being answered. */
  readonly #asked = new Map<number, AbortController>();
  #nextId = 1;
  #threads = 1;
  #storeKind: StoreKind = "memory";
  #booting: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #ended: CogridError | undefined;

  /**
   * A client whose worker has loaded the wasm and opened the workspace.
   *
   * @throws CogridError `host.worker` when the worker can't be started or doesn't answer in time; whatever opening threw.
   */
  static async start(options: WorkerClientOptions): Promise<WorkerClient> {
    let worker: WorkerLike;
    try {
      worker = options.createWorker();
    } catch (error) {
      throw noWorker("the worker could not be created", error);
    }
    const client = new WorkerClient(worker);
    let timer: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        client.#booting = { resolve, reject };
        timer = setTimeout(
          () => reject(noWorker(`the worker did not answer within ${options.bootTimeoutMs} ms`)),
          options.bootTimeoutMs,
        );
        client.#post({
          kind: "boot",
          build: options.build,
          threads: options.threads,
          probe:
            options.build === "threads" ? new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }) : undefined,
          open: options.engine,
        });
      });
    } catch (error) {
      client.#end(new CogridError("host.worker", "the worker has not started", { cause: error }));
      throw asLibraryError(error);
    } finally {
      clearTimeout(timer);
      client.#booting = undefined;
    }
    return client;
  }

  private constructor(worker: WorkerLike) {
    this.#worker = worker;
    worker.addEventListener("message", (event) => this.#receive((event as MessageEvent<FromWorker>).data));
    worker.addEventListener("messageerror", () =>
      this.#lose(new CogridError("bug", "a message of the worker could not be read", { hint: BUG_HINT })),
    );
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      const { message, filename } = event as ErrorEvent;
      this.#lose(
        this.#booting === undefined
          ? died(message)
          : noWorker(`the worker failed to load${message ? `: ${message}` : ""}`, filename),
      );
    });
  }

  async call<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks: CallHooks = {}): Promise<EngineResult<M>> {
    const { signal, onProgress, onChunk, helpers } = hooks;
    if (this.#ended !== undefined) throw this.#ended;
    if (signal?.aborted) throw abortError();
    const id = this.#nextId++;
    return new Promise<EngineResult<M>>((resolve, reject) => {
      const onAbort = (): void => {
        this.#settle(id)?.reject(abortError());
        this.#post({ kind: "abort", id });
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const release = (): void => signal?.removeEventListener("abort", onAbort);
      this.#pending.set(id, { resolve, reject, hooks, release });
      try {
        const message: ToWorker = {
          kind: "call",
          id,
          method,
          args: args.map((arg) => this.#portable(arg)),
          wantsProgress: onProgress !== undefined,
          wantsChunks: onChunk !== undefined,
          helpers: helpers && { count: helpers.count, running: helpers.running },
        };
        this.#post(message, memoryGiven(method, args));
      } catch (error) {
        this.#settle(id)?.reject(
          new CogridError("usage.not_cloneable", "an argument cannot be sent to the worker", { cause: error }),
        );
      }
    });
  }

  threads(): number {
    return this.#threads;
  }

  storeKind(): StoreKind {
    return this.#storeKind;
  }

  async close(): Promise<void> {
    this.#end(new CogridError("usage.closed", "the workspace is closed", { hint: "open it again with openWorkspace" }));
  }

  #post(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "ready":
        this.#threads = message.threads;
        this.#storeKind = message.storeKind;
        this.#booting?.resolve();
        break;
      case "boot-failed":
        this.#booting?.reject(fromWireError(message.error));
        break;
      case "result":
        this.#settle(message.id)?.resolve(message.value as never);
        break;
      case "failed":
        this.#settle(message.id)?.reject(fromWireError(message.error));
        break;
      case "progress":
        this.#pending.get(message.id)?.hooks.onProgress?.(message.progress);
        break;
      case "chunk":
        void this.#take(message.id, message.part);
        break;
      case "compute":
        void this.#answerCompute(message.id, message.call, message.job);
        break;
      case "read":
        void this.#answerRead(message.id, message.handle, message.offset, message.length);
        break;
      case "find-sibling":
        void this.#answerSibling(message.id, message.handle, message.suffix);
        break;
      case "ask-abort":
        this.#asked.get(message.id)?.abort();
        break;
      case "fatal":
        this.#lose(fromWireError(message.error));
        break;
    }
  }

  /** Takes the call out of the pending ones. */
  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.release();
    return pending;
  }

  #lose(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#booting?.reject(error);
    const onLost = this.#booting === undefined ? this.onLost : undefined;
    this.#end(asLibraryError(error) as CogridError);
    onLost?.();
  }

  #end(error: CogridError): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#worker.terminate();
    for (const controller of this.#asked.values()) controller.abort();
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(error);
  }

  // Functions can't be posted: the object stays here under a handle, and the worker asks for its bytes.
  #portable(arg: unknown): unknown {
    return isRangeSource(arg) ? this.#remote(arg) : arg;
  }

  #remote(source: RangeSource): RemoteSource {
    for (const [handle, known] of this.#sources) if (known === source) return remote(handle, source);
    const handle = this.#sources.size + 1;
    this.#sources.set(handle, source);
    return remote(handle, source);
  }

  async #answerRead(id: number, handle: number, offset: number, length: number): Promise<void> {
    const controller = new AbortController();
    this.#asked.set(id, controller);
    try {
      const source = this.#sources.get(handle);
      if (source === undefined) throw new CogridError("bug", `no source has the handle ${handle}`, { hint: BUG_HINT });
      const given = await source.read(offset, length, { signal: controller.signal });
      if (this.#ended !== undefined) return;
      const { bytes, isFree } = portableBytes(given, source.transfersBytes ?? false);
      this.#post({ kind: "bytes", id, bytes }, isFree ? [bytes] : []);
    } catch (error) {
      if (this.#ended === undefined) this.#post({ kind: "bytes-failed", id, error: readFailure(error, handle) });
    } finally {
      this.#asked.delete(id);
    }
  }

  async #answerSibling(id: number, handle: number, suffix: string): Promise<void> {
    // A neighbour is a bonus: one that can't be looked for is one that isn't there.
    const found = await this.#sources
      .get(handle)
      ?.sibling?.(suffix)
      .catch(() => undefined);
    if (this.#ended === undefined) this.#post({ kind: "sibling", id, source: found && this.#remote(found) });
  }

  /** Has a helper of the call do a job, and passes on what it says. */
  async #answerCompute(id: number, call: number, job: HelperJob): Promise<void> {
    const controller = new AbortController();
    this.#asked.set(id, controller);
    const say = (message: ToWorker, transfer?: ArrayBuffer[]): void => {
      if (this.#ended === undefined) this.#post(message, transfer);
    };
    try {
      const helpers = this.#pending.get(call)?.hooks.helpers;
      if (helpers === undefined) throw abortError();
      const took = await helpers.compute(job, {
        signal: controller.signal,
        onChunk: (part) => say({ kind: "part", id, part }, transferables(part)),
        onProgress: (progress) => say({ kind: "part-progress", id, progress }),
      });
      say({ kind: "computed", id, took });
    } catch (error) {
      say({ kind: "compute-failed", id, error: toWireError(error) });
    } finally {
      this.#asked.delete(id);
    }
  }

  async #take(id: number, part: ResultData): Promise<void> {
    await this.#pending.get(id)?.hooks.onChunk?.(part);
    if (this.#pending.has(id)) this.#post({ kind: "taken", id });
  }
}

/** Memory that the caller gives away for the answer. */
function memoryGiven<M extends EngineMethod>(method: M, args: EngineArgs<M>): ArrayBuffer[] {
  if (method !== "read") return [];
  const [, options] = args as EngineArgs<"read">;
  return options?.into === undefined ? [] : [options.into];
}

// The user's object may throw anything; only its own failures are ours to name.
function readFailure(thrown: unknown, handle: number): WireError {
  const wire = toWireError(thrown);
  if (wire.kind === "abort" || wire.code !== "bug") return wire;
  return toWireError(
    new CogridError("source.read", `the source's read failed: ${wire.message}`, {
      cause: thrown,
      hint: `look at the read function of source object ${handle}`,
    }),
  );
}

/** The bytes as a buffer, and whether it may be moved to the worker: else posting copies it. */
function portableBytes(bytes: Uint8Array | ArrayBuffer, isGiven: boolean): { bytes: ArrayBuffer; isFree: boolean } {
  if (bytes instanceof ArrayBuffer) return { bytes, isFree: isGiven };
  if (!ArrayBuffer.isView(bytes)) throw new TypeError("it gave neither an ArrayBuffer nor a Uint8Array");
  const [whole] = isGiven ? transferables(bytes) : [];
  // Not `slice`, which of Node's buffers gives a view.
  return { bytes: whole ?? new Uint8Array(bytes).buffer, isFree: true };
}

function remote(handle: number, source: RangeSource): RemoteSource {
  const { size, name, lastModified, etag, maxReadBytes, sibling } = source;
  return {
    remoteSource: handle,
    facts: { size, name, lastModified, etag, maxReadBytes },
    hasSiblings: sibling !== undefined,
  };
}

function died(message: string | undefined): CogridError {
  return new CogridError("bug", `the engine's worker stopped${message ? `: ${message}` : ""}`, { hint: BUG_HINT });
}

function noWorker(message: string, cause?: unknown): CogridError {
  return new CogridError("host.worker", message, {
    cause,
    hint: "check that the bundler emits the worker (Vite: optimizeDeps.exclude ['cogrid']), that the page's CSP allows it, or pass createWorker",
  });
}
