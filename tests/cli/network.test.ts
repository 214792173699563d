// What a server can do wrong, met by the shipped library in Node: every case ends in values or in an error that says
// what, where and what to do.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type CogridError, isAbortError, type Workspace, type WorkspaceOptions } from "cogrid";
import { describe, expect, it } from "vitest";
import { startRangeServer } from "../server/range-server.mjs";
import {
  close,
  file,
  open as openServed,
  path,
  RASTER,
  requests,
  server,
  url,
  WIDTH,
} from "../support/served-raster.js";
import { tiledTiff } from "../support/tiny-tiff.js";

/** In a block that lies beyond the first 32 KiB. */
const PIXEL = [400, 300, 401, 301] as const;
const VALUE = ((300 * WIDTH + 400) % 32000) as number;

const open = (options: WorkspaceOptions = {}): Promise<Workspace> => {
  return openServed({ store: "memory", retries: 1, ...options });
};

async function pixel(workspace: Workspace, source = url): Promise<number> {
  return Number((await workspace.sources.read(source, { band: 1, window: PIXEL })).data[0]);
}

/** Short where the test is about waiting; else so long that a busy machine does not meet it. */
function patience(kind: string): number {
  return ["silent", "stall", "drip", "slow"].includes(kind) ? 1200 : 20_000;
}

async function failure(work: Promise<unknown>): Promise<CogridError> {
  return work.then(
    (value) => Promise.reject(new Error(`expected a failure, got ${String(value)}`)),
    (error) => error as CogridError,
  );
}

describe("faults that pass", () => {
  it.each([
    { kind: "reset" },
    { kind: "silent" },
    { kind: "stall" },
    { kind: "drip" },
    { kind: "truncate" },
    { kind: "status", status: 500 },
    { kind: "status", status: 503 },
    { kind: "status", status: 429, retryAfterSeconds: 0 },
    { kind: "status", status: 429, retryAfterSeconds: 1, asDate: true },
  ] as const)("are retried: $kind $status", async (fault) => {
    server.fault(path(), { ...fault, times: 1 });
    expect(await pixel(await open({ timeoutMs: patience(fault.kind) }))).toBe(VALUE);
    // One failed, one for the header, one for the block.
    expect(requests()).toBe(3);
  });

  it("are retried in the middle of a job too", async () => {
    const workspace = await open();
    await workspace.sources.info(url);
    server.fault(path(), { kind: "reset", times: 1 });
    expect(await pixel(workspace)).toBe(VALUE);
    expect(requests()).toBe(3);
  });

  it.each([
    // Longer in all than the timeout, but never silent for so long.
    { kind: "slow", waitMs: 200 },
    { kind: "gzip-part" },
    { kind: "no-content-range" },
    { kind: "no-etag" },
    { kind: "no-validators" },
    { kind: "ignore-range" },
    { kind: "short" },
  ] as const)("that are none cost no error: $kind", async (fault) => {
    server.fault(path(), fault);
    expect(await pixel(await open({ timeoutMs: patience(fault.kind) }))).toBe(VALUE);
  });

  it("the whole of a small file is read once where ranges are ignored", async () => {
    server.fault(path(), { kind: "ignore-range" });
    const workspace = await open();
    expect(await pixel(workspace)).toBe(VALUE);
    expect(requests()).toBe(1);
  });

  it("follows redirects, and goes straight there afterwards", async () => {
    server.put("/target.tif", file);
    server.fault(path(), { kind: "redirect", to: "/target.tif" });
    const workspace = await open();
    expect(await pixel(workspace)).toBe(VALUE);
    expect([requests(), server.requestsOf("/target.tif").length]).toEqual([1, 2]);
    // Where the target is gone, the address that was given leads on.
    server.put("/other.tif", file);
    server.fault("/target.tif", { kind: "status", status: 403 });
    server.fault(path(), { kind: "redirect", to: "/other.tif" });
    expect(Number((await workspace.sources.read(url, { band: 1, window: [0, 500, 1, 501] })).data[0])).toBe(
      (500 * WIDTH) % 32000,
    );
    server.fault("/target.tif", undefined);
  });
});

