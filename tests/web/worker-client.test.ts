import { afterEach, describe, expect, it, vi } from "vitest";
import { RestartingClient } from "../../web/lib/restarting-client.js";
import type { RangeSource } from "../../web/lib/types.js";
import { WorkerClient } from "../../web/lib/worker-client.js";
import { startWorkerEngine } from "../../web/lib/worker-start.js";
import { createWorkspace } from "../../web/lib/workspace.js";
import { fakeEngine } from "./fake-engine.js";
import { FakeWorker } from "./fake-worker.js";

const engine = { name: "test", store: "memory", config: {} } as const;

async function started(fake = fakeEngine()) {
  const worker = new FakeWorker(() => fake.Engine);
  const client = await WorkerClient.start({
    createWorker: () => worker,
    engine,
    build: "single",
    threads: 1,
    bootTimeoutMs: 1000,
  });
  return { worker, client, controls: fake.controls };
}

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("WorkerClient", () => {
  it("opens the engine with its options and answers calls", async () => {
    const { client, controls } = await started();
    expect(controls.opened).toEqual([engine]);
    expect(client.threads()).toBe(3);
    await expect(client.call("sources", [])).resolves.toEqual([
      { id: "s1", name: "s1", location: "https://example.org/a.tif" },
    ]);
  });

  it("moves columns instead of copying, and tells progress", async () => {
    const { client } = await started();
    const progress = vi.fn();
    const data = await client.call("resample", ["s1", "g1", {}], { onProgress: progress });
    expect(data.chunks[0]?.columns.average).toEqual(Float64Array.of(1.5, Number.NaN, -3));
    expect(progress).toHaveBeenCalledExactlyOnceWith({ phase: "read", done: 1, total: 2, bytes: 512 });
  });

  it("rebuilds the engine's errors", async () => {
    const { client, controls } = await started();
    controls.answers.info = () => {
      throw Object.assign(new Error("expected 206, got 404"), {
        name: "CogridError",
        code: "source.http_status",
        status: 404,
      });
    };
    await expect(client.call("info", ["x"])).rejects.toMatchObject({
      name: "CogridError",
      code: "source.http_status",
      status: 404,
    });
  });

  it("cancels: the caller at once, the engine through its signal", async () => {
    const { client, controls } = await started();
    let inside: AbortSignal | undefined;
    controls.answers.read = (_ref, options) => {
      inside = (options as { signal: AbortSignal }).signal;
      return new Promise(() => undefined);
    };
    const controller = new AbortController();
    const call = client.call("read", ["x", {}], { signal: controller.signal });
    await vi.waitFor(() => expect(inside).toBeDefined());
    controller.abort();
    await expect(call).rejects.toMatchObject({ name: "AbortError" });
    await vi.waitFor(() => expect(inside?.aborted).toBe(true));
    await expect(client.call("read", ["x"], { signal: controller.signal })).rejects.toMatchObject({
      name: "AbortError",
    });
    await expect(client.call("sources", [])).resolves.toHaveLength(1);
  });

  it("reads the page's own objects through messages", async () => {
    const { client, controls } = await started();
    controls.answers.registerSource = async (source) => {
      const { read, transfersBytes, ...facts } = source as RangeSource;
      return { ...facts, transfersBytes, bytes: await read(3, 4, {}) };
    };
    const given: Uint8Array[] = [];
    const read = async (offset: number, length: number): Promise<Uint8Array> => {
      const bytes = Uint8Array.from({ length }, (_, i) => offset + i);
      given.push(bytes);
      return bytes;
    };
    const facts = { size: 99, name: "mine.tif", lastModified: 5, etag: '"e"', maxReadBytes: 1000 };
    // Inside they are a message's own, whoever keeps them outside.
    const expected = { ...facts, transfersBytes: true, bytes: Uint8Array.of(3, 4, 5, 6) };
    expect(await client.call("registerSource", [{ ...facts, read }])).toEqual(expected);
    expect(await client.call("registerSource", [{ ...facts, read, transfersBytes: true }])).toEqual(expected);
    expect(given.map((bytes) => bytes.length)).toEqual([4, 0]);
  });

  it("copies what the page's objects keep, Node's buffers too", async () => {
    const { client, controls } = await started();
    controls.answers.registerSource = async (source) => ({ bytes: await (source as RangeSource).read(2, 3, {}) });
    const whole = Buffer.from(Uint8Array.from({ length: 20_000 }, (_, i) => i));
    const read = async (offset: number, length: number): Promise<Uint8Array> => whole.subarray(offset, offset + length);
    const answer = await client.call("registerSource", [{ read, size: 20_000, name: "mine.tif" }]);
    expect(answer).toEqual({ bytes: Uint8Array.of(2, 3, 4) });
    expect(whole.length).toBe(20_000);
  });

  it("says so at once where the page's objects give memory that can't be moved, or no bytes", async () => {
    const { client, controls } = await started();
    controls.answers.info = (source) => (source as RangeSource).read(0, 4, {});
    const same = new ArrayBuffer(4);
    const once = { read: async () => same, size: 4, name: "x", transfersBytes: true };
    await expect(client.call("info", [once])).resolves.toEqual(new Uint8Array(4));
    await expect(client.call("info", [once])).rejects.toMatchObject({ code: "source.read" });
    const other = { read: async () => [1, 2] as unknown as ArrayBuffer, size: 4, name: "x" };
    await expect(client.call("info", [other])).rejects.toMatchObject({ code: "source.read" });
  });

  it("finds files beside the page's objects", async () => {
    const { client, controls } = await started();
    controls.answers.info = async (given) => {
      const { sibling } = given as RangeSource;
      const mask = await sibling?.(".msk");
      const bytes = await mask?.read(0, 2, {});
      const others = [await sibling?.(".ovr"), await sibling?.(".broken"), mask?.sibling];
      return { name: mask?.name, size: mask?.size, bytes, others };
    };
    const read = async (): Promise<Uint8Array> => Uint8Array.of(1, 2);
    const mask: RangeSource = { read, size: 2, name: "a.tif.msk" };
    const sibling = async (suffix: string): Promise<RangeSource | undefined> => {
      if (suffix === ".broken") throw new Error("no");
      return suffix === ".msk" ? mask : undefined;
    };
    const found = { name: "a.tif.msk", size: 2, bytes: Uint8Array.of(1, 2), others: [undefined, undefined, undefined] };
    expect(await client.call("info", [{ read, size: 9, name: "a.tif", sibling }])).toEqual(found);
  });

  it("moves the caller's memory to the engine and back", async () => {
    const { client, controls } = await started();
    controls.answers.read = (_ref, options) => {
      const { into } = options as { into: ArrayBuffer };
      const data = new Uint8Array(into, 0, 2);
      data.set([7, 8]);
      return { dtype: "uint8", shape: [1, 2], data };
    };
    const into = new ArrayBuffer(100);
    const { data } = await client.call("read", ["x", { into }]);
    expect(into.byteLength).toBe(0);
    expect([...(data as Uint8Array)]).toEqual([7, 8]);
    expect(data.buffer.byteLength).toBe(100);
  });

  it("names a failing read of the page's objects", async () => {
    const { client, controls } = await started();
    controls.answers.info = (source) => (source as RangeSource).read(0, 1, {});
    const read = (): Promise<Uint8Array> => Promise.reject(new TypeError("disk on fire"));
    await expect(client.call("info", [{ read, size: 1, name: "x" }])).rejects.toMatchObject({
      code: "source.read",
      message: expect.stringContaining("disk on fire"),
    });
  });

  it.each([
    ["error", (worker: FakeWorker) => worker.fail("error", { message: "boom" })],
    ["messageerror", (worker: FakeWorker) => worker.fail("messageerror")],
    ["trap", (worker: FakeWorker) => worker.trap(new WebAssembly.RuntimeError("unreachable"))],
  ])("settles every pending call with `bug` after %s", async (_, breakIt) => {
    const { client, worker, controls } = await started();
    controls.answers.info = () => new Promise(() => undefined);
    const onLost = vi.fn();
    client.onLost = onLost;
    const calls = [client.call("info", ["a"]), client.call("info", ["b"])];
    const settled = Promise.allSettled(calls);
    breakIt(worker);
    for (const result of await settled) expect(result).toMatchObject({ status: "rejected", reason: { code: "bug" } });
    expect(worker.terminated).toBe(true);
    expect(onLost).toHaveBeenCalledOnce();
  });

  it("takes a call that traps for the end of the instance", async () => {
    const { client, worker, controls } = await started();
    controls.answers.info = () => {
      throw new WebAssembly.RuntimeError("unreachable");
    };
    await expect(client.call("info", ["a"])).rejects.toMatchObject({ code: "bug" });
    expect(worker.terminated).toBe(true);
  });

  it("rejects what runs when it is closed", async () => {
    const { client, controls } = await started();
    controls.answers.info = () => new Promise(() => undefined);
    const call = client.call("info", ["a"]);
    const outcome = expect(call).rejects.toMatchObject({ code: "usage.closed" });
    await client.close();
    await outcome;
    await expect(client.call("sources", [])).rejects.toMatchObject({ code: "usage.closed" });
  });

  it("says so when the worker does not load or answer", async () => {
    const worker = new FakeWorker(() => fakeEngine().Engine);
    const start = WorkerClient.start({
      createWorker: () => worker,
      engine,
      build: "single",
      threads: 1,
      bootTimeoutMs: 1000,
    });
    worker.fail("error");
    await expect(start).rejects.toMatchObject({ code: "host.worker" });
    const silent = new FakeWorker(() => new Promise(() => undefined));
    await expect(
      WorkerClient.start({ createWorker: () => silent, engine, build: "single", threads: 1, bootTimeoutMs: 20 }),
    ).rejects.toMatchObject({
      code: "host.worker",
      message: "the worker did not answer within 20 ms",
    });
    expect(silent.terminated).toBe(true);
  });
});

