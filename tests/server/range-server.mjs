// A file server for tests: byte ranges, CORS and validators done right, every request logged, and faults on demand.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, resolve, sep } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { etagOf, matches, parseRange, rangeApplies } from "../../pkg-scripts/http-ranges.mjs";

/**
 * What a server does wrong, or oddly. By `server.fault(path, fault)`, or by `?fault=KIND` in the URL (`500-once`, `500`, …).
 * - `ignore-range`: 200 and the whole body
 * - `status`: this status, with `Retry-After` (as a date where asked)
 * - `reset`: the connection is cut before anything is sent
 * - `stall`: the headers and half of the body, then nothing while the connection stays open
 * - `silent`: not even headers, while the connection stays open
 * - `drip`: headers, then a byte now and then; never ends
 * - `slow`: the body in eight pieces with a wait of `waitMs` (default 60) before each
 * - `truncate`: half of the body, then the connection is cut
 * - `short`: a well-formed answer with half of the range
 * - `wrong-range`: `Content-Range` and bytes of another place
 * - `no-content-range`: 206 without it
 * - `gzip-file`: a range of the packed file, as a server does that packs first and cuts then
 * - `gzip-part`: the range of the file, packed by itself
 * - `redirect`: 302 to `to`
 * - `etag-changes`: another ETag with every answer; `no-etag`: none; `no-validators`: neither ETag nor Last-Modified
 * - `no-cors`: no CORS headers; `no-expose`: CORS, but nothing exposed
 *
 * Each for the first `times` requests of its path (default: all).
 * @typedef {{ kind: "ignore-range" | "reset" | "stall" | "silent" | "drip" | "truncate" | "short" | "wrong-range" | "no-content-range" | "gzip-file" | "gzip-part" | "etag-changes" | "no-etag" | "no-validators" | "no-cors" | "no-expose", times?: number }
 *   | { kind: "slow", waitMs?: number, times?: number }
 *   | { kind: "redirect", to: string, times?: number }
 *   | { kind: "status", status: number, times?: number, retryAfterSeconds?: number, asDate?: boolean }} Fault
 */

/**
 * @typedef {{ method: string, path: string, range: string | null, status: number, bytes: number }} LoggedRequest `bytes`: of the body that was sent
 */

/**
 * @typedef {object} RangeServerOptions
 * @property {string} [folder] files to serve
 * @property {Record<string, Uint8Array>} [files] files by path (`/a.tif`), before those of the folder
 * @property {boolean} [isolation] send COOP and COEP; default false
 * @property {number} [port] default: any free one
 * @property {number} [delayMs] wait before every answer; default 0
 */

/**
 * @typedef {object} RangeServer
 * @property {string} url without a slash at the end
 * @property {LoggedRequest[]} log in order of arrival; also `GET /__log`, emptied by `DELETE /__log`
 * @property {(path: string) => LoggedRequest[]} requestsOf GET requests of one path
 * @property {() => void} clearLog
 * @property {(path: string) => number} mostAtOnce requests of the path that were answered at the same time at most, since the log was cleared
 * @property {(path: string, fault: Fault | undefined) => void} fault `undefined` mends the path
 * @property {(path: string, bytes: Uint8Array, modified?: Date) => void} put adds or changes a file
 * @property {() => Promise<void>} close
 */

/** @param {RangeServerOptions} [options] @returns {Promise<RangeServer>} */
export async function startRangeServer(options = {}) {
  const files = new Map(Object.entries(options.files ?? {}));
  /** @type {Map<string, Date>} */
  const dates = new Map();
  /** @type {Map<string, Fault>} */
  const faults = new Map();
  /** Requests so far by faulty path. @type {Map<string, number>} */
  const counts = new Map();
  /** @type {LoggedRequest[]} */
  const log = [];
  /** Requests that are being answered, and the most of them at once, by path. @type {Map<string, { now: number, most: number }>} */
  const running = new Map();

  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "/", "http://host");
    const path = decodeURIComponent(url.pathname);
    if (path === "/__log") return answerLog(request, response, log);
    /** @type {LoggedRequest} */
    const entry = { method: request.method ?? "", path, range: request.headers.range ?? null, status: 0, bytes: 0 };
    log.push(entry);
    const here = running.get(path) ?? { now: 0, most: 0 };
    running.set(path, here);
    here.most = Math.max(here.most, ++here.now);
    response.on("finish", () => (entry.status = response.statusCode));
    // Over when the last byte is handed over: a client that has it may ask again before the connection says so.
    let isOver = false;
    const over = () => {
      if (!isOver) here.now--;
      isOver = true;
    };
    response.on("prefinish", over);
    response.on("close", over);
    if (options.delayMs) await new Promise((done) => setTimeout(done, options.delayMs));
    const faultKey = path + url.search;
    const count = counts.get(faultKey) ?? 0;
    counts.set(faultKey, count + 1);
    const wished = faults.get(path) ?? faultOfQuery(url.searchParams.get("fault"));
    const fault = count < (wished?.times ?? Number.POSITIVE_INFINITY) ? wished : undefined;
    const file = files.has(path) ? memoryFile(files.get(path), dates.get(path)) : diskFile(options.folder, path);
    answer({ request, response, entry, fault, count, file, isolation: options.isolation ?? false });
  });
  await new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(options.port ?? 0, "127.0.0.1", () => done(undefined));
  });
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    requestsOf: (path) => log.filter((entry) => entry.path === path && entry.method === "GET"),
    clearLog: () => {
      log.splice(0);
      for (const here of running.values()) here.most = here.now;
    },
    mostAtOnce: (path) => running.get(path)?.most ?? 0,
    fault: (path, fault) => {
      counts.clear();
      if (fault) faults.set(path, fault);
      else faults.delete(path);
    },
    put: (path, bytes, modified = new Date(1_600_000_000_000)) => {
      files.set(path, bytes);
      dates.set(path, modified);
    },
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

