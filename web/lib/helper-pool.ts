import type { CallHooks, EngineHelpers, EngineSource, HelperJob } from "./engine.js";
import { abortError, CogridError } from "./errors.js";
import type { GivenSource, GivenSources } from "./given-sources.js";
import { closedError } from "./invoke.js";
import { isRangeSource } from "./protocol.js";
import type { MortalClient } from "./restarting-client.js";
import type { Provenance } from "./types.js";

export interface HelperPoolOptions {
  /** Engines at most. */
  readonly size: number;
  /** Starts an engine with tables of its own, in memory. */
  readonly start: () => Promise<MortalClient>;
  /** What the host gave for stored sources: helpers need it too. */
  readonly given: GivenSources;
  /** How long helpers wait for work before they are ended, ms. Default 30 000. */
  readonly idleMs?: number | undefined;
}

/**
 * Engines that compute chunks for the one that keeps the tables: what uses several cores where there are no threads.
 *
 * They are started when they are first needed. One that dies fails its job with `bug` and is replaced by the next.
 */
export class HelperPool {
  readonly size: number;
  readonly #options: HelperPoolOptions;
  readonly #slots: Slot[];
  readonly #waiting: ((slot: Slot) => void)[] = [];
  #idle: ReturnType<typeof setTimeout> | undefined;
  #isBroken = false;
  #isClosed = false;

  constructor(options: HelperPoolOptions) {
    this.size = options.size;
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, () => ({ isBusy: false, client: undefined, known: new Map() }));
  }

  /** Helpers for a call whose first argument is `first`; none where no engine could be started. */
  helpersFor(first: unknown): EngineHelpers | undefined {
    if (this.#isBroken || this.#isClosed) return undefined;
    const given = isBytes(first) ? first : undefined;
    const running = this.#slots.filter(({ client, isBusy }) => client !== undefined && !isBusy).length;
    return { count: this.size, running, compute: (job, hooks) => this.#compute(job, given, hooks) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    // Those that wait for a place find the pool closed.
    for (const take of this.#waiting.splice(0)) take({ isBusy: false, client: undefined, known: new Map() });
    await this.#end();
  }

  async #compute(job: HelperJob, given: EngineSource | undefined, hooks: JobHooks): Promise<Provenance> {
    const slot = await this.#place(hooks.signal);
    try {
      const client = await this.#client(slot);
      const target = given ?? (await this.#target(slot, client, job));
      const { provenance } = await client.call("resample", [target, job.grid, job.options], hooks);
      return provenance;
    } finally {
      this.#release(slot);
    }
  }

  /** A slot that is nobody's, in the order in which they were asked for. */
  async #place(signal: AbortSignal | undefined): Promise<Slot> {
    clearTimeout(this.#idle);
    const idle = this.#slots.filter((slot) => !slot.isBusy);
    const free = idle.find(({ client }) => client !== undefined) ?? idle[0];
    if (free !== undefined) free.isBusy = true;
    const slot = free ?? (await this.#turn(signal));
    if (!this.#isClosed) return slot;
    this.#release(slot);
    throw closedError();
  }

  #turn(signal: AbortSignal | undefined): Promise<Slot> {
    return new Promise((resolve, reject) => {
      const take = (slot: Slot): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(slot);
      };
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(abortError());
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(take);
    });
  }

  #release(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(slot);
      return;
    }
    slot.isBusy = false;
    if (this.#isClosed || this.#slots.some(({ isBusy }) => isBusy)) return;
    clearTimeout(this.#idle);
    // Memory of wasm never shrinks: engines without work would hold what their last job took.
    this.#idle = setTimeout(() => void this.#end(), this.#options.idleMs ?? 30_000);
    unref(this.#idle);
  }

  async #client(slot: Slot): Promise<MortalClient> {
    if (slot.client === undefined) {
      slot.known.clear();
      slot.client = this.#start(slot);
    }
    return slot.client;
  }

  async #start(slot: Slot): Promise<MortalClient> {
    try {
      const client = await this.#options.start();
      client.onLost = () => {
        slot.client = undefined;
      };
      return client;
    } catch (cause) {
      slot.client = undefined;
      this.#isBroken = true;
      throw new CogridError("host.worker", `no further worker could be started: ${(cause as Error).message}`, {
        cause,
      });
    }
  }

  /** The job's source as the helper knows it: what the host gave is registered there once. */
  async #target(slot: Slot, client: MortalClient, job: HelperJob): Promise<string> {
    const given = this.#options.given.get(job.sourceId);
    if (given === undefined) return job.location;
    const known = slot.known.get(job.sourceId);
    if (known?.given === given) return known.id;
    const { input, headers } = given;
    const { id } = await client.call("registerSource", [
      input,
      { name: `${job.sourceId}-${slot.known.size}`, headers },
    ]);
    slot.known.set(job.sourceId, { given, id });
    return id;
  }

  async #end(): Promise<void> {
    const clients = this.#slots.map((slot) => slot.client);
    for (const slot of this.#slots) slot.client = undefined;
    await Promise.all(clients.map(async (client) => (await client?.catch(() => undefined))?.close()));
  }
}

type JobHooks = Pick<CallHooks, "signal" | "onProgress" | "onChunk">;

/** A place for one engine. */
interface Slot {
  isBusy: boolean;
  client: Promise<MortalClient> | undefined;
  /** Ids that the engine has for sources that the host gave. */
  readonly known: Map<string, { readonly given: GivenSource; readonly id: string }>;
}

/** Whether a call was given bytes, for itself alone. */
function isBytes(first: unknown): first is EngineSource {
  return first instanceof Blob || first instanceof ArrayBuffer || isRangeSource(first);
}

// In Node a timer keeps the process alive: waiting for work that may never come is no reason to.
function unref(timer: unknown): void {
  (timer as { unref?: () => void }).unref?.();
}
