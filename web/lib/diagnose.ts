import { abortError, CogridError } from "./errors.js";
import type { Diagnosis, DiagnosisCheck } from "./types.js";

/** What is asked of a server, and how long it is waited for. */
interface Asking {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
}

/** A finding; without `fix` there is nothing to mend. */
type Finding = Omit<DiagnosisCheck, "name">;

/**
 * How a server serves `url` to readers of ranges, and to pages of other origins. Where the host hides headers (a
 * browser, across origins) what is hidden is itself a finding.
 *
 * @throws AbortError
 */
export async function diagnoseServer(url: string, asking: Asking): Promise<DiagnosisCheck[]> {
  const page = pageOrigin();
  const isOther = page !== undefined && page !== new URL(url).origin;
  let answer: Answer;
  try {
    answer = await ask(url, [0, FRONT_BYTES], asking);
  } catch (error) {
    if (asking.signal?.aborted) throw abortError();
    return [{ name: "reachable", ...(await whyUnreachable(url, isOther, error, asking)) }];
  }
  const checks: DiagnosisCheck[] = [{ name: "reachable", ...reachable(url, answer) }];
  if (answer.status !== 200 && answer.status !== 206) return checks;
  checks.push({ name: "ranges", ...(await ranges(url, answer, asking)) });
  checks.push({ name: "encoding", ...encoding(answer) });
  checks.push({ name: "cors", ...cors(answer, page, isOther) });
  checks.push({ name: "exposed_headers", ...exposedHeaders(answer, isOther) });
  checks.push({ name: "version", ...version(answer, isOther) });
  return checks;
}

/** The worst of the findings. */
export function verdictOf(checks: readonly DiagnosisCheck[]): Diagnosis["verdict"] {
  if (checks.some(({ status }) => status === "problem")) return "problem";
  return checks.some(({ status }) => status === "warning") ? "warning" : "ok";
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  /** Where redirects led to. */
  readonly url: string;
  /** Whether the body was longer than asked for, and was not read to its end. */
  readonly isCut: boolean;
}

/** One range request as a page of another origin makes it; never more of the body than was asked for. */
async function ask(url: string, [start, end]: readonly [number, number], asking: Asking): Promise<Answer> {
  const signal = AbortSignal.any([AbortSignal.timeout(asking.timeoutMs), ...(asking.signal ? [asking.signal] : [])]);
  const response = await fetch(url, {
    // Browsers send the page's own origin whatever is said here.
    headers: { Range: `bytes=${start}-${end - 1}`, Origin: SOME_ORIGIN },
    cache: "no-store",
    signal,
  });
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader && length <= end - start) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
  }
  await reader?.cancel().catch(() => undefined);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return {
    status: response.status,
    headers: response.headers,
    bytes: bytes.subarray(0, end - start),
    url: response.url || url,
    isCut: length > end - start,
  };
}

async function whyUnreachable(url: string, isOther: boolean, error: unknown, asking: Asking): Promise<Finding> {
  if (isTimeout(error)) return problem(`no answer within ${asking.timeoutMs} ms`, "check the address and the server");
  if (pageIsSecure() && url.startsWith("http:"))
    return problem("a page of https may not read from http", "serve the file over https");
  const cause = (error as { cause?: { message?: string; code?: string } }).cause;
  const why = cause?.message || cause?.code || (error instanceof Error ? error.message : String(error));
  if (!isOther) return problem(`the server can't be reached: ${why}`, "check the address and the server");
  try {
    await fetch(url, { method: "HEAD", mode: "no-cors", signal: AbortSignal.timeout(asking.timeoutMs) });
  } catch {
    return problem(`the server can't be reached: ${why}`, "check the address and the server");
  }
  return problem("the server can be reached, but does not allow pages of this origin (CORS)", ALLOW_ORIGIN);
}

function reachable(url: string, { status, url: final }: Answer): Finding {
  if (status !== 200 && status !== 206) {
    const fixes: Record<number, string> = {
      401: "the server wants a sign-in: give headers when the source is registered",
      403: "make the file public, or give a signed address or headers",
      404: "check the address",
    };
    return problem(`the server answers with status ${status}`, fixes[status] ?? "check the address and the server");
  }
  if (final === url) return ok(`status ${status}`);
  return warning(`redirects lead to ${final}`, "give that address: each redirect costs a round trip");
}

