import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { parseRange } from "../../pkg-scripts/http-ranges.mjs";
import { startRangeServer } from "./range-server.mjs";

const bytes = Uint8Array.from({ length: 100 }, (_, i) => i);
/** @type {import("./range-server.mjs").RangeServer} */
let server;

before(async () => {
  server = await startRangeServer({ files: { "/a.tif": bytes }, isolation: true });
});
after(() => server.close());

/** @param {string} path @param {Record<string, string>} [headers] */
const get = (path, headers = {}) => fetch(server.url + path, { headers });

test("ranges of every form are answered as RFC 9110 says", () => {
  assert.deepEqual(parseRange("bytes=0-9", 100), { start: 0, end: 10 });
  assert.deepEqual(parseRange("bytes=90-", 100), { start: 90, end: 100 });
  assert.deepEqual(parseRange("bytes=90-500", 100), { start: 90, end: 100 });
  assert.deepEqual(parseRange("bytes=-16", 100), { start: 84, end: 100 });
  assert.deepEqual(parseRange("bytes=-500", 100), { start: 0, end: 100 });
  assert.equal(parseRange("bytes=100-", 100), "unsatisfiable");
  assert.equal(parseRange("bytes=-0", 100), "unsatisfiable");
  assert.equal(parseRange("bytes=9-0", 100), undefined);
  assert.equal(parseRange("bytes=0-1,4-5", 100), undefined);
  assert.equal(parseRange("bytes=-", 100), undefined);
  assert.equal(parseRange(undefined, 100), undefined);
});

test("a range is sent with 206, its place, a validator and exposed headers, and is logged", async () => {
  server.clearLog();
  const response = await get("/a.tif", { Range: "bytes=10-19" });
  assert.equal(response.status, 206);
  assert.equal(response.headers.get("content-range"), "bytes 10-19/100");
  assert.match(response.headers.get("etag") ?? "", /^"\w+"$/);
  assert.match(response.headers.get("access-control-expose-headers") ?? "", /Content-Range/);
  assert.equal(response.headers.get("cross-origin-opener-policy"), "same-origin");
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes.subarray(10, 20));
  assert.deepEqual(server.log, [{ method: "GET", path: "/a.tif", range: "bytes=10-19", status: 206, bytes: 10 }]);
});

test("an If-Range of another version sends the whole file", async () => {
  const etag = (await get("/a.tif")).headers.get("etag") ?? "";
  assert.equal((await get("/a.tif", { Range: "bytes=0-1", "If-Range": etag })).status, 206);
  assert.equal((await get("/a.tif", { Range: "bytes=0-1", "If-Range": '"other"' })).status, 200);
});

test("what is not there is 404 and what is past the end is 416", async () => {
  assert.equal((await get("/b.tif")).status, 404);
  const past = await get("/a.tif", { Range: "bytes=100-" });
  assert.equal(past.status, 416);
  assert.equal(past.headers.get("content-range"), "bytes */100");
});

test("each fault does what it says", async () => {
  const range = { Range: "bytes=10-19" };
  assert.equal((await get("/a.tif?fault=ignore-range", range)).status, 200);
  assert.deepEqual(
    [(await get("/a.tif?fault=500-once")).status, (await get("/a.tif?fault=500-once")).status],
    [500, 200],
  );
  assert.equal((await get("/a.tif?fault=wrong-range", range)).headers.get("content-range"), "bytes 11-20/100");
  assert.equal((await get("/a.tif?fault=no-content-range", range)).headers.get("content-range"), null);
  assert.equal((await (await get("/a.tif?fault=short", range)).arrayBuffer()).byteLength, 5);
  await assert.rejects(async () => (await get("/a.tif?fault=truncate", range)).arrayBuffer());
  const stalled = fetch(`${server.url}/a.tif?fault=stall`, { headers: range, signal: AbortSignal.timeout(200) });
  await assert.rejects(async () => (await stalled).arrayBuffer());
  const tags = [await get("/a.tif?fault=etag-changes"), await get("/a.tif?fault=etag-changes")].map((r) =>
    r.headers.get("etag"),
  );
  assert.notEqual(tags[0], tags[1]);
  await assert.rejects(get("/a.tif?fault=reset"));
  for (const kind of ["silent", "drip"]) {
    const signal = AbortSignal.timeout(200);
    const hanging = fetch(`${server.url}/a.tif?fault=${kind}`, { headers: range, signal });
    await assert.rejects(async () => (await hanging).arrayBuffer());
  }
  assert.equal((await (await get("/a.tif?fault=slow", range)).arrayBuffer()).byteLength, 10);
  await assert.rejects(async () => (await get("/a.tif?fault=gzip-file", range)).arrayBuffer());
  const part = await get("/a.tif?fault=gzip-part", range);
  assert.equal(part.headers.get("content-encoding"), "gzip");
  assert.deepEqual(new Uint8Array(await part.arrayBuffer()), bytes.subarray(10, 20));
  const bare = await get("/a.tif?fault=no-validators", range);
  assert.deepEqual([bare.headers.get("etag"), bare.headers.get("last-modified")], [null, null]);
  assert.equal((await get("/a.tif?fault=no-etag", range)).headers.get("etag"), null);
  server.fault("/b.tif", { kind: "redirect", to: "/a.tif" });
  assert.equal((await get("/b.tif", range)).url, `${server.url}/a.tif`);
  server.fault("/a.tif", { kind: "short", times: 1 });
  assert.equal((await (await get("/a.tif", range)).arrayBuffer()).byteLength, 5);
  assert.equal((await (await get("/a.tif", range)).arrayBuffer()).byteLength, 10);
  server.fault("/a.tif", { kind: "status", status: 429, retryAfterSeconds: 9, asDate: true });
  const until = Date.parse((await get("/a.tif")).headers.get("retry-after") ?? "") - Date.now();
  assert.ok(until > 0 && until <= 9000, String(until));
  server.fault("/a.tif", { kind: "status", status: 503, times: 1, retryAfterSeconds: 2 });
  assert.equal((await get("/a.tif")).headers.get("retry-after"), "2");
  server.fault("/a.tif", undefined);
  assert.equal((await get("/a.tif")).status, 200);
});

test("the log can be read and emptied over HTTP", async () => {
  server.clearLog();
  await get("/a.tif");
  const log = /** @type {unknown[]} */ (await (await get("/__log")).json());
  assert.equal(log.length, 1);
  await fetch(`${server.url}/__log`, { method: "DELETE" });
  assert.deepEqual(server.log, []);
});

test("it says how many requests were answered at once", async () => {
  server.clearLog();
  await Promise.all(["slow", "slow"].map((kind) => get(`/a.tif?fault=${kind}`).then((r) => r.arrayBuffer())));
  await (await get("/a.tif")).arrayBuffer();
  assert.equal(server.mostAtOnce("/a.tif"), 2);
});

test("files of a folder are served, and none outside it", async () => {
  const own = await startRangeServer({ folder: import.meta.dirname });
  const part = await fetch(`${own.url}/range-server.mjs`, { headers: { Range: "bytes=0-1" } });
  assert.equal(await part.text(), "//");
  assert.equal((await fetch(`${own.url}/..%2fserver%2f..%2f..%2fpackage.json`)).status, 404);
  await own.close();
});
