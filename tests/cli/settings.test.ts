// What each setting does: the shipped library in Node, asked with one value and with another.
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CogridError, Task, Workspace, WorkspaceOptions } from "cogrid";
import { afterEach, describe, expect, it, vi } from "vitest";
import { settle } from "../../web/lib/settings.js";
import { open as openServed, path, requests, server, url, WIDTH } from "../support/served-raster.js";
import { tiledTiff } from "../support/tiny-tiff.js";

const GRID = { type: "square", crs: "EPSG:4326", cellSize: 4, bounds: [0, 0, 32, 32] } as const;
const AVERAGE = { method: "average", outlines: false } as const;
const ALL = { band: 1, window: [0, 0, WIDTH, WIDTH] } as const;

afterEach(() => {
  vi.restoreAllMocks();
});

const folder = (): string => mkdtempSync(join(tmpdir(), "cogrid-settings-"));

const open = (options: WorkspaceOptions = {}): Promise<Workspace> => {
  return openServed({ retries: 0, environment: {}, ...options });
};

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "none",
    (error) => (error as CogridError).code,
  );
}

/** Most requests at once while the tile index of the raster is built. */
async function atOnceWhileTiling(options: WorkspaceOptions): Promise<number> {
  const workspace = await open({ maxRangeMb: 0.001, concurrencyPerOrigin: 16, tileSize: 128, ...options });
  await workspace.sources.info(url);
  server.fault(path(), { kind: "slow", waitMs: 10 });
  server.clearLog();
  await workspace.sources.tile(url);
  server.fault(path(), undefined);
  return server.mostAtOnce(path());
}

/** How long a task that failed for now waits, ms. */
async function firstWait(taskRetryDelayMs: number): Promise<number> {
  const workspace = await open({ taskRetryDelayMs });
  server.fault(path(), { kind: "status", status: 503 });
  const { id } = await workspace.queue.enqueue({ type: "raster_tiling", source: url });
  const ending = new AbortController();
  const failed = new Promise<Task>((resolve) => {
    const onTask = (task: Task): void => {
      if (task.id !== id) return;
      resolve(task);
      ending.abort();
    };
    void workspace.queue.process({ signal: ending.signal, onTask }).catch(() => undefined);
  });
  const { notBefore, status } = await failed;
  expect(status).toBe("pending");
  server.fault(path(), undefined);
  return (notBefore ?? 0) - Date.now();
}

/** The time for which a worker has a task. */
async function leaseOf(leaseMs: number): Promise<number> {
  const workspace = await open({ leaseMs });
  server.fault(path(), { kind: "slow", waitMs: 50 });
  await workspace.queue.enqueue({ type: "raster_tiling", source: url });
  const working = workspace.queue.process();
  let [task] = await workspace.queue.list({ status: "running" });
  while (task === undefined) {
    await new Promise((later) => setTimeout(later, 5));
    [task] = await workspace.queue.list({ status: "running" });
  }
  await working;
  return (task.leaseUntil ?? 0) - (task.started ?? 0);
}

/** The method of a request that names none. */
async function methodOf(
  resamplingMethods: WorkspaceOptions["resamplingMethods"],
  kind: "continuous" | "categorical" | undefined,
): Promise<readonly string[]> {
  const workspace = await open({ resamplingMethods });
  const source = kind === undefined ? url : await workspace.sources.register(url, { kind });
  return (await workspace.resample(source, GRID, { outlines: false })).provenance.methods;
}

/** Requests for the whole raster, of which the header has been read. */
async function readsOf(options: WorkspaceOptions): Promise<number> {
  const workspace = await open(options);
  await workspace.sources.info(url);
  server.clearLog();
  await workspace.sources.read(url, ALL);
  return requests();
}

