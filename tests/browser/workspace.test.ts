// What becomes of a workspace in a browser that is full, blocked, updated, private, or has the wrong time.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { tiledTiff, tinyTiff } from "../support/tiny-tiff.js";
import { type Stage, setStage } from "./stage.js";

// Defined by the page below.
declare function loadLibrary(): Promise<typeof import("../../web/lib/browser.js")>;

type Opened = Awaited<ReturnType<Awaited<ReturnType<typeof loadLibrary>>["openWorkspace"]>>;

let stage: Stage;
let tiny = "";
let large = "";

beforeAll(async () => {
  const raster = tiledTiff({ width: 512, height: 512, block: 128, scale: 16 });
  stage = await setStage({ files: { "/tiny.tif": tinyTiff(), "/large.tif": raster } });
  tiny = `${stage.rasters.url}/tiny.tif`;
  large = `${stage.rasters.url}/large.tif`;
});
afterEach(() => stage.reset());
afterAll(() => stage?.close());

/** Opens `name` and keeps it on the page as `workspace`; gives the error's code, or `fine`. */
function openOn(page: Page, name: string, options: object = {}): Promise<string> {
  return page.evaluate(
    async ({ name, options }) => {
      const { openWorkspace } = await loadLibrary();
      return openWorkspace({ name, threads: "off", ...options }).then(
        (workspace) => {
          Object.assign(globalThis, { workspace });
          return "fine";
        },
        (error: { code?: string }) => error.code ?? String(error),
      );
    },
    { name, options },
  );
}

describe("a workspace and other versions of the page", () => {
  it("makes way for a newer one, and says so", async () => {
    const { context } = await stage.start();
    const [old, fresh] = [await stage.open(context), await stage.open(context)];
    expect(await openOn(old, "versions")).toBe("fine");
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
    const running = await old.evaluate(async () => {
      const { workspace } = globalThis as unknown as { workspace: Opened };
      return workspace.grids.list().then(
        () => "fine",
        (error: { code?: string }) => error.code ?? String(error),
      );
    });
    expect(running).toMatch(/^store\./);
    expect(await openOn(old, "versions")).toBe("store.newer_version");
  });

  it("says when an older one that does not make way keeps it from opening", async () => {
    const { context } = await stage.start();
    const [old, fresh] = [await stage.open(context), await stage.open(context)];
    await old.evaluate(
      () =>
        new Promise<void>((resolve, reject) => {
          const request = indexedDB.open("cogrid:blocked", 1);
          request.onerror = () => reject(request.error);
          request.onsuccess = () => {
            Object.assign(globalThis, { held: request.result });
            resolve();
          };
        }),
    );
    expect(await openOn(fresh, "blocked")).toBe("store.blocked");
    // Gone, it blocks nobody.
    await old.close();
    expect(await openOn(fresh, "blocked-not")).toBe("fine");
  });
});

