import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../../pkg-scripts/serve.mjs";
import { startRangeServer } from "../server/range-server.mjs";
import { rareCodecFiles } from "../support/codec-files.js";
import { tiledTiff, tinyTiff } from "../support/tiny-tiff.js";

// Defined by the page below.
declare function loadLibrary(): Promise<typeof import("../../web/lib/browser.js")>;

// The library as shipped, without a bundler, in a page that does nothing else.
const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const GRID = { type: "square", crs: "EPSG:4326", cellSize: 2, bounds: [0.5, 0.5, 3.5, 3.5] } as const;
const AVERAGES = { "0:0": 464.5, "0:1": 400.5, "1:0": 466.5, "1:1": 402.5 };

let rasters: Awaited<ReturnType<typeof startRangeServer>>;
beforeAll(async () => {
  rasters = await startRangeServer({ files: { "/tiny.tif": tinyTiff() } });
});
afterAll(() => rasters?.close());

/** Digests of one large request, however it was computed. */
const digests = new Set<string>();

describe.each([{ isolation: true }, { isolation: false }])(
  "the library in Chromium, isolation: $isolation",
  ({ isolation }) => {
    let context: BrowserContext;
    let page: Page;
    let site: Awaited<ReturnType<typeof serve>>;
    const warnings: string[] = [];

    beforeAll(async () => {
      site = await serve(dist, { port: 0, isolation });
      context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "cogrid-profile-")), {
        executablePath: process.env.CHROME ?? "/usr/bin/chromium",
        args: [
          "--no-sandbox",
          "--disable-gpu",
          "--no-first-run",
          "--disable-background-networking",
          // The page below comes from no server: Chromium takes it for a public one, which may not ask this machine.
          "--disable-features=LocalNetworkAccessChecks",
        ],
      });
      page = await context.newPage();
      page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
      // The test runner rewrites imports in what it evaluates, so the page itself brings the one that is needed.
      await page.route("**/blank.html", (route) =>
        route.fulfill({
          contentType: "text/html",
          body: '<!doctype html><title>blank</title><script type="module">globalThis.loadLibrary = () => import("/browser.js")</script>',
          headers: isolation
            ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
            : {},
        }),
      );
      await page.goto(`${site.url}/blank.html`);
    });
    afterAll(async () => {
      await context?.close();
      await site?.close();
    });

    it("computes on two cores, with shared memory or without", async () => {
      const seen = await page.evaluate(async () => {
        const { openWorkspace } = await loadLibrary();
        const workspace = await openWorkspace({ name: "build", parallelWorkers: 2 });
        const { threads, storeKind } = workspace;
        await workspace.close();
        return { threads, storeKind, isolated: crossOriginIsolated };
      });
      expect(seen).toEqual({ threads: 2, storeKind: "indexeddb", isolated: isolation });
      expect(warnings).toEqual([]);
    });

    it("gives the same bits from threads, from several workers and chunk by chunk", async () => {
      const seen = await page.evaluate(async (url) => {
        const { openWorkspace } = await loadLibrary();
        const workspace = await openWorkspace({ name: "large", store: "memory", parallelWorkers: 2 });
        const grid = { type: "square", crs: "EPSG:4326", cellSize: 0.0125, bounds: [0, 0, 32, 16] } as const;
        const digest = async (numbers: Float64Array<ArrayBuffer>): Promise<string> =>
          [...new Uint8Array(await crypto.subtle.digest("SHA-256", numbers))].join(".");
        const progress: number[] = [];
        const table = await workspace.resample(url, grid, {
          method: "average",
          outlines: false,
          onProgress: ({ phase, done }) => phase === "resample" && progress.push(done),
        });
        const whole = new Float64Array(table.length);
        let at = 0;
        for await (const part of workspace.resampleChunks(url, grid, { method: "average", noCache: true })) {
          whole.set(part.column("average"), at);
          at += part.length;
        }
        await workspace.close();
        return {
          digests: [await digest(new Float64Array(table.column("average"))), await digest(whole)],
          cells: table.length,
          sorted: progress.every((done, i) => i === 0 || done >= (progress[i - 1] ?? 0)),
          last: progress.at(-1),
          // Blocks at the seam of two shares are read for both.
          blocks: table.provenance.blocks,
        };
      }, `${rasters.url}/tiny.tif`);
      expect(seen).toMatchObject({ cells: 3_276_800, sorted: true, last: 3_276_800 });
      expect(seen.blocks).toBe(isolation ? 2 : 4);
      for (const digest of seen.digests) digests.add(digest);
      expect(digests.size).toBe(1);
    });

    it("resamples a URL, keeps it over a reload, and reads nothing the second time", async () => {
      const job = { url: `${rasters.url}/tiny.tif`, grid: GRID };
      const run = (): Promise<{ cells: object; misses: number; progress: number; sources: string[] }> =>
        page.evaluate(async ({ url, grid }) => {
          const { openWorkspace } = await loadLibrary();
          const workspace = await openWorkspace({ name: "kept", parallelWorkers: 2 });
          const known = await workspace.sources.list();
          const source = known[0] ?? (await workspace.sources.register(url, { name: "tiny" }));
          let progress = 0;
          const table = await workspace.resample(source, grid, { method: "average", onProgress: () => progress++ });
          const values = table.column("average");
          const cells = Object.fromEntries(table.ids.map((id: string, i: number) => [id, values[i]]));
          await workspace.close();
          return {
            cells,
            misses: table.provenance.cacheMisses,
            progress,
            sources: known.map(({ name }: { name: string }) => name),
          };
        }, job);
      const first = await run();
      expect(first).toMatchObject({ cells: AVERAGES, sources: [] });
      expect(first.misses).toBeGreaterThan(0);
      expect(first.progress).toBeGreaterThan(0);
      await page.reload();
      rasters.clearLog();
      expect(await run()).toMatchObject({ cells: AVERAGES, sources: ["tiny"], misses: 0 });
      expect(rasters.requestsOf("/tiny.tif").length).toBeLessThanOrEqual(1);
    });

    it("takes files, buffers and the page's own objects", async () => {
      const bytes = [...tinyTiff()];
      const answers = await page.evaluate(async (numbers) => {
        const { openWorkspace } = await loadLibrary();
        const workspace = await openWorkspace({ name: "bytes", store: "memory", parallelWorkers: 2 });
        const data = Uint8Array.from(numbers);
        const own = {
          size: data.length,
          name: "own.tif",
          read: async (offset: number, length: number) => data.slice(offset, offset + length),
        };
        const kinds = { file: new File([data], "dropped.tif"), buffer: data.buffer.slice(0), own };
        const out: Record<string, unknown> = {};
        for (const [name, input] of Object.entries(kinds)) {
          const source = await workspace.sources.register(input, { name });
          const { count } = await workspace.sources.stats(source);
          const { data: samples } = await workspace.sources.read(source, { band: 1, window: [1, 0, 3, 1] });
          out[name] = { count, samples: [...samples] };
        }
        await workspace.close();
        return out;
      }, bytes);
      const expected = { count: 511, samples: [1, 2] };
      expect(answers).toEqual({ file: expected, buffer: expected, own: expected });
    });

    it("reads rare compressions by a module that it loads then, on every thread", async () => {
      const wrong = await page.evaluate(async (files) => {
        const { openWorkspace } = await loadLibrary();
        const workspace = await openWorkspace({ name: "rare", store: "memory", parallelWorkers: 2 });
        const out: string[] = [];
        let into = new ArrayBuffer(1 << 20);
        for (const { name, file, sha256 } of files) {
          const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0));
          for (const [band0, expected] of sha256.entries()) {
            const { data } = await workspace.sources.read(bytes.buffer.slice(0), { band: band0 + 1, into });
            into = data.buffer;
            if (into.byteLength !== 1 << 20) out.push(`${name} band ${band0 + 1} is not in the memory that was given`);
            const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
            const hex = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
            if (hex !== expected) out.push(`${name} band ${band0 + 1}`);
          }
        }
        await workspace.close();
        return out;
      }, rareCodecFiles);
      expect(wrong).toEqual([]);
      expect(rareCodecFiles.length).toBeGreaterThan(25);
    });

    it("cancels with an AbortError, and goes on", async () => {
      const seen = await page.evaluate(async (url) => {
        const { openWorkspace } = await loadLibrary();
        const workspace = await openWorkspace({ name: "abort", store: "memory", parallelWorkers: 2 });
        const controller = new AbortController();
        const call = workspace.sources
          .info(url, { signal: controller.signal })
          .catch((error: Error) => `${error.name} ${error instanceof DOMException}`);
        controller.abort();
        const cancelled = await call;
        const { width } = await workspace.sources.info(url);
        await workspace.close();
        return { cancelled, width };
      }, `${rasters.url}/tiny.tif`);
      expect(seen).toEqual({ cancelled: "AbortError true", width: 32 });
    });

    it("carries errors over with their code", async () => {
      const seen = await page.evaluate(async (url) => {
        const { openWorkspace, isCogridError, CogridError } = await loadLibrary();
        const workspace = await openWorkspace({ name: "errors", store: "memory", threads: "off" });
        const error = await workspace.sources.info(url).catch((thrown: unknown) => thrown);
        await workspace.close();
        return { is: isCogridError(error), real: error instanceof CogridError, code: error.code, status: error.status };
      }, `${rasters.url}/none.tif`);
      expect(seen).toMatchObject({ is: true, real: true, code: expect.stringMatching(/^source\./), status: 404 });
    });

    it("says where it is the server's permission that is missing", async () => {
      rasters.put("/closed.tif", tinyTiff());
      rasters.fault("/closed.tif", { kind: "no-cors" });
      const seen = await page.evaluate(async (url) => {
        const { openWorkspace } = await loadLibrary();
        const workspace = await openWorkspace({ name: "cors", store: "memory", threads: "off", retries: 0 });
        const failure = async (source: string) => {
          const error = await workspace.sources.info(source).catch((thrown: unknown) => thrown);
          return { code: error.code, url: error.url, range: error.range, hint: error.hint };
        };
        const closed = await failure(`${url}/closed.tif`);
        const gone = await failure("http://127.0.0.1:9/gone.tif");
        const { verdict, checks } = await workspace.diagnose(`${url}/closed.tif`);
        await workspace.close();
        return { closed, gone: gone.code, verdict, check: checks[0] };
      }, rasters.url);
      expect(seen).toMatchObject({
        closed: {
          code: "source.cors",
          url: `${rasters.url}/closed.tif`,
          range: [0, 32 << 10],
          hint: expect.stringMatching(/Access-Control-Allow-Origin/),
        },
        gone: "source.network",
        verdict: "problem",
        check: { name: "reachable", status: "problem", fix: "Access-Control-Allow-Origin: *" },
      });
    });

    it("reads where headers are hidden, and tells a changed file all the same", async () => {
      const raster = { width: 512, height: 512, block: 128 } as const;
      rasters.put("/hidden.tif", tiledTiff(raster));
      rasters.fault("/hidden.tif", { kind: "no-expose" });
      const started = await page.evaluate(async (url) => {
        const { openWorkspace } = await loadLibrary();
        const workspace = await openWorkspace({ name: "hidden", store: "memory", threads: "off", retries: 0 });
        Object.assign(globalThis, { workspace });
        const { checks } = await workspace.diagnose(url);
        const { data } = await workspace.sources.read(url, { band: 1, window: [400, 300, 401, 301] });
        return { value: data[0], check: checks.find(({ name }) => name === "exposed_headers") };
      }, `${rasters.url}/hidden.tif`);
      expect(started).toMatchObject({
        value: (300 * 512 + 400) % 32000,
        check: { status: "warning", fix: "Access-Control-Expose-Headers: Content-Range, ETag" },
      });
      rasters.put("/hidden.tif", tiledTiff({ ...raster, plus: 3 }), new Date(1_700_000_000_000));
      const changed = await page.evaluate(async (url) => {
        const { workspace } = globalThis as unknown as { workspace: import("../../web/lib/browser.js").Workspace };
        const options = { band: 1, window: [10, 500, 11, 501] } as const;
        const error = await workspace.sources.read(url, options).catch((thrown: unknown) => thrown);
        const { data } = await workspace.sources.read(url, options);
        await workspace.close();
        return { code: (error as { code?: string }).code, value: data[0] };
      }, `${rasters.url}/hidden.tif`);
      expect(changed).toEqual({ code: "source.changed", value: ((500 * 512 + 10) % 32000) + 3 });
    });
  },
);
