import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serve } from "../../pkg-scripts/serve.mjs";
import { startRangeServer } from "../server/range-server.mjs";
import { tinyTiff } from "../support/tiny-tiff.js";
import { type KillableBrowser, startBrowser } from "./killable.js";

// Defined by the page below.
declare function loadLibrary(): Promise<typeof import("../../web/lib/browser.js")>;

/** 60 tasks and 6 kills; `COGRID_CRASH=500,100` is the long form. */
const [TASKS = 60, KILLS = 6] = (process.env.COGRID_CRASH ?? "60,6").split(",").map(Number);
const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const BLANK =
  '<!doctype html><title>blank</title><script type="module">globalThis.loadLibrary = () => import("/browser.js")</script>';

let rasters: Awaited<ReturnType<typeof startRangeServer>>;
let site: Awaited<ReturnType<typeof serve>>;
let folder = "";
const running: KillableBrowser[] = [];

beforeAll(async () => {
  rasters = await startRangeServer({ files: { "/tiny.tif": tinyTiff() } });
  site = await serve(dist, { port: 0, isolation: false });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "cogrid-queue-"));
});
afterEach(async () => {
  for (const { kill } of running.splice(0)) await kill();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});
afterAll(async () => {
  await site?.close();
  await rasters?.close();
});

async function start(): Promise<{ killable: KillableBrowser; context: BrowserContext }> {
  const killable = await startBrowser(folder);
  running.push(killable);
  const [context] = killable.browser.contexts();
  if (context === undefined) throw new Error("expected the profile's own context");
  return { killable, context };
}

async function open(context: BrowserContext): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(120_000);
  await page.route("**/blank.html", (route) => route.fulfill({ contentType: "text/html", body: BLANK }));
  await page.goto(`${site.url}/blank.html`);
  return page;
}

/** Registers the raster and adds `count` tasks, each on a grid of its own. */
function enqueue(page: Page, name: string, count: number): Promise<void> {
  return page.evaluate(
    async ({ name, url, count }) => {
      const { openWorkspace } = await loadLibrary();
      const workspace = await openWorkspace({ name, threads: "off" });
      const source = await workspace.sources.register(url, { name: "tiny" });
      for (let k = 0; k < count; k++) {
        const bounds = [0, 0, 2 + (k % 25), 2 + Math.floor(k / 25)] as const;
        const grid = await workspace.grids.add({ type: "square", crs: "EPSG:4326", cellSize: 0.25, bounds });
        await workspace.queue.enqueue({ type: "resampling", source, grid, method: "average" });
      }
      await workspace.close();
    },
    { name, url: `${rasters.url}/tiny.tif`, count },
  );
}

/** Works until nothing is left. */
function drain(page: Page, name: string): Promise<{ done: number; lost: number }> {
  return page.evaluate(async (name) => {
    const { openWorkspace } = await loadLibrary();
    const workspace = await openWorkspace({ name, threads: "off" });
    const summary = await workspace.queue.process({ workers: 2 });
    await workspace.close();
    return summary;
  }, name);
}

/** States of the tasks, digests of their results, and how many rows each store has. */
function inspect(page: Page, name: string) {
  return page.evaluate(async (name) => {
    const { openWorkspace } = await loadLibrary();
    const workspace = await openWorkspace({ name, threads: "off" });
    const tasks = await workspace.queue.list();
    const results = await workspace.results.list();
    const digests: Record<string, string> = {};
    for (const result of results) {
      const table = await workspace.resample(result.sourceId, result.definition, { method: "average" });
      if (table.provenance.cacheMisses > 0) throw new Error("a result that is listed was not stored");
      const columns = new Float64Array([...table.column("average"), ...table.confidence]);
      const hash = await crypto.subtle.digest("SHA-256", columns);
      digests[JSON.stringify(result.definition)] = [...new Uint8Array(hash)].map((byte) => byte.toString(16)).join(".");
    }
    await workspace.close();
    const rows = await new Promise<Record<string, number>>((resolve, reject) => {
      const request = indexedDB.open(`cogrid:${name}`);
      request.onerror = () => reject(request.error);
      request.onsuccess = () => {
        const database = request.result;
        const counts: Record<string, number> = {};
        const names = [...database.objectStoreNames];
        const transaction = database.transaction(names);
        for (const store of names) {
          const count = transaction.objectStore(store).count();
          count.onsuccess = () => {
            counts[store] = count.result;
          };
        }
        transaction.oncomplete = () => {
          database.close();
          resolve(counts);
        };
      };
    });
    return {
      statuses: tasks.map(({ status }) => status),
      ids: tasks.map(({ id }) => id),
      complete: results.every(({ complete }) => complete),
      digests,
      rows,
    };
  }, name);
}

