import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { RangeSource, Table, Workspace } from "../../web/lib/index.js";
import { tiledTiff } from "../support/tiny-tiff.js";

// The library as Node gets it: its threads load the wasm that the build left in dist.
const dist = (name: string): string => new URL(`../../dist/${name}.js`, import.meta.url).href;
const sample = fileURLToPath(new URL("../../dist/app/samples/geoid.tif", import.meta.url));

/** Some three million cells: enough that three engines are worth their start. */
const grid = {
  type: "square",
  crs: "EPSG:6933",
  cellSize: 12_000,
  bounds: [-180, -80, 180, 70],
  boundsCrs: "EPSG:4326",
} as const;

/** A workspace in memory with `size` workers that compute, whatever this machine has, and the workers themselves. */
async function opened(size: number, config: Readonly<Record<string, unknown>> = {}) {
  const [{ HelperPool }, { PooledClient }, { RestartingClient }, { GivenSources }, { WorkerClient }] =
    await Promise.all([
      import(dist("helper-pool")) as Promise<typeof import("../../web/lib/helper-pool.js")>,
      import(dist("pooled-client")) as Promise<typeof import("../../web/lib/pooled-client.js")>,
      import(dist("restarting-client")) as Promise<typeof import("../../web/lib/restarting-client.js")>,
      import(dist("given-sources")) as Promise<typeof import("../../web/lib/given-sources.js")>,
      import(dist("worker-client")) as Promise<typeof import("../../web/lib/worker-client.js")>,
    ]);
  const [{ createNodeWorker }, { LocalClient }, { loadEngine }, { createWorkspace }] = await Promise.all([
    import(dist("node-threads")) as Promise<typeof import("../../web/lib/node-threads.js")>,
    import(dist("invoke")) as Promise<typeof import("../../web/lib/invoke.js")>,
    import(dist("node-wasm")) as Promise<typeof import("../../web/lib/node-wasm.js")>,
    import(dist("workspace")) as Promise<typeof import("../../web/lib/workspace.js")>,
  ]);
  const given = new GivenSources();
  const workers: { terminate(): void; end(): void }[] = [];
  const start = () =>
    WorkerClient.start({
      createWorker: () => {
        const worker = createNodeWorker();
        const listeners: ((event: Event) => void)[] = [];
        const { addEventListener } = worker;
        worker.addEventListener = (type, listener) => {
          if (type === "error") listeners.push(listener);
          addEventListener(type, listener);
        };
        // What the thread's `exit` becomes when it is killed from outside.
        const end = (): void => {
          for (const listener of listeners) listener(Object.assign(new Event("error"), { message: "killed" }));
        };
        workers.push({ terminate: () => worker.terminate(), end });
        return worker;
      },
      engine: { name: "helper", store: "memory", config: {} },
      build: "single",
      threads: 1,
      bootTimeoutMs: 60_000,
    });
  const Engine = await loadEngine(0);
  const engine = new RestartingClient(
    async () => new LocalClient(await Engine.open({ name: "test", store: "memory", config })),
    given,
  );
  const pool = size > 1 ? new HelperPool({ size, given, start }) : undefined;
  const workspace: Workspace = createWorkspace(new PooledClient(engine, pool));
  return { workspace, workers };
}

/** The file behind a counter; `delayMs` makes every read wait. */
function counted(delayMs = 0): RangeSource & { reads: number } {
  const bytes = readFileSync(sample);
  const source = {
    reads: 0,
    size: bytes.length,
    name: "geoid.tif",
    read: async (offset: number, length: number) => {
      source.reads++;
      if (delayMs > 0) await new Promise((done) => setTimeout(done, delayMs));
      return Uint8Array.from(bytes.subarray(offset, offset + length));
    },
  };
  return source;
}

function digest(table: Table): string {
  const hash = createHash("sha256");
  for (const name of [...table.methods, "confidence"]) hash.update(new Uint8Array(table.column(name).buffer));
  return hash.digest("hex");
}