describe("RestartingClient", () => {
  it("replaces a dead engine and gives it its bytes again", async () => {
    const fake = fakeEngine();
    const workers: FakeWorker[] = [];
    const client = new RestartingClient(() => {
      const worker = new FakeWorker(() => fake.Engine);
      workers.push(worker);
      return WorkerClient.start({
        createWorker: () => worker,
        engine,
        build: "single",
        threads: 1,
        bootTimeoutMs: 1000,
      });
    });
    const workspace = createWorkspace(client);
    await workspace.sources.register(new Blob(["x"]));
    workers[0]?.fail("error", { message: "boom" });
    await expect(workspace.sources.list()).resolves.toHaveLength(1);
    expect(workers).toHaveLength(2);
    expect(fake.controls.calls.map(([method]) => method)).toEqual(["registerSource", "attach", "sources"]);
    await workspace.close();
    await expect(workspace.sources.list()).rejects.toMatchObject({ code: "usage.closed" });
  });

  it("does not remember a start that failed", async () => {
    const fake = fakeEngine();
    let tries = 0;
    const client = new RestartingClient(() => {
      if (tries++ === 0) return Promise.reject(new Error("first"));
      return WorkerClient.start({
        createWorker: () => new FakeWorker(() => fake.Engine),
        engine,
        build: "single",
        threads: 1,
        bootTimeoutMs: 1000,
      });
    });
    await expect(client.ready()).rejects.toThrow("first");
    await expect(client.ready()).resolves.toBeUndefined();
  });
});