describe("a workspace in a browser", () => {
  it("goes on with a full disk, and says so", async () => {
    const { context } = await stage.start();
    const page = await stage.open(context);
    const session = await context.newCDPSession(page);
    // Before the database is opened: Chromium goes by the room that it saw last for half a minute.
    await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(stage.site).origin, quotaSize: 1_000_000 });
    expect(await openOn(page, "full")).toBe("fine");
    const seen = await page.evaluate(async (url) => {
      const { workspace } = globalThis as unknown as { workspace: Opened };
      await workspace.sources.register(url, { name: "tiny" });
      // Between pixels, so that each cell has a value of its own: Chromium packs what it stores.
      const grid = { type: "square", crs: "EPSG:4326", cellSize: 0.02, bounds: [0, 0, 20, 10] } as const;
      const table = await workspace.resample("tiny", grid, { method: "bilinear" });
      const valued = table.column("bilinear").filter((value) => !Number.isNaN(value)).length;
      return { cells: table.length, valued, warnings: table.provenance.warnings };
    }, tiny);
    expect(seen.cells).toBe(500_000);
    expect(seen.valued).toBeGreaterThan(490_000);
    expect(seen.warnings[0]).toMatch(/the result could not be stored: no space is left/);
    expect(seen.warnings.every((warning) => warning.includes("no space is left"))).toBe(true);
    // With room again it is as if nothing had been.
    await session.send("Storage.overrideQuotaForOrigin", { origin: new URL(stage.site).origin });
    const later = await page.evaluate(async () => {
      const { workspace } = globalThis as unknown as { workspace: Opened };
      const grid = { type: "square", crs: "EPSG:4326", cellSize: 1, bounds: [0, 0, 20, 10] } as const;
      const ask = async () => (await workspace.resample("tiny", grid, { method: "bilinear" })).provenance;
      const [first, again] = [await ask(), await ask()];
      return { warnings: [...first.warnings, ...again.warnings], misses: again.cacheMisses };
    });
    expect(later).toEqual({ warnings: [], misses: 0 });
  });

  it("works in memory where there is no IndexedDB, and says so", async () => {
    const { context } = await stage.start();
    const warnings: string[] = [];
    context.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
    const page = await stage.openAfter(context, () =>
      Object.defineProperty(globalThis, "indexedDB", { value: undefined }),
    );
    const seen = await page.evaluate(async (url) => {
      const { openWorkspace } = await loadLibrary();
      const workspace = await openWorkspace({ name: "none", threads: "off" });
      const source = await workspace.sources.register(url, { name: "tiny" });
      const grid = { type: "square", crs: "EPSG:4326", cellSize: 2, bounds: [0.5, 0.5, 3.5, 3.5] } as const;
      const table = await workspace.resample(source, grid, { method: "average" });
      const { storeKind } = workspace;
      await workspace.close();
      return { storeKind, cells: table.length };
    }, tiny);
    expect(seen).toEqual({ storeKind: "memory", cells: 4 });
    expect(warnings).toEqual([expect.stringContaining("memory")]);
  });

  it("answers the same request again without a byte from the network", async () => {
    const { context } = await stage.start();
    const ask = async (page: Page) => {
      stage.rasters.clearLog();
      const answer = await page.evaluate(async (url) => {
        const { workspace } = globalThis as unknown as { workspace: Opened };
        const grid = { type: "square", crs: "EPSG:4326", cellSize: 0.1, bounds: [0, 0, 32, 32] } as const;
        const table = await workspace.resample(url, grid, { method: "average", outlines: false });
        const { bytes, cacheMisses } = table.provenance;
        const valued = table.column("average").reduce((sum, value) => (Number.isNaN(value) ? sum : sum + value), 0);
        return { bytes, cacheMisses, valued };
      }, large);
      return { ...answer, sent: stage.rasters.requestsOf("/large.tif").reduce((all, { bytes }) => all + bytes, 0) };
    };
    const page = await stage.open(context);
    expect(await openOn(page, "warm")).toBe("fine");
    const cold = await ask(page);
    expect(cold.sent).toBeGreaterThan(400_000);
    expect(await ask(page)).toEqual({ bytes: 0, cacheMisses: 0, valued: cold.valued, sent: 0 });
    await page.close();
    // A later session asks whether it is still the same file, and for nothing else.
    const later = await stage.open(context);
    expect(await openOn(later, "warm")).toBe("fine");
    expect(await ask(later)).toEqual({ bytes: 0, cacheMisses: 0, valued: cold.valued, sent: 32 << 10 });
  });

  it("keeps bytes of files for the next session, until the source is removed", async () => {
    const { context } = await stage.start();
    const computed = async (): Promise<{ bytes: number; sent: number; sum: number }> => {
      const page = await stage.open(context);
      expect(await openOn(page, "blocks", { blockCacheMb: 16 })).toBe("fine");
      await page.evaluate(async (url) => {
        const { workspace } = globalThis as unknown as { workspace: Opened };
        await workspace.sources.register(url, { name: "large" });
      }, large);
      stage.rasters.clearLog();
      const { bytes, sum } = await page.evaluate(async () => {
        const { workspace } = globalThis as unknown as { workspace: Opened };
        const grid = { type: "square", crs: "EPSG:4326", cellSize: 1, bounds: [0, 0, 32, 32] } as const;
        const table = await workspace.resample("large", grid, { method: "average", noCache: true });
        const sum = table.column("average").reduce((total, value) => total + value, 0);
        return { bytes: table.provenance.bytes, sum };
      });
      await page.close();
      return { bytes, sum, sent: stage.rasters.requestsOf("/large.tif").reduce((all, { bytes }) => all + bytes, 0) };
    };
    const first = await computed();
    expect(first.bytes).toBeGreaterThan(400_000);
    expect(first.sent).toBe(first.bytes);
    expect(await computed()).toEqual({ bytes: 0, sent: 0, sum: first.sum });
    const rows = await (await stage.open(context)).evaluate(async () => {
      const { openWorkspace } = await loadLibrary();
      const workspace = await openWorkspace({ name: "blocks", threads: "off" });
      await workspace.sources.remove("large");
      await workspace.close();
      return new Promise<number>((resolve, reject) => {
        const request = indexedDB.open("cogrid:blocks");
        request.onsuccess = () => {
          const names = [...request.result.objectStoreNames].filter((name) => name.startsWith("raster_blocks"));
          const transaction = request.result.transaction(names);
          const counts = names.map((name) => transaction.objectStore(name).count());
          transaction.oncomplete = () => resolve(counts.reduce((all, { result }) => all + result, 0));
          transaction.onabort = () => reject(transaction.error);
        };
      });
    });
    expect(rows).toBe(0);
  });

  it("goes on with its queue and its results after the clock was set back", async () => {
    const { context } = await stage.start();
    const early = await stage.open(context);
    await early.evaluate(async (url) => {
      let worker: Worker | undefined;
      const createWorker = (): Worker => {
        worker = new Worker("/site/ahead.js", { type: "module" });
        return worker;
      };
      const { openWorkspace } = await loadLibrary();
      const workspace = await openWorkspace({ name: "clock", threads: "off", createWorker });
      const source = await workspace.sources.register(url, { name: "tiny" });
      const grid = { type: "square", crs: "EPSG:4326", cellSize: 0.5, bounds: [0, 0, 16, 16] } as const;
      await workspace.resample(source, grid, { method: "max" });
      for (const cellSize of [0.02, 0.03, 0.04]) {
        await workspace.queue.enqueue({ type: "resampling", source, grid: { ...grid, cellSize }, method: "average" });
      }
      // Dies with a task: its lease ends in what is the far future for those that come after.
      void workspace.queue.process().catch(() => undefined);
      let [task] = await workspace.queue.list({ status: "running" });
      while (task === undefined) [task] = await workspace.queue.list({ status: "running" });
      worker?.terminate();
      if ((task.leaseUntil ?? 0) < Date.now() + 80_000_000) throw new Error("expected a clock that is ahead");
    }, tiny);
    await early.close();
    const late = await stage.open(context);
    const seen = await late.evaluate(async () => {
      const { openWorkspace } = await loadLibrary();
      const workspace = await openWorkspace({ name: "clock", threads: "off" });
      const grid = { type: "square", crs: "EPSG:4326", cellSize: 0.5, bounds: [0, 0, 16, 16] } as const;
      const served = await workspace.resample("tiny", grid, { method: "max" });
      await workspace.queue.process();
      const statuses = (await workspace.queue.list()).map(({ status }) => status);
      return { misses: served.provenance.cacheMisses, statuses };
    });
    expect(seen).toEqual({ misses: 0, statuses: ["done", "done", "done"] });
  });
});