describe("several workers in Node", () => {
  it("give the bits of one, compute no cell twice, and tell progress that never goes back", async () => {
    const digests: string[] = [];
    for (const size of [1, 2, 3]) {
      const { workspace, workers } = await opened(size);
      const heard: { phase: string; done: number; total: number; bytes: number }[] = [];
      const startMs = performance.now();
      const onProgress = (progress: (typeof heard)[number]): number => heard.push(progress);
      const table = await workspace.resample(counted(), grid, { method: "average", onProgress });
      const tookMs = performance.now() - startMs;
      digests.push(digest(table));
      expect(workers).toHaveLength(size === 1 ? 0 : size);
      expect(table.provenance.cacheMisses).toBe((await workspace.explain(counted(), grid)).chunks);
      for (const [i, now] of heard.entries()) {
        const before = heard[i - 1];
        if (before?.phase === now.phase) expect(now.done).toBeGreaterThanOrEqual(before.done);
        expect(now.bytes).toBeGreaterThanOrEqual(before?.bytes ?? 0);
      }
      expect(heard.at(-1)).toMatchObject({ phase: "resample", done: table.length, total: table.length });
      // Every 50 ms, a first and a last one.
      expect(heard.length).toBeLessThan(tookMs / 50 + 3);
      const again = await workspace.resample(counted(), grid, { method: "average" });
      expect([again.provenance.cacheMisses, digest(again)]).toEqual([0, digests[0]]);
      await workspace.close();
    }
    expect(new Set(digests).size).toBe(1);
  }, 240_000);

  it("see the mask beside a file, and leave its memory alone", async () => {
    const size = { width: 5120, height: 5120, block: 1024, scale: 64 };
    // A file's bytes as Node has them; beside it a mask that leaves out about half.
    const files = new Map([
      ["a.tif", Buffer.from(tiledTiff(size).buffer)],
      ["a.tif.msk", Buffer.from(tiledTiff({ ...size, plus: -16_000 }).buffer)],
    ]);
    const behind = (name: string, bytes: Buffer): RangeSource => ({
      name,
      size: bytes.length,
      etag: '"1"',
      read: async (offset, length) => bytes.subarray(offset, offset + length),
      sibling: async (suffix) => {
        const sibling = files.get(name + suffix);
        return sibling && behind(name + suffix, sibling);
      },
    });
    const whole = files.get("a.tif") ?? Buffer.of();
    const cells = { type: "square", crs: "EPSG:4326", cellSize: 0.1, bounds: [0, 0, 80, 80] } as const;
    const masked: string[] = [];
    for (const count of [1, 2]) {
      const { workspace, workers } = await opened(count);
      const source = { ...behind("a.tif", whole), name: "a.tif" };
      const table = await workspace.resample(source, cells, { method: "average", noCache: true });
      masked.push(digest(table));
      expect(workers).toHaveLength(count === 1 ? 0 : count);
      const { sibling: _, ...alone } = source;
      expect(digest(await workspace.resample(alone, cells, { method: "average", noCache: true }))).not.toBe(masked[0]);
      await workspace.close();
    }
    expect(masked[1]).toBe(masked[0]);
    expect(whole.length).toBeGreaterThan(5120 * 5120 * 2);
  }, 240_000);

  it("fail the call when one of them dies in the middle, and are there for the next", async () => {
    const { workspace, workers } = await opened(2);
    // One that dies before it runs is no failure: the engine computes by itself.
    await workspace.resample(counted(), grid, { method: "average", noCache: true });
    // Both wait for their blocks' bytes.
    let open = (): void => undefined;
    const gate = new Promise<void>((done) => {
      open = done;
    });
    const source = counted();
    const { read } = source;
    let held = 0;
    source.read = async (offset, length, options) => {
      if (offset > 0) {
        held++;
        await gate;
      }
      return read(offset, length, options);
    };
    const call = workspace.resample(source, grid, { method: "average", noCache: true });
    const outcome = expect(call).rejects.toMatchObject({ code: "bug" });
    while (held < 2) await new Promise((done) => setTimeout(done, 5));
    workers[0]?.terminate();
    workers[0]?.end();
    await outcome;
    open();
    const table = await workspace.resample(counted(), grid, { method: "average" });
    expect(table.length).toBeGreaterThan(500_000);
    expect(workers).toHaveLength(3);
    await workspace.close();
  });

  it("stop reading when the call is cancelled", async () => {
    const { workspace } = await opened(2);
    const source = counted(20);
    const controller = new AbortController();
    const call = workspace.resample(source, grid, { method: "average", signal: controller.signal });
    const outcome = expect(call).rejects.toMatchObject({ name: "AbortError" });
    while (source.reads < 4) await new Promise((done) => setTimeout(done, 5));
    controller.abort();
    await outcome;
    // What was under way may still ask; then nothing does.
    await new Promise((done) => setTimeout(done, 300));
    const before = source.reads;
    await new Promise((done) => setTimeout(done, 300));
    expect(source.reads).toBe(before);
    await workspace.close();
  });
});

describe("resampleChunks in Node", () => {
  it.each([1, 2])("gives the cells of resample, in order, with %i workers", async (size) => {
    const { workspace } = await opened(size);
    const whole = await workspace.resample(counted(), grid, { method: "average", noCache: true });
    const ids: string[] = [];
    const values: number[] = [];
    const iterator = workspace.resampleChunks(counted(), grid, { method: "average" });
    let step = await iterator.next();
    for (; !step.done; step = await iterator.next()) {
      for (const id of (step.value as Table).ids) ids.push(id);
      for (const value of (step.value as Table).column("average")) values.push(value);
    }
    expect(values.length).toBe(whole.length);
    expect(Float64Array.from(values)).toEqual(whole.column("average"));
    expect(ids.every((id, i) => id === whole.ids[i])).toBe(true);
    expect(step.value).toMatchObject({ methods: ["average"], cells: whole.length });
    await workspace.close();
  });

  it("waits for who takes, and stops when the loop is left", async () => {
    // So little memory that it takes several batches.
    const { workspace } = await opened(1, { memoryLimitMb: 8 });
    let taken = 0;
    for await (const _ of workspace.resampleChunks(counted(), grid, { method: "average" })) if (++taken === 3) break;
    const { cells } = (await workspace.results.list())[0] ?? { cells: 0 };
    // Stored is what was computed: not all of it.
    expect(cells).toBeLessThan(700_000);
    await workspace.close();
  });
});