/**
 * @typedef {{ length: number, read: (start: number, end: number) => Buffer, etag: string, modified: Date }} ServedFile
 */

/**
 * @param {{ request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse, entry: LoggedRequest,
 *   fault: Fault | undefined, count: number, file: ServedFile | undefined, isolation: boolean }} exchange
 */
function answer({ request, response, entry, fault, count, file, isolation }) {
  const kind = fault?.kind;
  if (kind !== "no-cors") response.setHeader("Access-Control-Allow-Origin", "*");
  if (kind !== "no-cors" && kind !== "no-expose") response.setHeader("Access-Control-Expose-Headers", exposed);
  response.setHeader("Cross-Origin-Resource-Policy", "cross-origin");
  if (isolation) {
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cross-Origin-Embedder-Policy", "require-corp");
  }
  const end = (
    /** @type {number} */ status,
    /** @type {import("node:http").OutgoingHttpHeaders} */ headers = {},
    /** @type {Uint8Array} */ body = Buffer.alloc(0),
  ) => {
    entry.status = status;
    entry.bytes = request.method === "HEAD" ? 0 : body.length;
    response.writeHead(status, { "Content-Length": body.length, ...headers });
    response.end(request.method === "HEAD" ? undefined : body);
  };
  if (request.method === "OPTIONS") {
    if (kind === "no-cors") return end(405);
    return end(204, {
      "Access-Control-Allow-Methods": "GET, HEAD",
      "Access-Control-Allow-Headers": "*",
      "Access-Control-Max-Age": 600,
    });
  }
  if (kind === "silent") return;
  if (kind === "reset") return void request.socket.destroy();
  if (fault?.kind === "redirect") return end(302, { Location: fault.to });
  if (fault?.kind === "status") return end(fault.status, retryAfter(fault));
  if (!file) return end(404, { "Content-Type": "text/plain" }, Buffer.from("not found\n"));

  const etag = kind === "etag-changes" ? etagOf(file.etag, count) : file.etag;
  const headers = {
    ...(kind === "no-etag" || kind === "no-validators" ? {} : { ETag: etag }),
    ...(kind === "no-validators" ? {} : { "Last-Modified": file.modified.toUTCString() }),
    "Accept-Ranges": "bytes",
    // Every read is to reach this server's log.
    "Cache-Control": "no-store",
    "Content-Type": contentType(entry.path),
  };
  if (matches(request.headers["if-none-match"], etag)) return end(304, headers);
  const { length } = kind === "gzip-file" ? packed(file) : file;
  const asked =
    kind !== "ignore-range" && rangeApplies(request.headers["if-range"]?.toString(), { etag, modified: file.modified });
  const range = asked ? parseRange(request.headers.range, length) : undefined;
  if (range === "unsatisfiable") return end(416, { ...headers, "Content-Range": `bytes */${length}` });

  const right = range ?? { start: 0, end: length };
  const sent = misplaced(right, kind, length);
  const body = bodyOf(file, sent, kind);
  if (kind === "gzip-file" || kind === "gzip-part") Object.assign(headers, { "Content-Encoding": "gzip" });
  const status = range ? 206 : 200;
  const contentRange =
    range && kind !== "no-content-range" ? { "Content-Range": `bytes ${sent.start}-${sent.end - 1}/${length}` } : {};
  if (fault?.kind === "slow" || kind === "drip") {
    entry.status = status;
    entry.bytes = body.length;
    response.writeHead(status, { ...headers, ...contentRange, "Content-Length": body.length });
    const piece = kind === "drip" ? 1 : Math.ceil(body.length / 8);
    return void pieces(response, body, piece, fault?.kind === "slow" ? (fault.waitMs ?? 60) : 60);
  }
  if ((kind === "stall" || kind === "truncate") && request.method === "GET") {
    const half = body.subarray(0, body.length >> 1);
    entry.status = status;
    entry.bytes = half.length;
    response.writeHead(status, { ...headers, ...contentRange, "Content-Length": body.length });
    response.write(half, () => {
      // Cut only after the half has left, so that the client sees a body that ends early.
      if (kind === "truncate") setTimeout(() => response.destroy(), 20);
    });
    return;
  }
  end(status, { ...headers, ...contentRange }, body);
}