/** One test a setting, by its name. */
const EFFECTS: Readonly<Record<string, () => Promise<void>>> = {
  tileSize: async () => {
    const across = async (tileSize: number): Promise<number> =>
      (await (await open({ tileSize })).sources.tile(url)).across;
    expect([await across(128), await across(256)]).toEqual([4, 2]);
  },

  cacheTtlDays: async () => {
    const workspace = await open({ cacheTtlDays: 2 });
    const misses = async (): Promise<number> => (await workspace.resample(url, GRID, AVERAGE)).provenance.cacheMisses;
    expect([await misses(), await misses()]).toEqual([1, 0]);
    const now = Date.now.bind(Date);
    vi.spyOn(Date, "now").mockImplementation(() => now() + 3 * 86_400_000);
    expect(await misses()).toBe(1);
  },

  cacheLimitMb: async () => {
    const warnings = async (cacheLimitMb: number): Promise<readonly string[]> =>
      (await (await open({ cacheLimitMb })).resample(url, GRID, AVERAGE)).provenance.warnings;
    expect(await warnings(1)).toEqual([]);
    expect(await warnings(0.0005)).toEqual([expect.stringContaining("could not be stored")]);
  },

  memoryLimitMb: async () => {
    const fine = { ...GRID, cellSize: 1 / 32 };
    const workspace = await open();
    const { peakBytes } = await workspace.explain(url, fine, AVERAGE);
    expect(peakBytes).toBeGreaterThan(1 << 20);
    const small = await open({ memoryLimitMb: 1 });
    expect(await codeOf(small.resample(url, fine, AVERAGE))).toBe("limit.exceeded");
  },

  blockCacheMb: async () => {
    const again = async (blockCacheMb: number): Promise<number> => {
      const directory = folder();
      for (const session of [0, 1]) {
        const workspace = await open({ directory, blockCacheMb });
        await workspace.sources.info(url);
        server.clearLog();
        await workspace.sources.read(url, ALL);
        await workspace.close();
        // Closing twice is closing.
        await workspace.close();
        if (session === 1) return requests();
      }
      return -1;
    };
    expect(await again(16)).toBe(0);
    expect(await again(0)).toBeGreaterThan(0);
  },

  blockMemoryMb: async () => {
    const again = async (blockMemoryMb: number): Promise<number[]> => {
      const workspace = await open({ blockMemoryMb });
      const fresh = { ...AVERAGE, noCache: true };
      await workspace.resample(url, GRID, fresh);
      server.clearLog();
      const { ranges, bytes } = (await workspace.resample(url, GRID, fresh)).provenance;
      // What is said to be read is what the server sent.
      const sent = server.requestsOf(path()).reduce((sum, request) => sum + request.bytes, 0);
      expect(bytes).toBe(sent);
      expect(ranges).toBe(requests());
      return [ranges, bytes];
    };
    expect(await again(64)).toEqual([0, 0]);
    expect((await again(0))[1]).toBeGreaterThan(WIDTH * WIDTH);
  },

  parallelWorkers: async () => {
    expect((await open({ parallelWorkers: 1 })).threads).toBe(1);
    const { threads } = await open({ parallelWorkers: 2 });
    expect(threads).toBe(Math.min(2, (await import("node:os")).availableParallelism()));
  },

  "lazyLoading.chunkSizeMb": async () => {
    // A tile of 128 × 128 takes 0.19 MiB: five of them, or all 16. On a busy machine the server may take a request that
    // has just ended for one that goes on.
    const few = await atOnceWhileTiling({ lazyLoading: { chunkSizeMb: 1, prefetchTiles: 20 } });
    expect(few).toBeLessThan(10);
    expect(await atOnceWhileTiling({ lazyLoading: { chunkSizeMb: 100, prefetchTiles: 20 } })).toBeGreaterThan(few);
  },

  "lazyLoading.prefetchTiles": async () => {
    const few = await atOnceWhileTiling({ lazyLoading: { prefetchTiles: 0 } });
    expect(few).toBeLessThan(3);
    expect(await atOnceWhileTiling({ lazyLoading: { prefetchTiles: 7 } })).toBeGreaterThan(few + 2);
  },

  "resamplingMethods.default": async () => {
    expect(await methodOf({ default: "max" }, undefined)).toEqual(["max"]);
    expect(await methodOf({ default: "max" }, "continuous")).toEqual(["bilinear"]);
  },
  "resamplingMethods.categorical": async () => {
    expect(await methodOf({ categorical: "mode" }, "categorical")).toEqual(["mode"]);
    expect(await methodOf({}, "categorical")).toEqual(["nearest"]);
  },
  "resamplingMethods.continuous": async () => {
    expect(await methodOf({ continuous: "cubic" }, "continuous")).toEqual(["cubic"]);
  },

  concurrencyPerOrigin: async () => {
    const most = async (concurrencyPerOrigin: number): Promise<number> => {
      const workspace = await open({ concurrencyPerOrigin, maxRangeMb: 0.001 });
      await workspace.sources.info(url);
      server.fault(path(), { kind: "slow", waitMs: 10 });
      server.clearLog();
      await workspace.sources.read(url, ALL);
      server.fault(path(), undefined);
      return server.mostAtOnce(path());
    };
    // That it is never more is shown with the network's tests.
    expect(await most(6)).toBeGreaterThan(await most(2));
  },

  maxRangeMb: async () => {
    expect(await readsOf({ maxRangeMb: 16 })).toBe(1);
    expect(await readsOf({ maxRangeMb: 0.001 })).toBe(16);
  },

  mergeGapKb: async () => {
    server.put(path(), tiledTiff({ width: WIDTH, height: WIDTH, block: 128, scale: 16, gap: 3000 }));
    expect(await readsOf({ mergeGapKb: 64 })).toBe(1);
    expect(await readsOf({ mergeGapKb: 2 })).toBe(16);
  },

  retries: async () => {
    server.fault(path(), { kind: "status", status: 503, times: 2 });
    expect(await codeOf((await open({ retries: 1 })).sources.info(url))).toBe("source.http_status");
    server.fault(path(), { kind: "status", status: 503, times: 2 });
    expect(await codeOf((await open({ retries: 2 })).sources.info(url))).toBe("none");
  },

  timeoutMs: async () => {
    server.fault(path(), { kind: "silent" });
    expect(await codeOf((await open({ timeoutMs: 300 })).sources.info(url))).toBe("source.timeout");
  },

  leaseMs: async () => {
    expect([await leaseOf(45_000), await leaseOf(70_000)]).toEqual([45_000, 70_000]);
  },

  taskRetries: async () => {
    const workspace = await open({ taskRetries: 7 });
    expect(await workspace.queue.enqueue({ type: "validation", source: url })).toMatchObject({ maxRetries: 7 });
  },

  taskRetryDelayMs: async () => {
    const wait = await firstWait(60_000);
    expect(wait).toBeGreaterThan(30_000);
    expect(await firstWait(100)).toBeLessThan(30_000);
  },

  log: async () => {
    const lines: string[] = [];
    vi.spyOn(console, "warn").mockImplementation((line) => void lines.push(String(line)));
    const tile = async (log: string): Promise<string[]> => {
      lines.length = 0;
      await (await open({ log })).sources.tile(url);
      return lines.filter((line) => line.startsWith("cogrid ")).map((line) => line.split(":")[0] ?? "");
    };
    expect(await tile("")).toEqual([]);
    expect(await tile("tiles=info")).toEqual(["cogrid info tiles"]);
    expect(await tile("warn,store=info")).toEqual(["cogrid info store"]);
    expect(await codeOf(open({ log: "loud" }))).toBe("usage.option");
  },
};

describe("the effect of the setting", () => {
  const names = settle({}, { workspace: {}, environment: {} }, { cores: 2 }).settings.map(({ name }) => name);
  // A new setting needs a line above.
  it.each(names)("%s", async (name) => {
    const effect = EFFECTS[name];
    if (effect === undefined) throw new Error(`no test shows what ${name} does`);
    await effect();
  });

  it("is tested of settings that there are", () => {
    expect(Object.keys(EFFECTS).filter((name) => !names.includes(name))).toEqual([]);
  });
});
