import type { CallHooks, ResultData } from "./engine.js";
import { Table } from "./table.js";
import type { Provenance } from "./types.js";

/**
 * The tables that a call hands out, one by one; its provenance at the end.
 *
 * The call starts with the first `next`. A part counts as taken when its table is given out. `return` ends the call
 * even while a `next` waits for it.
 */
export function tables(
  signal: AbortSignal | undefined,
  start: (hooks: Pick<CallHooks, "signal" | "onChunk">) => Promise<ResultData>,
): AsyncGenerator<Table, Provenance, void> {
  const stop = new AbortController();
  const parts: { readonly part: ResultData; readonly taken: () => void }[] = [];
  let wake: (() => void) | undefined;
  let outcome: { readonly data: ResultData } | { readonly error: unknown } | undefined;
  const news = (): void => {
    wake?.();
    wake = undefined;
  };
  const begin = (): void => {
    const onChunk = (part: ResultData): Promise<void> =>
      new Promise((taken) => {
        parts.push({ part, taken });
        news();
      });
    const either = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
    start({ signal: either, onChunk }).then(
      (data) => {
        outcome = { data };
        news();
      },
      (error: unknown) => {
        outcome = { error };
        news();
      },
    );
  };

  async function* take(): AsyncGenerator<Table, Provenance, void> {
    try {
      begin();
      for (;;) {
        const next = parts.shift();
        if (next !== undefined) {
          next.taken();
          yield new Table(next.part);
        } else if (outcome === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
        } else if ("error" in outcome) {
          // Whoever left does not want to hear that the call was cancelled for it.
          if (stop.signal.aborted) return undefined as never;
          throw outcome.error;
        } else {
          return outcome.data.provenance;
        }
      }
    } finally {
      end();
    }
  }

  const end = (): void => {
    stop.abort();
    for (const { taken } of parts.splice(0)) taken();
  };
  const iterator = take();
  const finish = iterator.return.bind(iterator);
  // A generator that waits would hear of this only when it goes on.
  iterator.return = (value) => {
    end();
    return finish(value);
  };
  return iterator;
}
