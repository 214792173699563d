import type { CallHooks, EngineArgs, EngineClient, EngineMethod, EngineResult, StoreKind } from "./engine.js";
import type { HelperPool } from "./helper-pool.js";
import type { RestartingClient } from "./restarting-client.js";

/** An engine with helpers for its larger requests, where there is a pool. */
export class PooledClient implements EngineClient {
  readonly #engine: RestartingClient;
  readonly #pool: HelperPool | undefined;

  constructor(engine: RestartingClient, pool: HelperPool | undefined) {
    this.#engine = engine;
    this.#pool = pool;
  }

  ready(): Promise<void> {
    return this.#engine.ready();
  }

  async call<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks: CallHooks = {}): Promise<EngineResult<M>> {
    const helpers = COMPUTES.has(method) ? this.#pool?.helpersFor(args[0]) : undefined;
    return this.#engine.call(method, args, helpers === undefined ? hooks : { ...hooks, helpers });
  }

  threads(): number {
    return Math.max(this.#pool?.size ?? 1, this.#engine.threads());
  }

  storeKind(): StoreKind {
    return this.#engine.storeKind();
  }

  async close(): Promise<void> {
    await Promise.all([this.#engine.close(), this.#pool?.close()]);
  }
}

/** Calls that compute cells: what a source gives, what a task of the queue asks for. */
const COMPUTES: ReadonlySet<EngineMethod> = new Set<EngineMethod>(["resample", "addFeatures", "runTask"]);
