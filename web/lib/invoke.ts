import type {
  CallHooks,
  Engine,
  EngineArgs,
  EngineClient,
  EngineMethod,
  EngineResult,
  ResultData,
  StoreKind,
} from "./engine.js";
import { abortError, asLibraryError, CogridError, isTrap } from "./errors.js";
import { isRangeSource } from "./protocol.js";

/** The answer of one of the engine's calls; `hooks` go where the engine looks for them, into the options. */
export async function invoke<M extends EngineMethod>(
  engine: Engine,
  method: M,
  args: readonly unknown[],
  hooks: CallHooks,
): Promise<EngineResult<M>> {
  const at = OPTIONS_AT[method];
  const all = args.map((arg) => (isPlainObject(arg) ? defined(arg) : arg));
  if (at !== undefined) {
    while (all.length < at) all.push(undefined);
    const { signal, onProgress, helpers } = hooks;
    const onChunk = hooks.onChunk && lookAhead(hooks.onChunk);
    all[at] = { ...(all[at] as object | undefined), ...defined({ signal, onProgress, onChunk, helpers }) };
  }
  const call = engine[method] as (...args: unknown[]) => Promise<EngineResult<M>>;
  return call.apply(engine, all);
}

/** `take` as the engine calls it, which waits for what this gives: only when many chunks have not been taken yet. */
function lookAhead(take: NonNullable<CallHooks["onChunk"]>): (part: ResultData) => Promise<void> | undefined {
  let untaken = 0;
  let goOn: (() => void) | undefined;
  const taken = (): void => {
    untaken--;
    goOn?.();
    goOn = undefined;
  };
  return (part) => {
    const taking = take(part);
    if (taking === undefined) return undefined;
    untaken++;
    void taking.then(taken, taken);
    return untaken < LOOK_AHEAD_CHUNKS ? undefined : new Promise((resolve) => (goOn = resolve));
  };
}

/** Chunks that may wait to be taken while more are computed. */
const LOOK_AHEAD_CHUNKS = 8;

/** An engine in this thread. */
export class LocalClient implements EngineClient {
  /** Called when the instance trapped and must be replaced. */
  onLost: (() => void) | undefined;
  readonly #engine: Engine;
  #ended: CogridError | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async call<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks: CallHooks = {}): Promise<EngineResult<M>> {
    if (this.#ended !== undefined) throw this.#ended;
    if (hooks.signal?.aborted) throw abortError();
    try {
      return await invoke(this.#engine, method, args, hooks);
    } catch (thrown) {
      const error = asLibraryError(thrown);
      if (isTrap(thrown)) {
        this.#ended = error as CogridError;
        this.onLost?.();
      }
      throw error;
    }
  }

  threads(): number {
    return this.#engine.threads();
  }

  storeKind(): StoreKind {
    return this.#engine.storeKind();
  }

  async close(): Promise<void> {
    if (this.#ended !== undefined) return;
    this.#ended = closedError();
    this.#engine.close();
  }
}

/** What calls after `close` get. */
export function closedError(): CogridError {
  return new CogridError("usage.closed", "the workspace is closed", { hint: "open it again with openWorkspace" });
}

/** Position of the options object among a call's arguments. */
const OPTIONS_AT: Record<EngineMethod, number | undefined> = {
  registerSource: 1,
  examine: 1,
  sources: undefined,
  source: undefined,
  removeSource: undefined,
  attach: undefined,
  info: 1,
  read: 1,
  statistics: 1,
  point: 3,
  addGrid: undefined,
  grids: undefined,
  removeGrid: undefined,
  resample: 2,
  explain: 2,
  cog: undefined,
  tile: 1,
  enqueue: undefined,
  tasks: undefined,
  queueSummary: undefined,
  retryTasks: undefined,
  cancelTasks: undefined,
  runTask: 0,
  queueWorkers: undefined,
  releaseWorkers: undefined,
  cacheStats: undefined,
  cleanCache: undefined,
  addFeatures: 2,
  features: undefined,
  removeFeature: undefined,
  featureTable: undefined,
  results: undefined,
  removeResult: undefined,
  mapTile: 4,
};

// The core takes an absent field for its default, and one that is undefined for a mistake.
function defined(record: object): object {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined));
}

function isPlainObject(value: unknown): value is object {
  return (
    typeof value === "object" &&
    value !== null &&
    Object.getPrototypeOf(value) === Object.prototype &&
    !isRangeSource(value)
  );
}
