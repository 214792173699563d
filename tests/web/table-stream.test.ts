import { describe, expect, it, vi } from "vitest";
import type { EngineClient, ResultData } from "../../web/lib/engine.js";
import { LocalClient } from "../../web/lib/invoke.js";
import type { Table } from "../../web/lib/table.js";
import { WorkerClient } from "../../web/lib/worker-client.js";
import { createWorkspace } from "../../web/lib/workspace.js";
import { fakeEngine, sampleResult } from "./fake-engine.js";
import { FakeWorker } from "./fake-worker.js";

type Options = { onChunk(part: ResultData): Promise<void> | undefined; signal: AbortSignal };

/** A workspace whose engine makes up to `count` parts, waiting where it is told to. */
async function streaming(where: "here" | "worker", count: number, failure?: Error) {
  const fake = fakeEngine();
  const made: number[] = [];
  fake.controls.answers.resample = async (_source, _grid, options) => {
    const { onChunk, signal } = options as Options;
    for (let index = 0; index < count; index++) {
      const chunk = {
        index,
        runs: Int32Array.of(0, index, 1),
        columns: { average: Float64Array.of(index) },
        confidence: Float64Array.of(1),
      };
      signal.throwIfAborted();
      made.push(index);
      await Promise.race([onChunk({ ...sampleResult(), chunks: [chunk] }), aborted(signal)]);
    }
    if (failure !== undefined) throw failure;
    return { ...sampleResult(), chunks: [] };
  };
  const engine = { name: "test", store: "memory", config: {} } as const;
  const client: EngineClient =
    where === "here"
      ? new LocalClient(await fake.Engine.open(engine))
      : await WorkerClient.start({
          createWorker: () => new FakeWorker(() => fake.Engine),
          engine,
          build: "single",
          threads: 1,
          bootTimeoutMs: 1000,
        });
  return { workspace: createWorkspace(client), made };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

const settled = (): Promise<void> => new Promise((done) => setTimeout(done, 10));

describe.each(["here", "worker"] as const)("resampleChunks of an engine %s", (where) => {
  it("gives tables in order, and the provenance at the end", async () => {
    const { workspace } = await streaming(where, 30);
    const iterator = workspace.resampleChunks("s1", "g1");
    const values: number[] = [];
    let step = await iterator.next();
    for (; !step.done; step = await iterator.next()) values.push(...(step.value as Table).column("average"));
    expect(values).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect(step.value).toMatchObject({ methods: ["average", "sum"] });
  });

  it("makes nothing before it is asked, and little ahead of who takes", async () => {
    const { workspace, made } = await streaming(where, 100);
    const iterator = workspace.resampleChunks("s1", "g1");
    await settled();
    expect(made).toEqual([]);
    await iterator.next();
    await settled();
    expect(made.length).toBeLessThan(12);
    const before = made.length;
    await iterator.next();
    await vi.waitFor(() => expect(made.length).toBe(before + 1));
    await iterator.return(undefined as never);
  });

  it("ends the work when the loop is left", async () => {
    const { workspace, made } = await streaming(where, 1000);
    for await (const table of workspace.resampleChunks("s1", "g1")) if (table.ids[0] === "2:0") break;
    await settled();
    const before = made.length;
    await settled();
    expect(made.length).toBe(before);
    expect(before).toBeLessThan(20);
  });

  it("ends a next that waits when it is left from outside", async () => {
    const { workspace } = await streaming(where, 0, undefined);
    const slow = await streaming(where, 1);
    const iterator = slow.workspace.resampleChunks("s1", "g1");
    await iterator.next();
    await iterator.return(undefined as never);
    await expect(iterator.next()).resolves.toMatchObject({ done: true });
    await workspace.close();
  });

  it("passes on errors after what was finished, and cancelling", async () => {
    const failure = Object.assign(new Error("404"), { name: "CogridError", code: "source.http_status" });
    const { workspace } = await streaming(where, 2, failure);
    const seen: string[] = [];
    const loop = async (): Promise<void> => {
      for await (const table of workspace.resampleChunks("s1", "g1")) seen.push(table.ids[0] as string);
    };
    await expect(loop()).rejects.toMatchObject({ code: "source.http_status" });
    expect(seen).toEqual(["0:0", "1:0"]);
    const controller = new AbortController();
    const endless = (await streaming(where, 1000)).workspace;
    const cancelled = (async () => {
      for await (const _ of endless.resampleChunks("s1", "g1", { signal: controller.signal })) controller.abort();
    })();
    await expect(cancelled).rejects.toMatchObject({ name: "AbortError" });
  });
});
