import type { EngineMethod, EngineSource } from "./engine.js";
import type { RegisterOptions, SourceRecord } from "./types.js";

/** What the host gave for a stored source and the tables don't keep: its bytes, or a URL with headers. */
export interface GivenSource {
  readonly input: EngineSource;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** What the host gave in this session, by the source's id or name. */
export class GivenSources {
  readonly #given = new Map<string, GivenSource>();

  get(ref: string): GivenSource | undefined {
    return this.#given.get(ref);
  }

  /** Sources whose bytes the host gave. */
  *bytes(): Generator<[ref: string, bytes: EngineSource]> {
    for (const [ref, { input }] of this.#given) if (typeof input !== "string") yield [ref, input];
  }

  /** Notes what a call that succeeded gave or took away. */
  note(method: EngineMethod, args: readonly unknown[], result: unknown): void {
    const [first, second] = args;
    if (method === "registerSource") {
      const { headers } = (second ?? {}) as RegisterOptions;
      const input = first as EngineSource;
      if (typeof input !== "string" || headers !== undefined)
        this.#given.set((result as SourceRecord).id, { input, headers });
    } else if (method === "attach") this.#given.set(first as string, { input: second as EngineSource });
    else if (method === "removeSource") this.#given.delete(first as string);
  }

  clear(): void {
    this.#given.clear();
  }
}
