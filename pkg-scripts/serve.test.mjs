import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { serve } from "./serve.mjs";

const folder = mkdtempSync(join(tmpdir(), "cogrid-serve-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, "app"));
mkdirSync(join(folder, "samples"));
writeFileSync(join(folder, "app", "index.html"), "<p>page</p>");
writeFileSync(join(folder, "app", "a b.tif"), "0123456789");
writeFileSync(join(folder, "samples", "large.tif"), "abc");
writeFileSync(join(folder, "secret.txt"), "no");
const server = await serve(join(folder, "app"), { port: 0, mounts: { "/samples/": join(folder, "samples") } });
after(() => server.close());

test("the page is served isolated", async () => {
  const response = await fetch(server.url);
  assert.equal(await response.text(), "<p>page</p>");
  assert.equal(response.headers.get("cross-origin-opener-policy"), "same-origin");
  assert.equal(response.headers.get("cross-origin-embedder-policy"), "require-corp");
  assert.match(response.headers.get("content-type") ?? "", /^text\/html/);
});

test("without isolation neither header is sent", async () => {
  const plain = await serve(join(folder, "app"), { port: 0, isolation: false });
  const response = await fetch(plain.url);
  assert.equal(response.headers.get("cross-origin-embedder-policy"), null);
  await plain.close();
});

test("suffix ranges, open ranges and validators are right", async () => {
  const get = (/** @type {Record<string, string>} */ headers) => fetch(`${server.url}/a%20b.tif`, { headers });
  const suffix = await get({ Range: "bytes=-3" });
  assert.deepEqual(
    [suffix.status, suffix.headers.get("content-range"), await suffix.text()],
    [206, "bytes 7-9/10", "789"],
  );
  assert.equal(await (await get({ Range: "bytes=8-" })).text(), "89");
  assert.equal((await get({ Range: "bytes=10-" })).status, 416);
  const etag = suffix.headers.get("etag") ?? "";
  assert.equal((await get({ "If-None-Match": etag })).status, 304);
  assert.equal((await get({ Range: "bytes=0-0", "If-Range": '"other"' })).status, 200);
});

test("mounted folders appear under their path", async () => {
  assert.equal(await (await fetch(`${server.url}/samples/large.tif`)).text(), "abc");
});

test("nothing outside the folders is served", async () => {
  for (const path of [
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/samples/%2e%2e%2fsecret.txt",
    "/samples/..%2f..%2fetc/passwd",
    "/%00",
    "/%zz",
  ]) {
    assert.equal(await status(path), 404, path);
  }
});

test("only reading is allowed", async () => {
  assert.equal((await fetch(server.url, { method: "POST" })).status, 405);
});

/** The status of a path sent as it is: `fetch` would tidy it. @param {string} path @returns {Promise<number>} */
function status(path) {
  return new Promise((done, failed) => {
    const sent = request({ port: server.port, host: "localhost", path }, (response) => {
      response.resume();
      done(response.statusCode ?? 0);
    });
    sent.on("error", failed).end();
  });
}
