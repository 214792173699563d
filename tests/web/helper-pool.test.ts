import { describe, expect, it, vi } from "vitest";
import type { CallHooks, EngineHelpers, HelperJob, HelperTeam, ResultData } from "../../web/lib/engine.js";
import { GivenSources } from "../../web/lib/given-sources.js";
import { HelperPool } from "../../web/lib/helper-pool.js";
import { PooledClient } from "../../web/lib/pooled-client.js";
import { RestartingClient } from "../../web/lib/restarting-client.js";
import type { Progress } from "../../web/lib/types.js";
import { WorkerClient } from "../../web/lib/worker-client.js";
import { createWorkspace } from "../../web/lib/workspace.js";
import { fakeEngine, sampleResult } from "./fake-engine.js";
import { FakeWorker } from "./fake-worker.js";

type Hooks = CallHooks & { readonly chunks?: readonly [number, number] };

/** One of the two chunks of the sample's result. */
function partOf(index: number): ResultData {
  const result = sampleResult();
  return { ...result, chunks: result.chunks.slice(index, index + 1) };
}

/**
 * A workspace whose engine gives each of two chunks to a helper, all in workers of their own.
 *
 * `help` is what a helper does when it is asked.
 */
async function pooled(help: (options: Hooks, ref: unknown) => Promise<void>, size = 2, idleMs = 30_000) {
  const given = new GivenSources();
  const main = fakeEngine();
  const helpers: { worker: FakeWorker; fake: ReturnType<typeof fakeEngine> }[] = [];
  const teams: HelperTeam[] = [];
  const start = (fake: ReturnType<typeof fakeEngine>, worker = new FakeWorker(() => fake.Engine)) =>
    WorkerClient.start({
      createWorker: () => worker,
      engine: { name: "test", store: "memory", config: {} },
      build: "single",
      threads: 1,
      bootTimeoutMs: 1000,
    });
  main.controls.answers.resample = async (_source, _grid, options) => {
    const { helpers: team, onProgress, signal } = options as Hooks & { helpers: EngineHelpers };
    teams.push({ count: team.count, running: team.running });
    const computed: ResultData[] = [];
    const jobs = [0, 1].map(async (index) => {
      const job: HelperJob = {
        sourceId: "s1",
        location: "https://example.org/a.tif",
        grid: { type: "square", crs: "EPSG:4326", cellSize: 1, bounds: [0, 0, 1, 1] },
        options: { chunks: [index, index + 1] },
      };
      await team.compute(job, {
        signal,
        onProgress,
        onChunk: (part) => {
          computed[index] = part;
        },
      });
    });
    await Promise.all(jobs);
    return { ...sampleResult(), chunks: computed.flatMap(({ chunks }) => chunks) };
  };
  const pool = new HelperPool({
    size,
    given,
    idleMs,
    start: () => {
      const fake = fakeEngine();
      fake.controls.answers.resample = async (ref, _grid, options) => {
        await help(options as Hooks, ref);
        return { ...sampleResult(), chunks: [] };
      };
      const worker = new FakeWorker(() => fake.Engine);
      helpers.push({ worker, fake });
      return start(fake, worker);
    },
  });
  const client = new PooledClient(new RestartingClient(() => start(main), given), pool);
  await client.ready();
  return { workspace: createWorkspace(client), helpers, main, teams };
}

const give = async ({ chunks, onChunk, onProgress }: Hooks): Promise<void> => {
  onProgress?.({ phase: "resample", done: 1, total: 2, bytes: 8 });
  await onChunk?.(partOf(chunks?.[0] ?? 0));
};

