import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { tinyTiff } from "../support/tiny-tiff.js";
import { type Stage, setStage } from "./stage.js";

// Defined by the page below.
declare function loadLibrary(): Promise<typeof import("../../web/lib/browser.js")>;

/** 60 tasks and 6 kills; `COGRID_CRASH=500,100` is the long form. */
const [TASKS = 60, KILLS = 6] = (process.env.COGRID_CRASH ?? "60,6").split(",").map(Number);

let stage: Stage;

beforeAll(async () => {
  stage = await setStage({ files: { "/tiny.tif": tinyTiff() } });
});
afterEach(() => stage.reset());
afterAll(() => stage?.close());

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
    { name, url: `${stage.rasters.url}/tiny.tif`, count },
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
      let { killable, context } = await stage.start();
      await enqueue(await stage.open(context), "crash", TASKS);
      const random = noise(1);
      let halfway = 0;
      for (let k = 0; k < KILLS; k++) {
        if (k > 0) ({ killable, context } = await stage.start());
        const page = await stage.open(context);
        const draining = drain(page, "crash").then(
          () => true,
          () => false,
        );
        await Promise.race([draining, new Promise((late) => setTimeout(late, 200 + random() * 1800))]);
        await killable.kill();
        if (!(await draining)) halfway++;
      }
      // A kill after the last task would show nothing.
      expect(halfway).toBeGreaterThan(0);
      ({ context } = await stage.start());
      const page = await stage.open(context);
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
    const { context } = await stage.start();
    const first = await stage.open(context);
    await enqueue(first, "tabs", 64);
    const tabs = [first, ...(await Promise.all(Array.from({ length: 7 }, () => stage.open(context))))];
    const summaries = await Promise.all(tabs.map((tab) => drain(tab, "tabs")));
    expect(summaries.reduce((sum, { done }) => sum + done, 0)).toBe(64);
    expect(summaries.reduce((sum, { lost }) => sum + lost, 0)).toBe(0);
    const seen = await inspect(first, "tabs");
    expect(seen.statuses).toEqual(Array.from({ length: 64 }, () => "done"));
  });
});