async function ranges(url: string, answer: Answer, asking: Asking): Promise<Finding> {
  const fix =
    "serve the file from a server that answers Range requests with 206 and a true Content-Range (object stores, nginx, Apache and Caddy do by default), and check proxies between";
  if (answer.status === 200) return problem("the server ignores ranges and sends the whole file", fix);
  const place = answer.headers.get("content-range");
  const [, first, last, length] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(place ?? "") ?? [];
  if (answer.isCut || (place !== null && (first !== "0" || Number(last) + 1 !== answer.bytes.length)))
    return problem(`asked for bytes 0–${FRONT_BYTES - 1}, the server says ${place} and sends others`, fix);
  const end = Math.min(answer.bytes.length, 64);
  const inner = await ask(url, [1, end], asking).catch(() => undefined);
  if (asking.signal?.aborted) throw abortError();
  const isTrue =
    end <= 1 || (inner?.status === 206 && equal(inner.bytes, answer.bytes.subarray(1, end)) && !inner.isCut);
  if (!isTrue) return problem("two ranges of the file that overlap have different bytes", fix);
  return ok(length === undefined || length === "*" ? "answered with 206" : `answered with 206, ${length} bytes in all`);
}

function encoding({ headers }: Answer): Finding {
  const name = headers.get("content-encoding");
  if (name === null || name === "identity") return ok("sent as it is");
  return problem(
    `ranges are sent packed (Content-Encoding: ${name})`,
    "turn off compression of responses for .tif files (nginx: gzip off; Apache: SetEnv no-gzip 1)",
  );
}

function cors({ headers }: Answer, page: string | undefined, isOther: boolean): Finding {
  if (isOther) return ok(`pages of ${page} may read it`);
  const allowed = headers.get("access-control-allow-origin");
  if (allowed === "*" || allowed === SOME_ORIGIN) return ok("pages of other origins may read it");
  if (allowed !== null) return warning(`only pages of ${allowed} may read it`, ALLOW_ORIGIN);
  return warning("pages of other origins may not read it; Node and servers may", ALLOW_ORIGIN);
}

function exposedHeaders({ headers }: Answer, isOther: boolean): Finding {
  const exposed = (headers.get("access-control-expose-headers") ?? "").toLowerCase();
  const isExposed = (name: string): boolean =>
    isOther ? headers.has(name) : exposed.includes(name) || exposed.trim() === "*";
  const hidden = ["content-range", "etag"].filter((name) => !isExposed(name));
  if (hidden.length === 0) return ok("Content-Range and ETag can be seen by pages of other origins");
  const names = hidden.map((name) => (name === "etag" ? "ETag" : "Content-Range")).join(" and ");
  return warning(
    `${names} can't be seen by pages of other origins: a changed file or a wrong range may go unnoticed`,
    "Access-Control-Expose-Headers: Content-Range, ETag",
  );
}

function version({ headers }: Answer, isOther: boolean): Finding {
  const etag = headers.get("etag");
  if (etag !== null && !etag.startsWith("W/")) return ok(`ETag ${etag}`);
  const modified = headers.get("last-modified");
  if (modified !== null) return ok(`Last-Modified ${modified}`);
  return warning(
    `neither a strong ETag nor Last-Modified${isOther ? " can be seen" : ""}: a change of the file shows only in its length`,
    "have the server send ETag or Last-Modified, and expose ETag",
  );
}

function pageOrigin(): string | undefined {
  const { location } = globalThis as { location?: { origin?: string } };
  return location?.origin;
}

function pageIsSecure(): boolean {
  const { location } = globalThis as { location?: { protocol?: string } };
  return location?.protocol === "https:";
}

function isTimeout(error: unknown): boolean {
  return (error as { name?: unknown }).name === "TimeoutError";
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, k) => byte === b[k]);
}

const ok = (message: string): Finding => ({ status: "ok", message });
const warning = (message: string, fix: string): Finding => ({ status: "warning", message, fix });
const problem = (message: string, fix: string): Finding => ({ status: "problem", message, fix });

/** @throws CogridError `usage.source` unless it is a URL that can be diagnosed over HTTP. */
export function httpUrl(text: string): string | undefined {
  if (!/^https?:/i.test(text)) return undefined;
  try {
    return new URL(text).href;
  } catch (cause) {
    throw new CogridError("usage.source", `expected a URL, got ${text}`, { cause });
  }
}

const FRONT_BYTES = 4096;
const SOME_ORIGIN = "https://cogrid.example";
const ALLOW_ORIGIN = "Access-Control-Allow-Origin: *";
