import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRangeServer } from "../server/range-server.mjs";
import { tinyTiff } from "../support/tiny-tiff.js";
import { dist, startWorker } from "./worker.js";

let server: Awaited<ReturnType<typeof startRangeServer>>;
/** A host that is not allowed, and an allowed one that sends readers to where the query says. */
let other: typeof server;
let redirecting: Server;
let redirectingUrl = "";
let worker: Miniflare;

beforeAll(async () => {
  server = await startRangeServer({
    files: { "/tiny.tif": tinyTiff(), "/text.tif": new TextEncoder().encode("no raster at all, only text") },
  });
  other = await startRangeServer({ files: { "/tiny.tif": tinyTiff() } });
  redirecting = createServer((request, response) => {
    const to = new URL(request.url ?? "/", "http://host").searchParams.get("to") ?? "";
    response.writeHead(302, { Location: to, "Content-Length": 0 }).end();
  });
  await new Promise<void>((done) => redirecting.listen(0, "127.0.0.1", done));
  redirectingUrl = `http://127.0.0.1:${(redirecting.address() as AddressInfo).port}`;
  const allowedHosts = JSON.stringify([server.url, redirectingUrl].map((text) => new URL(text).host));
  const script = `import { createHandler } from ${JSON.stringify(dist("edge.js"))};
export default { fetch: createHandler({ allowedHosts: ${allowedHosts} }) };`;
  worker = await startWorker(script, ["single/cogrid_bg.wasm"]);
});
afterAll(async () => {
  await worker?.dispose();
  await server?.close();
  await other?.close();
  redirecting?.close();
});

async function get(path: string): Promise<{ status: number; body: unknown }> {
  const response = await worker.dispatchFetch(`http://edge.test${path}`);
  return { status: response.status, body: await response.json() };
}

const url = (path = "/tiny.tif"): string => encodeURIComponent(`${server.url}${path}`);

describe("the edge handler in workerd", () => {
  it("is well", async () => {
    expect(await get("/healthz")).toEqual({ status: 200, body: { status: "ok" } });
  });

  it("answers TiTiler's info", async () => {
    expect(await get(`/cog/info?url=${url()}`)).toEqual({
      status: 200,
      body: {
        bounds: [0, 0, 32, 16],
        crs: "http://www.opengis.net/def/crs/EPSG/0/4326",
        band_metadata: [["b1", {}]],
        band_descriptions: [["b1", "b1"]],
        dtype: "int16",
        nodata_type: "Nodata",
        nodata_value: -9999,
        colorinterp: ["gray"],
        scales: [1],
        offsets: [0],
        driver: "GTiff",
        count: 1,
        width: 32,
        height: 16,
        overviews: [],
      },
    });
  });

  it("answers TiTiler's point", async () => {
    expect(await get(`/cog/point/1.5,15.5?url=${url()}`)).toEqual({
      status: 200,
      body: { coordinates: [1.5, 15.5], values: [1], band_names: ["b1"] },
    });
    expect(await get(`/cog/point/31.9,0.1?url=${url()}&bidx=1`)).toMatchObject({
      body: { values: [511], band_names: ["b1"] },
    });
    expect(await get(`/cog/point/0.5,15.5?url=${url()}`)).toMatchObject({ status: 200, body: { values: [null] } });
  });

  it.each([
    ["/cog/info", 400, "usage.url"],
    ["/cog/info?url=a.tif", 400, "usage.url"],
    ["/cog/info?url=http%3A%2F%2F169.254.169.254%2Fa.tif", 403, "host.not_allowed"],
    ["/cog/info?url=http%3A%2F%2F127.0.0.1%3A1%2Fa.tif", 403, "host.not_allowed"],
    ["/cog/nothing", 404, "usage.path"],
  ])("refuses %s", async (path, status, code) => {
    const answer = await get(path);
    expect(answer).toEqual({
      status,
      body: { detail: expect.any(String), code, hint: answer.status === 400 ? null : expect.any(String) },
    });
  });

  it("follows a redirect to an allowed host, and none to another", async () => {
    const via = (to: string): string => encodeURIComponent(`${redirectingUrl}/?to=${encodeURIComponent(to)}`);
    expect(await get(`/cog/info?url=${via(`${server.url}/tiny.tif`)}`)).toMatchObject({
      status: 200,
      body: { width: 32 },
    });
    other.clearLog();
    expect(await get(`/cog/info?url=${via(`${other.url}/tiny.tif`)}`)).toMatchObject({
      status: 403,
      body: { code: "host.not_allowed" },
    });
    expect(other.log).toEqual([]);
    // One that never ends is a failure of the source.
    expect((await get(`/cog/info?url=${via(`${redirectingUrl}/?to=/`)}`)).status).toBe(502);
  });

  it("tells failures of the source in words", async () => {
    expect(await get(`/cog/info?url=${url("/none.tif")}`)).toMatchObject({
      status: 404,
      body: { code: expect.stringMatching(/^source\./) },
    });
    expect(await get(`/cog/info?url=${url("/text.tif")}`)).toMatchObject({
      status: 422,
      body: { code: expect.stringMatching(/^format\./) },
    });
    expect(await get(`/cog/point/x,y?url=${url()}`)).toMatchObject({ status: 400, body: { code: "usage.point" } });
    expect(await get(`/cog/point/1,1?url=${url()}&bidx=9`)).toMatchObject({
      status: 400,
      body: { code: "usage.band" },
    });
  });
});
