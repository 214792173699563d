import type { EngineMethod, EngineOptions, HelperJob, HelperTeam, ResultData, StoreKind } from "./engine.js";
import type { WireError } from "./errors.js";
import type { Progress, Provenance, RangeSource } from "./types.js";

/** Which of the two wasm builds. */
export type Build = "single" | "threads";

/** What a page tells its engine's worker. */
export type ToWorker =
  | {
      readonly kind: "boot";
      readonly build: Build;
      readonly threads: number;
      /** Shared memory whose arrival shows that threads can work here. */
      readonly probe?: WebAssembly.Memory | undefined;
      readonly open: EngineOptions;
    }
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: EngineMethod;
      readonly args: readonly unknown[];
      readonly wantsProgress: boolean;
      readonly wantsChunks: boolean;
      /** Engines that may help with this call. */
      readonly helpers: HelperTeam | undefined;
    }
  | { readonly kind: "abort"; readonly id: number }
  /** The oldest chunk of the call that was not taken is taken. */
  | { readonly kind: "taken"; readonly id: number }
  /** What a helper says of a job that the worker gave away. */
  | { readonly kind: "part"; readonly id: number; readonly part: ResultData }
  | { readonly kind: "part-progress"; readonly id: number; readonly progress: Progress }
  | { readonly kind: "computed"; readonly id: number; readonly took: Provenance }
  | { readonly kind: "compute-failed"; readonly id: number; readonly error: WireError }
  | { readonly kind: "bytes"; readonly id: number; readonly bytes: ArrayBuffer }
  | { readonly kind: "bytes-failed"; readonly id: number; readonly error: WireError }
  | { readonly kind: "sibling"; readonly id: number; readonly source: RemoteSource | undefined };

/** What the worker tells its page. */
export type FromWorker =
  | { readonly kind: "ready"; readonly threads: number; readonly storeKind: StoreKind }
  | { readonly kind: "boot-failed"; readonly error: WireError }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "failed"; readonly id: number; readonly error: WireError }
  | { readonly kind: "progress"; readonly id: number; readonly progress: Progress }
  | { readonly kind: "chunk"; readonly id: number; readonly part: ResultData }
  /** Asks the page to have a helper do this job of the call. */
  | { readonly kind: "compute"; readonly id: number; readonly call: number; readonly job: HelperJob }
  | {
      readonly kind: "read";
      readonly id: number;
      readonly handle: number;
      readonly offset: number;
      readonly length: number;
    }
  | { readonly kind: "find-sibling"; readonly id: number; readonly handle: number; readonly suffix: string }
  /** Nobody waits any more for what was asked under this id. */
  | { readonly kind: "ask-abort"; readonly id: number }
  /** The instance trapped: every call that runs is lost. */
  | { readonly kind: "fatal"; readonly error: WireError };

/** What can be said of a {@link RangeSource} in a message. */
export type SourceFacts = Pick<RangeSource, "size" | "name" | "lastModified" | "etag" | "maxReadBytes">;

/** Stands in a message for an object that reads ranges: it stays with the page, which answers `read`. */
export interface RemoteSource {
  readonly remoteSource: number;
  readonly facts: SourceFacts;
  /** The page may be asked for files beside it. */
  readonly hasSiblings: boolean;
}

export function isRangeSource(value: unknown): value is RangeSource {
  return typeof value === "object" && value !== null && typeof (value as { read?: unknown }).read === "function";
}

export function isRemoteSource(value: unknown): value is RemoteSource {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { remoteSource?: unknown }).remoteSource === "number"
  );
}

/**
 * The buffers in `value` that may be moved instead of copied: those that one typed array fills whole.
 *
 * A view of a part is copied: its buffer may be the wasm memory itself.
 */
export function transferables(value: unknown): ArrayBuffer[] {
  const found = new Set<ArrayBuffer>();
  collect(value, found);
  return [...found];
}

function collect(value: unknown, found: Set<ArrayBuffer>): void {
  if (typeof value !== "object" || value === null) return;
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    if (buffer instanceof ArrayBuffer && byteOffset === 0 && byteLength === buffer.byteLength && byteLength > 0)
      found.add(buffer);
  } else if (Array.isArray(value)) {
    for (const item of value) collect(item, found);
  } else if (Object.getPrototypeOf(value) === Object.prototype) {
    for (const item of Object.values(value)) collect(item, found);
  }
}