describe("a file that the user chose", () => {
  /** A file of the page's own, whose handles the browser keeps without a question. */
  const register = (page: Page, bytes: number[]) =>
    page.evaluate(async (bytes) => {
      const { workspace } = globalThis as unknown as { workspace: Opened };
      const folder = await navigator.storage.getDirectory();
      const handle = await folder.getFileHandle("rain.tif", { create: true });
      const writable = await handle.createWritable();
      await writable.write(Uint8Array.from(bytes));
      await writable.close();
      await workspace.sources.register(handle, { name: "rain" });
    }, bytes);
  const compute = (page: Page) =>
    page.evaluate(async () => {
      const { workspace } = globalThis as unknown as { workspace: Opened };
      const grid = { type: "square", crs: "EPSG:4326", cellSize: 2, bounds: [0.5, 0.5, 3.5, 3.5] } as const;
      return workspace.resample("rain", grid, { method: "average", noCache: true }).then(
        (table) => [...table.column("average")],
        (error: { code?: string }) => error.code ?? String(error),
      );
    });

  it("is found again by a later session, and by tasks of the queue", async () => {
    const { context } = await stage.start();
    const first = await stage.open(context);
    expect(await openOn(first, "files")).toBe("fine");
    await register(first, [...tinyTiff()]);
    const wanted = await compute(first);
    expect(wanted).toHaveLength(4);
    await first.close();
    const second = await stage.open(context);
    expect(await openOn(second, "files")).toBe("fine");
    expect(await compute(second)).toEqual(wanted);
    const done = await second.evaluate(async () => {
      const { workspace } = globalThis as unknown as { workspace: Opened };
      await workspace.queue.enqueue({ type: "validation", source: "rain" });
      return workspace.queue.process();
    });
    expect(done).toMatchObject({ done: 1, failed: 0 });
  });

  it("must be chosen again when it is gone, or when no handle of it was kept", async () => {
    const { context } = await stage.start();
    const first = await stage.open(context);
    expect(await openOn(first, "files")).toBe("fine");
    await register(first, [...tinyTiff()]);
    await first.evaluate(async () => {
      const { workspace } = globalThis as unknown as { workspace: Opened };
      const folder = await navigator.storage.getDirectory();
      const file = await (await folder.getFileHandle("rain.tif")).getFile();
      const blob = new File([await file.arrayBuffer()], "snow.tif");
      await workspace.sources.register(blob, { name: "snow" });
      await folder.removeEntry("rain.tif");
    });
    await first.close();
    const second = await stage.open(context);
    expect(await openOn(second, "files")).toBe("fine");
    const problems = await second.evaluate(async () => {
      const { workspace } = globalThis as unknown as { workspace: Opened };
      const problem = (name: string) =>
        workspace.sources.info(name).then(
          () => "fine",
          ({ code, message }: { code?: string; message: string }) => `${code}: ${message}`,
        );
      return [await problem("rain"), await problem("snow")];
    });
    expect(problems).toEqual([
      expect.stringMatching(/^source\.detached: .*not where it was/),
      expect.stringMatching(/^source\.detached: .*must be chosen again/),
    ]);
  });
});
