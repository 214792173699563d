import type { CallHooks, EngineArgs, EngineClient, EngineMethod, EngineResult, StoreKind } from "./engine.js";
import { GivenSources } from "./given-sources.js";
import { closedError } from "./invoke.js";

/** A client that can die by itself. */
export interface MortalClient extends EngineClient {
  onLost: (() => void) | undefined;
}

/**
 * An engine that is replaced when it dies: the calls that ran are lost, the next one gets a new engine.
 *
 * Bytes that the host gave to the old engine are given to the new one.
 */
export class RestartingClient implements EngineClient {
  readonly #start: () => Promise<MortalClient>;
  readonly #given: GivenSources;
  #current: Promise<MortalClient> | undefined;
  #threads = 1;
  #storeKind: StoreKind = "memory";
  #isClosed = false;

  constructor(start: () => Promise<MortalClient>, given = new GivenSources()) {
    this.#start = start;
    this.#given = given;
  }

  /** Resolves when the engine is up. */
  async ready(): Promise<void> {
    await this.#client();
  }

  async call<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks: CallHooks = {}): Promise<EngineResult<M>> {
    const client = await this.#client();
    const result = await client.call(method, args, hooks);
    this.#given.note(method, args, result);
    return result;
  }

  threads(): number {
    return this.#threads;
  }

  storeKind(): StoreKind {
    return this.#storeKind;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const current = this.#current;
    this.#given.clear();
    await (await current?.catch(() => undefined))?.close();
  }

  #client(): Promise<MortalClient> {
    if (this.#isClosed) return Promise.reject(closedError());
    this.#current ??= this.#begin();
    return this.#current;
  }

  async #begin(): Promise<MortalClient> {
    try {
      const client = await this.#start();
      client.onLost = () => {
        this.#current = undefined;
      };
      this.#threads = client.threads();
      this.#storeKind = client.storeKind();
      for (const [ref, bytes] of this.#given.bytes()) {
        // A workspace in memory has forgotten the source: then its own calls will say so.
        await client.call("attach", [ref, bytes]).catch(() => undefined);
      }
      return client;
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }
}