describe("faults that stay", () => {
  it.each([
    [{ kind: "reset" }, "source.network", undefined, 2],
    [{ kind: "silent" }, "source.timeout", undefined, 2],
    [{ kind: "stall" }, "source.timeout", 206, 2],
    [{ kind: "drip" }, "source.timeout", 206, 2],
    [{ kind: "truncate" }, "source.network", 206, 2],
    [{ kind: "status", status: 401 }, "source.http_status", 401, 1],
    [{ kind: "status", status: 403 }, "source.http_status", 403, 1],
    [{ kind: "status", status: 404 }, "source.not_found", 404, 1],
    [{ kind: "status", status: 416 }, "source.http_status", 416, 1],
    [{ kind: "status", status: 429 }, "source.http_status", 429, 2],
    [{ kind: "status", status: 429, retryAfterSeconds: 3600 }, "source.http_status", 429, 1],
    [{ kind: "status", status: 503 }, "source.http_status", 503, 2],
    [{ kind: "wrong-range" }, "source.range_mismatch", 206, 1],
    [{ kind: "gzip-file" }, "source.content_encoding", 206, 1],
  ] as const)("%j is told with code, url, range, status and hint", async (fault, code, status, tries) => {
    const workspace = await open({ timeoutMs: patience(fault.kind) });
    await workspace.sources.info(url);
    server.clearLog();
    server.fault(path(), fault);
    const error = await failure(pixel(workspace));
    expect(error).toMatchObject({ name: "CogridError", code, url, hint: expect.stringMatching(/\w{4}/) });
    expect(error.status).toBe(status);
    expect(error.range?.[0]).toBeGreaterThan(32 << 10);
    expect(requests()).toBe(tries);
    // A failure is never kept.
    server.fault(path(), undefined);
    expect(await pixel(workspace)).toBe(VALUE);
  });

  it("says how long the server wants one to wait", async () => {
    server.fault(path(), { kind: "status", status: 429, retryAfterSeconds: 3600 });
    expect((await failure(pixel(await open()))).hint).toContain("3600 s");
  });

  it("a failure to open is not kept either", async () => {
    const workspace = await open({ retries: 0 });
    server.fault(path(), { kind: "status", status: 500 });
    const both = await Promise.all([failure(pixel(workspace)), failure(pixel(workspace))]);
    expect(both.map(({ code, status }) => [code, status])).toEqual([
      ["source.http_status", 500],
      ["source.http_status", 500],
    ]);
    expect(requests(), "who waits for the same read shares its failure").toBe(1);
    server.fault(path(), undefined);
    expect(await pixel(workspace)).toBe(VALUE);
  });

  it("nobody listens", async () => {
    const gone = await startRangeServer();
    await gone.close();
    const error = await failure(pixel(await open(), `${gone.url}/a.tif`));
    expect(error).toMatchObject({ code: "source.network", url: `${gone.url}/a.tif`, range: [0, 32 << 10] });
    expect(error.message).toMatch(/ECONNREFUSED/);
    expect(error.hint).toMatch(/address/);
  });

  it("a redirect in a circle, and one that must not be followed", async () => {
    server.fault(path(), { kind: "redirect", to: path() });
    expect(await failure(pixel(await open({ retries: 0 })))).toMatchObject({ code: "source.network", url });
    expect(await failure(pixel(await open({ redirect: "manual" })))).toMatchObject({
      code: "source.http_status",
      url,
      hint: expect.stringMatching(/leads to another/),
    });
  });

  it("a large file of a server that ignores ranges", async () => {
    server.put(path(), new Uint8Array(17 << 20));
    server.fault(path(), { kind: "ignore-range" });
    expect(await failure(pixel(await open()))).toMatchObject({
      code: "source.range_unsupported",
      url,
      status: 200,
      hint: expect.stringMatching(/206/),
    });
  });

  it("an own reader that never answers, or that throws", async () => {
    const workspace = await open({ timeoutMs: 100 });
    const reader = { size: 1e6, name: "own" };
    expect(
      await failure(workspace.sources.info({ ...reader, read: () => new Promise<never>(() => undefined) })),
    ).toMatchObject({ code: "source.timeout", url: "own" });
    const boom = (code: string | undefined) => () => Promise.reject(Object.assign(new Error("boom"), { code }));
    expect(await failure(workspace.sources.info({ ...reader, read: boom(undefined) }))).toMatchObject({
      code: "source.read",
      message: expect.stringContaining("boom"),
    });
    expect(await failure(workspace.sources.info({ ...reader, read: boom("source.not_found") }))).toMatchObject({
      code: "source.not_found",
    });
  });
});

