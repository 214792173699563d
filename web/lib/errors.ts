/** What applies of where an error happened, and why. */
export interface CogridErrorFields {
  /** What the user can do about it: a sentence. */
  readonly hint?: string | undefined;
  /** URL, path or name of the source. */
  readonly url?: string | undefined;
  /** First byte and one past the last byte of the read that failed. */
  readonly range?: readonly [start: number, end: number] | undefined;
  /** HTTP status of the response that failed. */
  readonly status?: number | undefined;
  /** Byte position in the file. */
  readonly offset?: number | undefined;
  /** Column and row of the block. */
  readonly tile?: readonly [column: number, row: number] | undefined;
  readonly cause?: unknown;
}

/**
 * Every failure of the library except cancelling, which is an `AbortError`.
 *
 * Match on `code`: it is stable, dotted and lower case (`source.http_status`, `usage.method`); `bug` means that
 * the fault is ours.
 */
export class CogridError extends Error {
  override readonly name = "CogridError";
  readonly code: string;
  declare readonly hint?: string;
  declare readonly url?: string;
  declare readonly range?: readonly [start: number, end: number];
  declare readonly status?: number;
  declare readonly offset?: number;
  declare readonly tile?: readonly [column: number, row: number];

  constructor(code: string, message: string, fields: CogridErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.code = code;
    if (fields.hint !== undefined) this.hint = fields.hint;
    if (fields.url !== undefined) this.url = fields.url;
    if (fields.range !== undefined) this.range = fields.range;
    if (fields.status !== undefined) this.status = fields.status;
    if (fields.offset !== undefined) this.offset = fields.offset;
    if (fields.tile !== undefined) this.tile = fields.tile;
  }
}

/**
 * Whether `error` is a {@link CogridError}, of this `code` if one is given.
 *
 * Compares names, not classes, so that it also holds for an error of another copy of the package.
 */
export function isCogridError(error: unknown, code?: string): error is CogridError {
  if (typeof error !== "object" || error === null) return false;
  const { name, code: own } = error as { name?: unknown; code?: unknown };
  return name === "CogridError" && typeof own === "string" && (code === undefined || own === code);
}

/** Whether `error` says that the caller cancelled. */
export function isAbortError(error: unknown): boolean {
  return typeof error === "object" && error !== null && (error as { name?: unknown }).name === "AbortError";
}

/** The error of a cancelled wait. */
export function abortError(): DOMException {
  return new DOMException("the operation was aborted", "AbortError");
}

/** An error as it travels in a message: structured clone would drop all but name and message. */
export type WireError =
  | { readonly kind: "abort" }
  | {
      readonly kind: "error";
      readonly code: string;
      readonly message: string;
      readonly fields: CogridErrorFields;
      readonly stack?: string | undefined;
      /** The instance that threw it is broken and must be replaced. */
      readonly fatal: boolean;
    };

/** The plain form of anything that was thrown. */
export function toWireError(thrown: unknown): WireError {
  const error = asLibraryError(thrown);
  if (!isCogridError(error)) return { kind: "abort" };
  const { hint, url, range, status, offset, tile } = error;
  const cause = error.cause instanceof Error ? `${error.cause.name}: ${error.cause.message}` : undefined;
  return {
    kind: "error",
    code: error.code,
    message: error.message,
    fields: { hint, url, range, status, offset, tile, cause },
    stack: error.stack,
    fatal: isTrap(error.cause),
  };
}

/** The error that {@link toWireError} took apart. */
export function fromWireError(wire: WireError): CogridError | DOMException {
  if (wire.kind === "abort") return abortError();
  const error = new CogridError(wire.code, wire.message, wire.fields);
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}

/** `thrown` as what the library throws: a {@link CogridError}, or an `AbortError`. Unknown errors become `bug`. */
export function asLibraryError(thrown: unknown): CogridError | DOMException {
  if (isAbortError(thrown)) return thrown instanceof DOMException ? thrown : abortError();
  if (thrown instanceof CogridError) return thrown;
  if (isCogridError(thrown)) {
    const rebuilt = new CogridError(thrown.code, thrown.message, pickFields(thrown));
    if (thrown.stack !== undefined) rebuilt.stack = thrown.stack;
    return rebuilt;
  }
  const message = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new CogridError("bug", message, { hint: BUG_HINT, cause: thrown });
}

/** Whether `thrown` is a wasm trap: its instance must not be used again. */
export function isTrap(thrown: unknown): boolean {
  return thrown instanceof WebAssembly.RuntimeError;
}

/** Tells the user what to do about a `bug`. */
export const BUG_HINT = "this is a fault of cogrid: please report it with the steps that led here";

// The core leaves out what does not apply, or sets it to null.
function pickFields(error: CogridError): CogridErrorFields {
  const { hint, url, range, status, offset, tile, cause } = error;
  return {
    hint: hint ?? undefined,
    url: url ?? undefined,
    range: range ?? undefined,
    status: status ?? undefined,
    offset: offset ?? undefined,
    tile: tile ?? undefined,
    cause: cause ?? undefined,
  };
}