/**
 * @param {import("../../pkg-scripts/http-ranges.mjs").ByteRange} range @param {string | undefined} kind
 * @param {number} length
 */
function misplaced(range, kind, length) {
  const size = range.end - range.start;
  if (kind === "short") return { start: range.start, end: range.start + Math.ceil(size / 2) };
  if (kind !== "wrong-range") return range;
  const start = range.end < length ? range.start + 1 : Math.max(0, range.start - 1);
  return { start, end: Math.min(start + size, length) };
}

/** @param {ServedFile} file @returns {Buffer} */
function packed(file) {
  return gzipSync(file.read(0, file.length));
}

/** @param {ServedFile} file @param {import("../../pkg-scripts/http-ranges.mjs").ByteRange} range @param {string | undefined} kind */
function bodyOf(file, { start, end }, kind) {
  if (kind === "gzip-file") return packed(file).subarray(start, end);
  const part = file.read(start, end);
  return kind === "gzip-part" ? gzipSync(part) : part;
}

/** @param {import("node:http").ServerResponse} response @param {Buffer} body @param {number} size @param {number} waitMs */
async function pieces(response, body, size, waitMs) {
  for (let at = 0; at < body.length && !response.destroyed; at += size) {
    await wait(waitMs);
    const piece = body.subarray(at, at + size);
    if (at + size >= body.length) return void response.end(piece);
    response.write(piece);
  }
  response.end();
}

/** @param {{ retryAfterSeconds?: number, asDate?: boolean }} fault */
function retryAfter({ retryAfterSeconds, asDate }) {
  if (retryAfterSeconds === undefined) return {};
  return {
    "Retry-After": asDate ? new Date(Date.now() + retryAfterSeconds * 1000).toUTCString() : retryAfterSeconds,
  };
}

/**
 * @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response
 * @param {LoggedRequest[]} log
 */
function answerLog(request, response, log) {
  const body = JSON.stringify(log);
  if (request.method === "DELETE") log.length = 0;
  response.writeHead(200, {
    "Content-Type": "application/json",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, DELETE",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "no-store",
  });
  response.end(request.method === "OPTIONS" ? "" : body);
}

/** @param {string | null} text @returns {Fault | undefined} */
function faultOfQuery(text) {
  if (text === null) return undefined;
  const status = /^(\d{3})(-once)?$/.exec(text);
  if (status) return { kind: "status", status: Number(status[1]), ...(status[2] ? { times: 1 } : {}) };
  return /** @type {Fault} */ ({ kind: text });
}

/** @param {Uint8Array | undefined} bytes @param {Date | undefined} modified @returns {ServedFile} */
function memoryFile(bytes = new Uint8Array(), modified = new Date(1_600_000_000_000)) {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    length: buffer.length,
    read: (start, end) => buffer.subarray(start, end),
    etag: etagOf(buffer.toString("latin1")),
    modified,
  };
}

/** @param {string | undefined} folder @param {string} path @returns {ServedFile | undefined} */
function diskFile(folder, path) {
  if (folder === undefined) return undefined;
  const base = resolve(folder);
  const file = join(base, path.endsWith("/") ? `${path}index.html` : path);
  const state = file.startsWith(base + sep) ? statSync(file, { throwIfNoEntry: false }) : undefined;
  if (!state?.isFile()) return undefined;
  return {
    length: state.size,
    read: (start, end) => readPart(file, start, end),
    etag: etagOf(state.size, state.mtimeMs, state.ino),
    modified: state.mtime,
  };
}

/** @param {string} file @param {number} start @param {number} end */
function readPart(file, start, end) {
  const part = Buffer.alloc(end - start);
  const descriptor = openSync(file, "r");
  try {
    return part.subarray(0, readSync(descriptor, part, 0, part.length, start));
  } finally {
    closeSync(descriptor);
  }
}

/** @param {string} path */
function contentType(path) {
  const extension = /\.\w+$/.exec(path)?.[0] ?? "/";
  /** @type {Record<string, string>} */
  const types = {
    ".css": "text/css",
    ".html": "text/html",
    "/": "text/html",
    ".js": "text/javascript",
    ".json": "application/json",
    ".tif": "image/tiff",
    ".wasm": "application/wasm",
  };
  return types[extension] ?? "application/octet-stream";
}

const exposed = "Accept-Ranges, Content-Range, Content-Length, ETag, Last-Modified, Retry-After";
