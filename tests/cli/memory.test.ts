import { mkdtempSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import type { RangeSource } from "../../web/lib/index.js";
import { tiledTiff } from "../support/tiny-tiff.js";

const { openWorkspace } = (await import(
  new URL("../../dist/node.js", import.meta.url).href
)) as typeof import("../../web/lib/node.js");
const workspace = await openWorkspace({ store: "memory", threads: "off" });
const tiff = tiledTiff({ width: 512, height: 512, block: 128 });
afterAll(() => workspace.close());
afterEach(() => vi.unstubAllGlobals());

describe("into", () => {
  it("is where the samples come, again and again", async () => {
    const memory = new ArrayBuffer(4096);
    new Uint8Array(memory).fill(0xaa);
    const first = await workspace.sources.read(tiff.buffer, { band: 1, window: [1, 0, 5, 2], into: memory });
    expect(memory.byteLength).toBe(0);
    expect(first.data).toEqual(Int16Array.of(1, 2, 3, 4, 513, 514, 515, 516));
    expect(first.data.buffer.byteLength).toBe(4096);
    // What lies behind them is as it was: it is the same memory.
    expect(new Uint8Array(first.data.buffer, 16).every((byte) => byte === 0xaa)).toBe(true);
    const options = { window: [0, 0, 3, 1], unscale: true } as const;
    const second = await workspace.sources.read(tiff.buffer, { ...options, into: first.data.buffer });
    expect(second.data).toEqual(Float64Array.of(Number.NaN, 1, 2));
    expect(second).toEqual(await workspace.sources.read(tiff.buffer, options));
    expect(new Uint8Array(second.data.buffer, 24).every((byte) => byte === 0xaa)).toBe(true);
  });

  it("must be memory enough, before anything is read into it", async () => {
    let reads = 0;
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      reads++;
      return tiff.slice(offset, offset + length);
    };
    const source = { name: "own.tif", size: tiff.length, etag: '"1"', read };
    await workspace.sources.info(source);
    const before = reads;
    await expect(workspace.sources.read(source, { into: new ArrayBuffer(512 * 512 * 2 - 1) })).rejects.toMatchObject({
      code: "usage.option",
      message: "expected at least 524288 bytes of memory in `into`, got 524287",
      hint: expect.stringContaining("bands × rows × columns"),
    });
    expect(reads - before).toBeLessThanOrEqual(1);
  });

  it("must be memory that can be moved", async () => {
    const window = [0, 0, 4, 2] as const;
    const memory = new ArrayBuffer(16);
    const [once, twice] = await Promise.allSettled([
      workspace.sources.read(tiff.buffer, { window, into: memory }),
      workspace.sources.read(tiff.buffer, { window, into: memory }),
    ]);
    expect(once).toMatchObject({ status: "fulfilled" });
    expect(twice).toMatchObject({ status: "rejected", reason: { code: "usage.option" } });
    const array = new Int16Array(8);
    const shared = new SharedArrayBuffer(16);
    for (const wrong of [array, shared, memory]) {
      await expect(
        workspace.sources.read(tiff.buffer, { window, into: wrong as unknown as ArrayBuffer }),
      ).rejects.toMatchObject({ code: "usage.option", hint: expect.stringContaining("data.buffer") });
    }
    const bytes = tiff.slice().buffer;
    await expect(workspace.sources.read(bytes, { window, into: bytes })).rejects.toMatchObject({
      code: "usage.option",
    });
    expect((await workspace.sources.read(tiff.buffer, { window })).shape).toEqual([1, 2, 4]);
  });
});

