// A static server for the built page and its rasters: byte ranges, validators, and cross-origin isolation, which the
// threaded build needs. `node pkg-scripts/serve.mjs [FOLDER] [--port N] [--no-isolation]`
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { etagOf, matches, parseRange, rangeApplies } from "./http-ranges.mjs";
import { main, root, StepError } from "./steps.mjs";

/**
 * @typedef {object} ServeOptions
 * @property {number} port 0: any free one
 * @property {string} [host] default: this machine only
 * @property {boolean} [isolation] send the headers that make pages cross-origin isolated; default true
 * @property {Record<string, string>} [mounts] further folders by the URL path under which they appear, such as `/samples/`
 */

/**
 * Serves a folder until `close()`.
 * @param {string} folder @param {ServeOptions} options
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function serve(folder, options) {
  const { port, host = "localhost", isolation = true, mounts = {} } = options;
  const server = createServer((request, response) => {
    for (const [name, value] of Object.entries(isolation ? { ...sharing, ...isolating } : sharing))
      response.setHeader(name, value);
    answer(request, response, findFile(request.url ?? "/", folder, mounts));
  });
  await new Promise((done, failed) => {
    server.once("error", failed);
    server.listen(port, host, () => done(undefined));
  });
  const address = server.address();
  const bound = typeof address === "object" && address ? address.port : port;
  const close = () =>
    new Promise((done) => {
      server.close(() => done(undefined));
      server.closeAllConnections();
    });
  return { url: `http://${host}:${bound}`, port: bound, close: async () => void (await close()) };
}

/**
 * Serves and prints the address; a taken port is told in words.
 * @param {string} folder @param {ServeOptions} options
 */
export async function serveAndSay(folder, options) {
  try {
    const { url } = await serve(folder, options);
    console.log(`\n  cogrid is at ${url}\n  (Ctrl-C ends it)\n`);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EADDRINUSE") throw error;
    throw new StepError(`port ${options.port} is taken`, `PORT=${options.port + 1} npm start`);
  }
}

/**
 * @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response
 * @param {string | undefined} path
 */
function answer(request, response, path) {
  if (request.method !== "GET" && request.method !== "HEAD") {
    return void response.writeHead(405, { Allow: "GET, HEAD", "Content-Length": 0 }).end();
  }
  const file = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === undefined || !file?.isFile()) {
    const text = "not found\n";
    return void response.writeHead(404, { "Content-Type": "text/plain", "Content-Length": text.length }).end(text);
  }
  const validators = { etag: etagOf(file.size, file.mtimeMs, file.ino), modified: file.mtime };
  const headers = {
    ETag: validators.etag,
    "Last-Modified": validators.modified.toUTCString(),
    "Accept-Ranges": "bytes",
    "Cache-Control": "no-cache",
    "Content-Type": contentTypes[extname(path)] ?? "application/octet-stream",
  };
  if (matches(request.headers["if-none-match"], validators.etag)) return void response.writeHead(304, headers).end();
  const range = rangeApplies(request.headers["if-range"]?.toString(), validators)
    ? parseRange(request.headers.range, file.size)
    : undefined;
  if (range === "unsatisfiable") {
    return void response
      .writeHead(416, { ...headers, "Content-Range": `bytes */${file.size}`, "Content-Length": 0 })
      .end();
  }
  const { start, end } = range ?? { start: 0, end: file.size };
  response.writeHead(range ? 206 : 200, {
    ...headers,
    "Content-Length": end - start,
    ...(range ? { "Content-Range": `bytes ${start}-${end - 1}/${file.size}` } : {}),
  });
  if (request.method === "HEAD" || end === start) return void response.end();
  const stream = createReadStream(path, { start, end: end - 1 });
  stream.on("error", () => response.destroy());
  response.on("close", () => stream.destroy());
  stream.pipe(response);
}

/**
 * The file that a URL names, never one outside the folders.
 * @param {string} url @param {string} folder @param {Record<string, string>} mounts
 */
function findFile(url, folder, mounts) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, "http://host").pathname);
  } catch {
    return undefined;
  }
  if (path.includes("\0")) return undefined;
  const mounted = Object.keys(mounts).find((prefix) => path.startsWith(prefix));
  const inFolder = within(folder, path);
  if (mounted === undefined || (inFolder && statSync(inFolder, { throwIfNoEntry: false })?.isFile())) return inFolder;
  return within(mounts[mounted] ?? "", path.slice(mounted.length));
}

/** @param {string} folder @param {string} path */
function within(folder, path) {
  const base = resolve(folder);
  const file = join(base, path.endsWith("/") || path === "" ? `${path}index.html` : path);
  return file.startsWith(base + sep) ? file : undefined;
}

const isolating = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

const sharing = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Accept-Ranges, Content-Range, Content-Length, ETag, Last-Modified",
  "Cross-Origin-Resource-Policy": "cross-origin",
};

/** @type {Record<string, string>} */
const contentTypes = {
  ".css": "text/css; charset=utf-8",
  ".geojson": "application/geo+json",
  ".html": "text/html; charset=utf-8",
  ".ico": "image/x-icon",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".mjs": "text/javascript; charset=utf-8",
  ".png": "image/png",
  ".svg": "image/svg+xml",
  ".tif": "image/tiff; application=geotiff",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".woff2": "font/woff2",
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    const args = process.argv.slice(2);
    const portAt = args.indexOf("--port");
    const port = Number(portAt >= 0 ? args[portAt + 1] : (process.env.PORT ?? 5173));
    const folder = args.find((arg, i) => !arg.startsWith("--") && i !== portAt + 1) ?? join(root, "dist", "app");
    await serveAndSay(folder, { port, isolation: !args.includes("--no-isolation") });
  });
}