describe("startWorkerEngine", () => {
  const start = (load: ConstructorParameters<typeof FakeWorker>[0], workers: FakeWorker[], threads = 4) =>
    startWorkerEngine({
      engine,
      createWorker: () => {
        const worker = new FakeWorker(load);
        workers.push(worker);
        return worker;
      },
      threads,
      bootTimeoutMs: 1000,
    });

  it("falls back to one thread when the pool does not come up, and warns once with the reason", async () => {
    vi.stubGlobal("crossOriginIsolated", true);
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const workers: FakeWorker[] = [];
    const load = (build: string) =>
      build === "threads"
        ? Promise.reject(Object.assign(new Error("pool is stuck"), { name: "CogridError", code: "host.threads" }))
        : fakeEngine().Engine;
    await start(load, workers);
    await start(load, workers);
    expect(workers.map(({ builds }) => builds[0])).toEqual(["threads", "single", "threads", "single"]);
    expect(workers[0]?.terminated).toBe(true);
    expect(warn).toHaveBeenCalledOnce();
    expect(warn.mock.calls[0]?.[0]).toContain("pool is stuck");
  });

  it("takes the threads build where it works, and neither for one thread nor without isolation", async () => {
    const warn = vi.spyOn(console, "warn");
    const workers: FakeWorker[] = [];
    vi.stubGlobal("crossOriginIsolated", true);
    await start(() => fakeEngine().Engine, workers);
    await start(() => fakeEngine().Engine, workers, 1);
    vi.stubGlobal("crossOriginIsolated", false);
    await start(() => fakeEngine().Engine, workers);
    expect(workers.map(({ builds }) => builds)).toEqual([["threads"], ["single"], ["single"]]);
    expect(warn).not.toHaveBeenCalled();
  });
});
