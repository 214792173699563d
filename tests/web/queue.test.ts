import { describe, expect, it } from "vitest";
import { CogridError } from "../../web/lib/errors.js";
import { LocalClient } from "../../web/lib/invoke.js";
import type { QueueHost } from "../../web/lib/queue.js";
import { createQueue } from "../../web/lib/queue.js";
import { lonelyQueueHost } from "../../web/lib/queue-host-alone.js";
import type { Task } from "../../web/lib/queue-types.js";
import { fakeEngine } from "./fake-engine.js";

const task = (id: string, status = "done"): Task => ({ id, status }) as Task;

/** A queue over an engine that gives these answers to `runTask`, then nothing. */
async function queueOf(runs: unknown[], host: QueueHost = lonelyQueueHost()) {
  const { Engine, controls } = fakeEngine();
  controls.answers.queueWorkers = () => [];
  controls.answers.releaseWorkers = () => 1;
  controls.answers.runTask = (options) => {
    const run = runs.shift() ?? { task: null, isOurs: false, waitMs: null };
    return typeof run === "function" ? run(options) : run;
  };
  const client = new LocalClient(await Engine.open({ name: "x", store: "memory", config: {} }));
  const named = (name: string): unknown[] => controls.calls.filter(([method]) => method === name);
  return { queue: createQueue(client, host), controls, named };
}

const done = (id: string, status = "done"): object => ({ task: task(id, status), isOurs: true, waitMs: null });
const wait = (waitMs: number): object => ({ task: null, isOurs: false, waitMs });

describe("queue.process", () => {
  it("works until nothing is left, and says how it went", async () => {
    const { queue, named } = await queueOf([
      done("a"),
      done("b", "failed"),
      wait(5),
      done("c", "pending"),
      { task: task("d", "running"), isOurs: false, waitMs: null },
    ]);
    const seen: string[] = [];
    await expect(queue.process({ types: ["validation"], onTask: ({ id }) => seen.push(id) })).resolves.toEqual({
      done: 1,
      failed: 1,
      retried: 1,
      cancelled: 0,
      lost: 1,
    });
    expect(seen).toEqual(["a", "b", "c", "d"]);
    const workers = new Set(named("runTask").map((call) => (call as [string, { worker: string }])[1].worker));
    expect(workers.size).toBe(1);
    expect(named("runTask")[0]).toMatchObject(["runTask", { types: ["validation"] }]);
  });

  it("claims no more than it may, whatever the workers", async () => {
    const { queue, named } = await queueOf(Array.from({ length: 20 }, (_, i) => done(`t${i}`)));
    await expect(queue.process({ maxTasks: 5, workers: 3 })).resolves.toMatchObject({ done: 5 });
    expect(named("runTask")).toHaveLength(5);
  });

  it("gives a task back whose run trapped the engine, and goes on", async () => {
    let worker = "";
    const trap = (options: { worker: string }): never => {
      worker = options.worker;
      throw new CogridError("bug", "the engine stopped");
    };
    const { queue, named } = await queueOf([trap, done("a")]);
    await expect(queue.process()).resolves.toMatchObject({ done: 1 });
    expect(named("releaseWorkers")).toEqual([["releaseWorkers", [worker]]]);
  });

  it("frees what dead workers have before it claims", async () => {
    const host: QueueHost = {
      ...lonelyQueueHost(),
      dead: async (workers) => workers.filter((name) => name === "dead"),
    };
    const { queue, controls, named } = await queueOf([done("a")], host);
    controls.answers.queueWorkers = () => ["dead", "living"];
    await queue.process();
    expect(named("releaseWorkers")[0]).toEqual(["releaseWorkers", ["dead"]]);
  });

  it("ends with the signal, also while it waits", async () => {
    const { queue } = await queueOf([wait(60_000)]);
    const controller = new AbortController();
    const processing = queue.process({ signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(processing).rejects.toMatchObject({ name: "AbortError" });
  });

  it("fails when the store does", async () => {
    const broken = (): never => {
      throw new CogridError("store.failed", "the disk is gone");
    };
    const { queue } = await queueOf([broken]);
    await expect(queue.process()).rejects.toMatchObject({ code: "store.failed" });
  });
});

describe("queue.processor", () => {
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

  it("wakes when work arrives, pauses and stops", async () => {
    const host = { ...lonelyQueueHost(), pollMs: undefined };
    const runs: unknown[] = [];
    const { queue, named } = await queueOf(runs, host);
    const seen: string[] = [];
    const processor = queue.processor({ onTask: ({ id }) => seen.push(id) });
    expect(processor.state).toBe("stopped");
    processor.start();
    await settled();
    const looks = named("runTask").length;
    await settled();
    expect(named("runTask")).toHaveLength(looks);

    runs.push(done("a"));
    await queue.enqueue({ type: "validation", source: "plants" });
    await settled();
    expect(seen).toEqual(["a"]);

    processor.pause();
    runs.push(done("b"));
    host.announce();
    await settled();
    expect([processor.state, seen]).toEqual(["paused", ["a"]]);
    processor.start();
    await settled();
    expect(seen).toEqual(["a", "b"]);

    await processor.stop();
    runs.push(done("c"));
    host.announce();
    await settled();
    expect([processor.state, seen]).toEqual(["stopped", ["a", "b"]]);
    processor.start();
    await settled();
    expect(seen).toEqual(["a", "b", "c"]);
    await processor.stop();
  });

  it("says when it ends by itself", async () => {
    const broken = (): never => {
      throw new CogridError("store.failed", "the disk is gone");
    };
    const { queue } = await queueOf([broken]);
    const error = await new Promise((resolve) => {
      queue.processor({ onError: resolve }).start();
    });
    expect(error).toMatchObject({ code: "store.failed" });
  });
});

describe("queue.enqueue", () => {
  it("hands the core what it knows", async () => {
    const { queue, named } = await queueOf([]);
    const grid = { type: "square", crs: "EPSG:6933", cellSize: 5, bounds: [0, 0, 1, 1] } as const;
    await queue.enqueue({
      type: "resampling",
      source: new URL("https://example.org/a.tif"),
      grid,
      method: "average",
      band: 2,
      overview: undefined,
      priority: 3,
      dependsOn: [task("t1"), "t2"],
    });
    expect(named("enqueue")).toEqual([
      [
        "enqueue",
        {
          type: "resampling",
          source: "https://example.org/a.tif",
          grid,
          priority: 3,
          dependsOn: ["t1", "t2"],
          parameters: { method: "average", band: 2 },
        },
      ],
    ]);
  });

  it("refuses bytes, which can't wait", async () => {
    const { queue } = await queueOf([]);
    const source = new Blob(["x"]) as never;
    await expect(queue.enqueue({ type: "validation", source })).rejects.toMatchObject({ code: "usage.task" });
  });
});
