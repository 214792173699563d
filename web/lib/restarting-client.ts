import type { CallHooks, EngineArgs, EngineClient, EngineMethod, EngineResult, EngineSource } from "./engine.js";
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
  readonly #given = new Map<string, EngineSource>();
  #current: Promise<MortalClient> | undefined;
  #threads = 1;
  #isClosed = false;

  constructor(start: () => Promise<MortalClient>) {
    this.#start = start;
  }

  /** Resolves when the engine is up. */
  async ready(): Promise<void> {
    await this.#client();
  }

  async call<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks: CallHooks = {}): Promise<EngineResult<M>> {
    const client = await this.#client();
    const result = await client.call(method, args, hooks);
    this.#remember(method, args, result);
    return result;
  }

  threads(): number {
    return this.#threads;
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
      for (const [ref, bytes] of this.#given) {
        // A workspace in memory has forgotten the source: then its own calls will say so.
        await client.call("attach", [ref, bytes]).catch(() => undefined);
      }
      return client;
    } catch (error) {
      this.#current = undefined;
      throw error;
    }
  }

  #remember(method: EngineMethod, args: readonly unknown[], result: unknown): void {
    if (method === "registerSource" && typeof args[0] !== "string")
      this.#given.set((result as { id: string }).id, args[0] as EngineSource);
    else if (method === "attach") this.#given.set(args[0] as string, args[1] as EngineSource);
    else if (method === "removeSource") this.#given.delete(args[0] as string);
  }
}