describe("a pool of engines", () => {
  it("computes what the engine gives away, and puts it together as one engine would", async () => {
    const { workspace, helpers } = await pooled(give);
    const heard: Progress[] = [];
    const table = await workspace.resample("s1", "g1", { onProgress: (progress) => heard.push(progress) });
    expect(table.column("average")).toEqual(Float64Array.of(1.5, Number.NaN, -3, 1e21));
    expect(helpers).toHaveLength(2);
    expect(helpers.flatMap(({ fake }) => fake.controls.calls.map(([method, ref]) => [method, ref]))).toEqual([
      ["resample", "https://example.org/a.tif"],
      ["resample", "https://example.org/a.tif"],
    ]);
    expect(heard).toHaveLength(2);
    expect(workspace.threads).toBe(3);
  });

  it("never has more engines than its size, and uses them again", async () => {
    let running = 0;
    let most = 0;
    const { workspace, helpers } = await pooled(async (options) => {
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, 5));
      await give(options);
      running--;
    }, 1);
    await Promise.all([workspace.resample("s1", "g1"), workspace.resample("s1", "g1")]);
    expect(most).toBe(1);
    expect(helpers).toHaveLength(1);
  });

  it("tells which helpers run and have nothing to do, and gives work to those first", async () => {
    let gate: Promise<void> | undefined;
    let busy = 0;
    const { workspace, helpers, teams } = await pooled(async (options) => {
      busy++;
      await gate;
      await give(options);
      busy--;
    }, 3);
    await workspace.resample("s1", "g1");
    await workspace.resample("s1", "g1");
    helpers[0]?.worker.fail("error", { message: "boom" });
    await workspace.resample("s1", "g1");
    expect(teams).toEqual([
      { count: 3, running: 0 },
      { count: 3, running: 2 },
      { count: 3, running: 1 },
    ]);
    // Two jobs: the one that runs took one of them.
    expect(helpers).toHaveLength(3);
    let open = (): void => undefined;
    gate = new Promise((done) => {
      open = done;
    });
    const first = workspace.resample("s1", "g1");
    await vi.waitFor(() => expect(busy).toBe(2));
    const second = workspace.resample("s1", "g1");
    await vi.waitFor(() => expect(teams.slice(3)).toMatchObject([{ running: 2 }, { running: 0 }]));
    open();
    await Promise.all([first, second]);
  });

  it("gives helpers the bytes and headers that the host gave, once each", async () => {
    const { workspace, helpers } = await pooled(give);
    await workspace.sources.register(new Blob(["x"]));
    await workspace.resample("s1", "g1");
    await workspace.resample("s1", "g1");
    for (const { fake } of helpers) {
      expect(fake.controls.calls.map(([method, first]) => [method, first instanceof Blob || first])).toEqual([
        ["registerSource", true],
        ["resample", "s1"],
        ["resample", "s1"],
      ]);
    }
    await workspace.sources.register("https://example.org/a.tif", { headers: { authorization: "me" } });
    await workspace.resample("s1", "g1");
    for (const { fake } of helpers) {
      const [, location, options] = fake.controls.calls.at(-2) ?? [];
      expect([location, options]).toEqual([
        "https://example.org/a.tif",
        expect.objectContaining({ headers: { authorization: "me" } }),
      ]);
    }
  });

  it.each(["runTask", "addFeatures"] as const)("computes what %s gives away", async (method) => {
    const { workspace, helpers, main } = await pooled(give);
    main.controls.answers[method] = async (...args: unknown[]) => {
      const answer = await main.controls.answers.resample?.("s1", "g1", args[method === "runTask" ? 0 : 2]);
      expect((answer as ResultData).chunks).toHaveLength(2);
      return method === "runTask" ? { task: null, isOurs: false, waitMs: null } : [];
    };
    main.controls.answers.queueWorkers = () => [];
    if (method === "runTask") await workspace.queue.process();
    else await workspace.features.add("s1", "g1", { method: "average" });
    expect(helpers).toHaveLength(2);
  });

  it("passes bytes for one call on to the helpers", async () => {
    const refs: unknown[] = [];
    const { workspace } = await pooled(async (options, ref) => {
      refs.push(ref);
      await give(options);
    });
    await workspace.resample(new Blob(["abc"]), "g1");
    expect(refs.map((ref) => ref instanceof Blob)).toEqual([true, true]);
  });

  it("fails the call with `bug` when a helper dies, ends the others, and replaces it", async () => {
    const signals: AbortSignal[] = [];
    let isBad = true;
    const { workspace, helpers } = await pooled((options) => {
      signals.push(options.signal as AbortSignal);
      return isBad ? new Promise(() => undefined) : give(options);
    });
    const call = workspace.resample("s1", "g1");
    const outcome = expect(call).rejects.toMatchObject({ code: "bug" });
    await vi.waitFor(() => expect(signals).toHaveLength(2));
    helpers[0]?.worker.fail("error", { message: "boom" });
    await outcome;
    isBad = false;
    await expect(workspace.resample("s1", "g1")).resolves.toMatchObject({ length: 4 });
    expect(helpers).toHaveLength(3);
  });

  it("cancels helpers, those that work and those that wait", async () => {
    const signals: AbortSignal[] = [];
    const { workspace } = await pooled((options) => {
      signals.push(options.signal as AbortSignal);
      return new Promise(() => undefined);
    }, 1);
    const controller = new AbortController();
    const call = workspace.resample("s1", "g1", { signal: controller.signal });
    const outcome = expect(call).rejects.toMatchObject({ name: "AbortError" });
    await vi.waitFor(() => expect(signals).toHaveLength(1));
    controller.abort();
    await outcome;
    await vi.waitFor(() => expect(signals[0]?.aborted).toBe(true));
  });

  it("says so when no worker can be started", async () => {
    const pool = new HelperPool({
      size: 2,
      given: new GivenSources(),
      start: () => Promise.reject(new Error("not allowed")),
    });
    const job = { sourceId: "s", location: "l", grid: {}, options: {} } as unknown as HelperJob;
    await expect(pool.helpersFor("s")?.compute(job, {})).rejects.toMatchObject({ code: "host.worker" });
    expect(pool.helpersFor("s")).toBeUndefined();
  });

  it("ends engines that have no work, and starts others when there is some", async () => {
    const { workspace, helpers } = await pooled(give, 2, 5);
    await workspace.resample("s1", "g1");
    await vi.waitFor(() => expect(helpers.map(({ worker }) => worker.terminated)).toEqual([true, true]));
    await workspace.resample("s1", "g1");
    expect(helpers).toHaveLength(4);
    await workspace.close();
    expect(helpers.every(({ worker }) => worker.terminated)).toBe(true);
  });
});