describe("one version", () => {
  const newer = tiledTiff({ ...RASTER, plus: 7 });

  it.each([
    ["its ETag", undefined],
    ["its Last-Modified", "no-etag"],
  ] as const)("a file that changes under a job ends it, known by %s", async (_, kind) => {
    if (kind) server.fault(path(), { kind });
    const workspace = await open();
    await workspace.sources.info(url);
    server.put(path(), newer, new Date(1_700_000_000_000));
    expect(await failure(pixel(workspace))).toMatchObject({
      code: "source.changed",
      url,
      status: 206,
      hint: expect.stringMatching(/again/),
    });
    expect(await pixel(workspace), "the next call reads the new version").toBe(VALUE + 7);
  });

  it("a length is enough to know another version", async () => {
    server.fault(path(), { kind: "no-validators" });
    const workspace = await open();
    await workspace.sources.info(url);
    server.put(path(), new Uint8Array([...newer, 0]));
    expect(await failure(pixel(workspace))).toMatchObject({ code: "source.changed" });
    expect(await pixel(workspace)).toBe(VALUE + 7);
  });

  it("no result is made of two versions, whenever the file changes", async () => {
    const grid = { type: "square", crs: "EPSG:4326", cellSize: 4, bounds: [0, 0, 32, 32] } as const;
    const options = { method: "min", noCache: true, outlines: false } as const;
    const values = async (workspace: Workspace) => [...(await workspace.resample(url, grid, options)).column("min")];
    const workspace = await open({ maxRangeMb: 0.03, concurrencyPerOrigin: 1 });
    const before = await values(workspace);
    const reads = requests();
    expect(reads).toBeGreaterThan(10);
    const outcomes = new Set<string>();
    for (let change = 1; change < reads; change += 3) {
      server.put(path(), file, new Date(1_600_000_000_000 + change));
      await failure(pixel(workspace)).catch(() => undefined);
      server.clearLog();
      const job = values(await open({ maxRangeMb: 0.03, concurrencyPerOrigin: 1 }));
      while (requests() < change) await new Promise((done) => setImmediate(done));
      server.put(path(), newer, new Date(1_700_000_000_000 + change));
      const outcome = await job.catch((error: CogridError) => error.code);
      if (typeof outcome === "string") expect(outcome).toBe("source.changed");
      else expect([before, before.map((value) => value + 7)]).toContainEqual(outcome);
      outcomes.add(typeof outcome === "string" ? outcome : "values");
    }
    expect(outcomes).toContain("source.changed");
  });
});

describe("callers that share", () => {
  it("an aborted caller breaks no other, and the read goes on", async () => {
    const workspace = await open({ timeoutMs: 5000 });
    await workspace.sources.info(url);
    server.clearLog();
    server.fault(path(), { kind: "slow" });
    const tile = { min: 0, max: 1 };
    const controller = new AbortController();
    const first = workspace.mapTile(url, 5, 17, 15, { ...tile, signal: controller.signal });
    const second = workspace.mapTile(url, 5, 17, 15, tile);
    while (requests() === 0) await new Promise((done) => setImmediate(done));
    controller.abort();
    expect(isAbortError(await failure(first))).toBe(true);
    const { rgba } = await second;
    expect(rgba.some((part) => part > 0)).toBe(true);
    const ranges = server.requestsOf(path()).map(({ range }) => range);
    expect(ranges, "no range is asked for twice").toEqual([...new Set(ranges)]);
  });

  it("an aborted opening breaks no other", async () => {
    const workspace = await open({ timeoutMs: 5000 });
    server.fault(path(), { kind: "slow" });
    const controller = new AbortController();
    const first = workspace.sources.info(url, { signal: controller.signal });
    const second = workspace.sources.info(url);
    while (requests() === 0) await new Promise((done) => setImmediate(done));
    controller.abort();
    expect(isAbortError(await failure(first))).toBe(true);
    expect(await second).toMatchObject({ width: WIDTH });
    expect(requests()).toBe(1);
  });

  it("aborting ends the request", async () => {
    const workspace = await open({ timeoutMs: 60_000 });
    server.fault(path(), { kind: "silent" });
    const controller = new AbortController();
    const call = workspace.sources.info(url, { signal: controller.signal });
    while (requests() === 0) await new Promise((done) => setImmediate(done));
    controller.abort();
    expect(isAbortError(await failure(call))).toBe(true);
    server.fault(path(), undefined);
    expect(await workspace.sources.info(url)).toMatchObject({ width: WIDTH });
  });
});