/** Deterministic numbers in 0–1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

describe("a queue in a browser", () => {
  it(
    `loses and repeats nothing when the browser is killed ${KILLS} times`,
    async () => {
      let { killable, context } = await start();
      await enqueue(await open(context), "crash", TASKS);
      const random = noise(1);
      let halfway = 0;
      for (let k = 0; k < KILLS; k++) {
        if (k > 0) ({ killable, context } = await start());
        const page = await open(context);
        const draining = drain(page, "crash").then(
          () => true,
          () => false,
        );
        await Promise.race([draining, new Promise((late) => setTimeout(late, 200 + random() * 1800))]);
        await killable.kill();
        running.pop();
        if (!(await draining)) halfway++;
      }
      // A kill after the last task would show nothing.
      expect(halfway).toBeGreaterThan(0);
      ({ context } = await start());
      const page = await open(context);
      await drain(page, "crash");
      const crashed = await inspect(page, "crash");
      expect(crashed.statuses).toEqual(Array.from({ length: TASKS }, () => "done"));
      expect(new Set(crashed.ids).size).toBe(TASKS);
      expect(crashed.complete).toBe(true);

      await enqueue(page, "calm", TASKS);
      expect(await drain(page, "calm")).toMatchObject({ done: TASKS, lost: 0 });
      const calm = await inspect(page, "calm");
      expect(crashed.digests).toEqual(calm.digests);
      expect(crashed.rows).toEqual(calm.rows);
    },
    TASKS * 4000 + KILLS * 20_000,
  );

  it("is shared by eight tabs, each task done by one", async () => {
    const { context } = await start();
    const first = await open(context);
    await enqueue(first, "tabs", 64);
    const tabs = [first, ...(await Promise.all(Array.from({ length: 7 }, () => open(context))))];
    const summaries = await Promise.all(tabs.map((tab) => drain(tab, "tabs")));
    expect(summaries.reduce((sum, { done }) => sum + done, 0)).toBe(64);
    expect(summaries.reduce((sum, { lost }) => sum + lost, 0)).toBe(0);
    const seen = await inspect(first, "tabs");
    expect(seen.statuses).toEqual(Array.from({ length: 64 }, () => "done"));
  });
});

describe("a workspace in a browser", () => {
  it("makes way for a newer version of the page, and says so", async () => {
    const { context } = await start();
    const [old, fresh] = [await open(context), await open(context)];
    await old.evaluate(async () => {
      const { openWorkspace } = await loadLibrary();
      const workspace = await openWorkspace({ name: "versions", threads: "off" });
      await workspace.grids.add({ type: "square", crs: "EPSG:4326", cellSize: 1, bounds: [0, 0, 1, 1] });
      Object.assign(globalThis, { workspace });
    });
    // What a later release does when it is opened in another tab.
    const upgraded = await fresh.evaluate(
      () =>
        new Promise<string>((resolve) => {
          const probe = indexedDB.open("cogrid:versions");
          probe.onsuccess = () => {
            const { version } = probe.result;
            probe.result.close();
            const request = indexedDB.open("cogrid:versions", version + 1);
            request.onblocked = () => resolve("blocked");
            request.onsuccess = () => {
              request.result.close();
              resolve("upgraded");
            };
            request.onerror = () => resolve(String(request.error));
          };
        }),
    );
    expect(upgraded).toBe("upgraded");
    const codes = await old.evaluate(async () => {
      const { openWorkspace } = await loadLibrary();
      const codeOf = (error: { code?: string }): string => error.code ?? String(error);
      const { workspace } = globalThis as unknown as { workspace: Awaited<ReturnType<typeof openWorkspace>> };
      const running = await workspace.grids.list().then(() => "fine", codeOf);
      const again = await openWorkspace({ name: "versions", threads: "off" }).then(() => "fine", codeOf);
      return { running, again };
    });
    expect(codes).toEqual({ running: expect.stringMatching(/^store\./), again: "store.newer_version" });
  });

  it.skipIf(!process.env.COGRID_CRASH)("goes on with a full disk, and says so", async () => {
    const { context } = await start();
    const page = await open(context);
    const session = await context.newCDPSession(page);
    await page.evaluate(async (url) => {
      const { openWorkspace } = await loadLibrary();
      const workspace = await openWorkspace({ name: "full", threads: "off" });
      await workspace.sources.register(url, { name: "tiny" });
      Object.assign(globalThis, { workspace });
    }, `${rasters.url}/tiny.tif`);
    await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(site.url).origin, quotaSize: 100_000 });
    const seen = await page.evaluate(async () => {
      const { workspace } = globalThis as unknown as {
        workspace: Awaited<ReturnType<Awaited<ReturnType<typeof loadLibrary>>["openWorkspace"]>>;
      };
      const grid = { type: "square", crs: "EPSG:4326", cellSize: 0.02, bounds: [0, 0, 20, 10] } as const;
      const table = await workspace.resample("tiny", grid, { method: "average" });
      const valued = table.column("average").filter((value) => !Number.isNaN(value)).length;
      return { cells: table.length, valued, warnings: table.provenance.warnings };
    });
    expect(seen.cells).toBe(500_000);
    expect(seen.valued).toBeGreaterThan(490_000);
    expect(seen.warnings).toEqual([expect.stringMatching(/stor/i)]);
  });

  it("works in memory where there is no IndexedDB, and says so", async () => {
    const { context } = await start();
    const page = await context.newPage();
    const warnings: string[] = [];
    page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
    await page.addInitScript(() => Object.defineProperty(globalThis, "indexedDB", { value: undefined }));
    await page.route("**/blank.html", (route) => route.fulfill({ contentType: "text/html", body: BLANK }));
    await page.goto(`${site.url}/blank.html`);
    const seen = await page.evaluate(async (url) => {
      const { openWorkspace } = await loadLibrary();
      const workspace = await openWorkspace({ name: "none", threads: "off" });
      const source = await workspace.sources.register(url, { name: "tiny" });
      const grid = { type: "square", crs: "EPSG:4326", cellSize: 2, bounds: [0.5, 0.5, 3.5, 3.5] } as const;
      const table = await workspace.resample(source, grid, { method: "average" });
      const { storeKind } = workspace;
      await workspace.close();
      return { storeKind, cells: table.length };
    }, `${rasters.url}/tiny.tif`);
    expect(seen).toEqual({ storeKind: "memory", cells: 4 });
    expect(warnings).toEqual([expect.stringContaining("memory")]);
  });
});
