// What RFC 9110 says of `Range`, `If-Range` and validators, for one range of a file.
import { createHash } from "node:crypto";

/** @typedef {{ start: number, end: number }} ByteRange half open: `end` is the first byte not sent */

/**
 * The range that a `Range` header asks for of a body of `lengthBytes`: `undefined` where the whole body is to be sent
 * (no header, another unit, several ranges, or nonsense), `"unsatisfiable"` where the answer is 416.
 * @param {string | undefined} header @param {number} lengthBytes
 * @returns {ByteRange | "unsatisfiable" | undefined}
 */
export function parseRange(header, lengthBytes) {
  const match = /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? "");
  if (!match) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const suffix = Number(last);
    if (suffix === 0 || lengthBytes === 0) return "unsatisfiable";
    return { start: Math.max(0, lengthBytes - suffix), end: lengthBytes };
  }
  const start = Number(first);
  const end = last === "" ? lengthBytes : Math.min(Number(last) + 1, lengthBytes);
  if (last !== "" && Number(last) < start) return undefined;
  return start < lengthBytes ? { start, end } : "unsatisfiable";
}

/**
 * Whether a `Range` holds under an `If-Range` header: a strong ETag that is this one, or this date exactly.
 * @param {string | undefined} header @param {{ etag: string, modified: Date }} file
 */
export function rangeApplies(header, file) {
  return header === undefined || header === file.etag || header === file.modified.toUTCString();
}

/** Whether the client's copy is current. @param {string | undefined} header of `If-None-Match` @param {string} etag */
export function matches(header, etag) {
  const weak = (/** @type {string} */ tag) => tag.trim().replace(/^W\//, "");
  return header === "*" || (header ?? "").split(",").map(weak).includes(etag);
}

/** A strong ETag of what a file's state says of it. @param {...(string | number)} parts */
export function etagOf(...parts) {
  return `"${createHash("sha256").update(parts.join("/")).digest("hex").slice(0, 20)}"`;
}