describe("settings of the network", () => {
  const far = tiledTiff({ ...RASTER, gap: 3000 });
  const read = async (options: WorkspaceOptions): Promise<number[]> => {
    const workspace = await open(options);
    await workspace.sources.info(url);
    server.clearLog();
    await workspace.sources.read(url, { band: 1, window: [0, 0, WIDTH, WIDTH] });
    return server.requestsOf(path()).map(({ bytes }) => bytes);
  };

  it("mergeGapKb: what lies between blocks is read where it costs less than a request", async () => {
    server.put(path(), far);
    expect((await read({ mergeGapKb: 64 })).length).toBe(1);
    expect((await read({ mergeGapKb: 2 })).length).toBe(16);
  });

  it("maxRangeMb: no read is longer, unless a block is", async () => {
    const sizes = await read({ maxRangeMb: 0.07 });
    expect(sizes.length).toBeGreaterThanOrEqual(8);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(0.07 * (1 << 20));
    expect(Math.max(...(await read({ maxRangeMb: 0.001 })))).toBe(128 * 128 * 2);
  });

  it("concurrencyPerOrigin: never more at once, also where another workspace allows more", async () => {
    const wide = await open({ concurrencyPerOrigin: 6 });
    await wide.sources.info(url);
    server.fault(path(), { kind: "slow", waitMs: 10 });
    await read({ maxRangeMb: 0.001, concurrencyPerOrigin: 2, timeoutMs: 60_000 });
    expect(server.mostAtOnce(path())).toBe(2);
  });

  it("blockCacheMb: a second session reads the header and nothing else, until the file changes", async () => {
    const directory = mkdtempSync(join(tmpdir(), "cogrid-blocks-"));
    const whole = async (options: WorkspaceOptions): Promise<number> => {
      const workspace = await open({ directory, store: undefined, ...options });
      const { data } = await workspace.sources.read(url, { band: 1, window: [0, 0, WIDTH, WIDTH] });
      await close(workspace);
      return Number(data[300 * WIDTH + 400]);
    };
    expect(await whole({ blockCacheMb: 16 })).toBe(VALUE);
    server.clearLog();
    expect(await whole({ blockCacheMb: 16 })).toBe(VALUE);
    expect(server.requestsOf(path()).map(({ bytes }) => bytes)).toEqual([32 << 10]);
    expect(await whole({})).toBe(VALUE);
    expect(requests(), "off by default").toBeGreaterThan(2);
    server.put(path(), tiledTiff({ ...RASTER, plus: 7 }));
    expect(await whole({ blockCacheMb: 16 })).toBe(VALUE + 7);
  });

  it("what a view needs now does not wait for a long job", async () => {
    const workspace = await open({ maxRangeMb: 0.001, concurrencyPerOrigin: 4, timeoutMs: 60_000 });
    await workspace.sources.info(url);
    server.clearLog();
    server.fault(path(), { kind: "slow", waitMs: 40 });
    const grid = { type: "square", crs: "EPSG:4326", cellSize: 4, bounds: [0, 0, 32, 32] } as const;
    const job = workspace.resample(url, grid, { method: "average", noCache: true, outlines: false });
    while (requests() < 3) await new Promise((done) => setTimeout(done, 5));
    // The last block of the file: the job would come to it at the very end.
    const last = await workspace.sources.read(url, { band: 1, window: [511, 511, 512, 512] });
    expect(Number(last.data[0])).toBe((511 * WIDTH + 511) % 32000);
    const ranges = server.requestsOf(path()).map(({ range }) => range);
    await job;
    const all = server.requestsOf(path()).map(({ range }) => range);
    expect(all.length, "every block once, whoever asked for it").toBe(16);
    expect(new Set(all).size).toBe(16);
    expect(ranges.length, "the view's read came before most of the job's").toBeLessThan(12);
  });

  it("blockMemoryMb: what was read is not read again, unless there is no room for it", async () => {
    const again = async (options: WorkspaceOptions): Promise<number> => {
      const workspace = await open(options);
      const window = [0, 256, WIDTH, WIDTH] as const;
      await workspace.sources.read(url, { band: 1, window });
      await workspace.mapTile(url, 4, 8, 7, { min: 0, max: 1 });
      server.clearLog();
      await workspace.sources.read(url, { band: 1, window });
      await workspace.mapTile(url, 4, 8, 7, { min: 0, max: 1 });
      await workspace.sources.point(url, 20, 5);
      return requests();
    };
    expect(await again({})).toBe(0);
    expect(await again({ blockMemoryMb: 0 })).toBeGreaterThan(1);
  });

  it("retries: 0 gives up at once", async () => {
    server.fault(path(), { kind: "reset", times: 1 });
    expect(await failure(pixel(await open({ retries: 0 })))).toMatchObject({ code: "source.network" });
    expect(requests()).toBe(1);
  });
});