describe("an object that reads", () => {
  /** What a reader with these properties gives while all samples are read, or whatever `run` does. */
  async function given(
    properties: Partial<RangeSource>,
    run = async (source: RangeSource): Promise<unknown> => {
      const { data } = await workspace.sources.read(source, { band: 1 });
      expect(data).toEqual((await workspace.sources.read(tiff.buffer, { band: 1 })).data);
      return data;
    },
  ): Promise<Uint8Array[]> {
    const answers: Uint8Array[] = [];
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const bytes = tiff.slice(offset, offset + length);
      answers.push(bytes);
      return bytes;
    };
    await run({ name: "own.tif", size: tiff.length, etag: '"1"', read, ...properties });
    return answers;
  }

  it("keeps the bytes that it gives, unless it says otherwise", async () => {
    const kept = await given({});
    expect(kept.filter((bytes) => bytes.length === 0)).toEqual([]);
    const freed = await given({ transfersBytes: true });
    expect(freed.map((bytes) => bytes.length)).toEqual(kept.map(() => 0));
  });

  it("is read all over where it does not name its version", async () => {
    const reads = async (properties: Partial<RangeSource>): Promise<number> => (await given(properties)).length;
    // The header, and all blocks at once.
    expect(await reads({})).toBe(2);
    expect(await reads({ etag: undefined, lastModified: 1 })).toBe(2);
    for (const etag of [undefined, "", 'W/"1"']) {
      const all = (await given({ etag })).map((bytes) => bytes.length);
      expect(all, etag).toContain(tiff.length);
    }
  });

  it("must not give away the same memory twice", async () => {
    const same = tiff.slice();
    const read = async (): Promise<ArrayBuffer> => same.buffer;
    const source = { name: "own.tif", size: tiff.length, etag: '"1"', read, transfersBytes: true };
    await expect(workspace.sources.read(source, { band: 1 })).rejects.toMatchObject({ code: "source.read" });
    await expect(workspace.sources.read(source, { band: 1 })).rejects.toMatchObject({
      code: "source.read",
      message: expect.stringContaining("moved away"),
    });
  });

  it("is asked for as much at once as it says", async () => {
    const blockBytes = 128 * 128 * 2;
    const most = async (properties: Partial<RangeSource>, run?: (source: RangeSource) => Promise<unknown>) =>
      Math.max(...(await given(properties, run)).map((bytes) => bytes.length));
    const grid = { type: "square", crs: "EPSG:4326", cellSize: 64, bounds: [0, 0, 512, 512] } as const;
    const resample = (source: RangeSource): Promise<unknown> => workspace.resample(source, grid, { noCache: true });
    expect(await most({ maxReadBytes: 3 * blockBytes })).toBe(3 * blockBytes);
    expect(await most({ maxReadBytes: 3 * blockBytes }, resample)).toBe(3 * blockBytes);
    expect(await most({})).toBeGreaterThan(10 * blockBytes);
    expect(await most({}, resample)).toBeGreaterThan(3 * blockBytes);
  });
});

describe("a file", () => {
  it.each(["by its path", "by its name"])("is read anew when it is another one: %s", async (how) => {
    const path = join(mkdtempSync(join(tmpdir(), "cogrid-path-")), "a.tif");
    // One that is held as a whole once it is open, and one that is not.
    for (const size of [16, 512]) {
      const write = (plus: number): void => {
        writeFileSync(path, tiledTiff({ width: size, height: size, block: 16, plus }));
        utimesSync(path, plus + 1, plus + 1);
      };
      write(0);
      const source = how === "by its path" ? path : await workspace.sources.register(path, { name: `a${size}` });
      const look = async (): Promise<unknown[]> => {
        const { data } = await workspace.sources.read(source, { band: 1, window: [3, 0, 4, 1] });
        const { count } = await workspace.sources.stats(source);
        return [data[0], count, (await workspace.sources.info(source)).width];
      };
      for (const plus of [0, 5, 9]) {
        if (plus > 0) write(plus);
        const expected = [3 + plus, size * size - 1, size];
        expect(await look()).toEqual(expected);
        expect(await look()).toEqual(expected);
      }
    }
  });
});

describe("what stands in for fetch", () => {
  it("keeps the memory that it gives", async () => {
    const kept = new Map<string, { chunks: Uint8Array[]; headers: Headers }>();
    vi.stubGlobal("fetch", async (request: Request) => {
      const range = request.headers.get("range") ?? "";
      const [, from = 0, to = 0] = /bytes=(\d+)-(\d+)/.exec(range)?.map(Number) ?? [];
      const end = Math.min(to + 1, tiff.length);
      const headers = new Headers({ "content-range": `bytes ${from}-${end - 1}/${tiff.length}`, etag: '"1"' });
      const answer = kept.get(range) ?? { chunks: [tiff.slice(from, end)], headers };
      kept.set(range, answer);
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (const chunk of answer.chunks) controller.enqueue(chunk);
          controller.close();
        },
      });
      return new Response(body, { status: 206, headers: answer.headers });
    });
    const answers: unknown[] = [];
    for (const name of ["first", "second"]) {
      const other = await openWorkspace({ store: "memory", threads: "off", name });
      answers.push((await other.sources.read("https://example.org/a.tif", { band: 1 })).data);
      await other.close();
    }
    expect(kept.size).toBeGreaterThan(1);
    expect([...kept.values()].flatMap(({ chunks }) => chunks).filter((chunk) => chunk.length === 0)).toEqual([]);
    expect(answers[1]).toEqual(answers[0]);
  });

  it("fails the read where it gives memory that was moved away", async () => {
    vi.stubGlobal("fetch", async () => {
      const chunk = tiff.slice(0, 1000);
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(chunk);
          controller.close();
        },
      });
      structuredClone(chunk.buffer, { transfer: [chunk.buffer] });
      return new Response(body, { status: 206, headers: { "content-range": `bytes 0-999/${tiff.length}` } });
    });
    const other = await openWorkspace({ store: "memory", threads: "off", name: "moved", retries: 0 });
    await expect(other.sources.info("https://example.org/a.tif")).rejects.toMatchObject({ code: "source.truncated" });
    await other.close();
  });
});
