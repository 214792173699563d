import { describe, expect, it, vi } from "vitest";
import { HandleClient } from "../../web/lib/browser-files.js";
import { LocalClient } from "../../web/lib/invoke.js";
import { type KeptFiles, openKeptFile, reopen } from "../../web/lib/kept-files.js";
import type { FileHandle, SourceRecord } from "../../web/lib/types.js";
import { createWorkspace } from "../../web/lib/workspace.js";
import { fakeEngine } from "./fake-engine.js";

const BYTES = new File([Uint8Array.of(1, 2, 3)], "rain.tif");

interface FakeHandle extends FileHandle {
  /** What the browser says when it is asked, and what the user says. */
  permission: PermissionState;
  answer: PermissionState;
}

function fakeHandle(fields: Partial<FakeHandle> = {}): FakeHandle {
  const handle: FakeHandle = {
    kind: "file",
    name: "rain.tif",
    getFile: async () => BYTES,
    permission: "granted",
    answer: "granted",
    queryPermission: async () => handle.permission,
    requestPermission: async () => {
      handle.permission = handle.answer;
      return handle.answer;
    },
    ...fields,
  };
  return handle;
}

function fakeFiles(): KeptFiles & { readonly kept: Map<string, FileHandle> } {
  const kept = new Map<string, FileHandle>();
  return {
    kept,
    put: async (name, handle) => void kept.set(name, handle),
    get: async (name) => kept.get(name),
    remove: async (name) => void kept.delete(name),
  };
}

/** A workspace over an engine that knows these sources, and what it was asked. */
async function opened(files: KeptFiles, sources: Partial<SourceRecord>[] = []) {
  const { Engine, controls } = fakeEngine();
  const records = sources as SourceRecord[];
  controls.answers.registerSource = (_, options) => {
    const record = { id: `s${records.length}`, location: "file:rain.tif", ...(options as object) } as SourceRecord;
    records.push(record);
    return record;
  };
  controls.answers.source = (ref) => records.find(({ id }) => id === ref);
  controls.answers.sources = () => records;
  controls.answers.removeSource = (ref) => {
    records.splice(
      records.findIndex(({ id }) => id === ref),
      1,
    );
  };
  const inner = new LocalClient(await Engine.open({ name: "x", store: "memory", config: {} }));
  const client = new HandleClient(inner, files);
  const workspace = createWorkspace(client, {
    queue: { close: () => undefined } as never,
    settings: {} as never,
    reopen: (ref) => reopen(client, files, ref),
  });
  const callsOf = (method: string): unknown[][] =>
    controls.calls.filter(([called]) => called === method).map(([, ...args]) => args);
  return { workspace, callsOf };
}

describe("a source that is registered with a file's handle", () => {
  it("is read from the file, and its handle is kept until the last one of it goes", async () => {
    const files = fakeFiles();
    const { workspace, callsOf } = await opened(files);
    const handle = fakeHandle();
    const first = await workspace.sources.register(handle, { name: "a" });
    const second = await workspace.sources.register(handle, { name: "b" });
    expect(callsOf("registerSource").map(([bytes]) => bytes)).toEqual([BYTES, BYTES]);
    expect(files.kept).toEqual(new Map([["rain.tif", handle]]));
    await workspace.sources.remove(first);
    expect(files.kept.size).toBe(1);
    await workspace.sources.remove(second);
    expect(files.kept.size).toBe(0);
  });

  it("is there all the same where the browser keeps no handles", async () => {
    const put = vi.fn().mockRejectedValue(new DOMException("no", "DataCloneError"));
    const { workspace } = await opened({ ...fakeFiles(), put });
    expect(await workspace.sources.register(fakeHandle(), { name: "a" })).toMatchObject({ name: "a" });
    expect(put).toHaveBeenCalledOnce();
  });

  it("gets another handle when its file is chosen again", async () => {
    const files = fakeFiles();
    const { workspace, callsOf } = await opened(files, [{ id: "s1", location: "file:rain.tif" }]);
    const handle = fakeHandle();
    await workspace.sources.attach("s1", handle);
    expect(callsOf("attach")).toEqual([["s1", BYTES]]);
    expect(files.kept.get("rain.tif")).toBe(handle);
  });
});

describe("a kept file", () => {
  it("is opened without a question while the permission lasts", async () => {
    const files = fakeFiles();
    expect(await openKeptFile(files, "rain.tif")).toBeUndefined();
    files.kept.set("rain.tif", fakeHandle());
    expect(await openKeptFile(files, "rain.tif")).toBe(BYTES);
  });

  it("says that the user must be asked, or that the file is gone", async () => {
    const files = fakeFiles();
    files.kept.set("rain.tif", fakeHandle({ permission: "prompt" }));
    await expect(openKeptFile(files, "rain.tif")).rejects.toMatchObject({
      code: "source.permission",
      hint: expect.stringContaining("reopen"),
    });
    const gone = async (): Promise<File> => Promise.reject(new DOMException("gone", "NotFoundError"));
    files.kept.set("rain.tif", fakeHandle({ getFile: gone }));
    await expect(openKeptFile(files, "rain.tif")).rejects.toMatchObject({
      code: "source.detached",
      hint: expect.stringContaining("choose"),
    });
  });

  it("comes back to its source when the user agrees", async () => {
    const files = fakeFiles();
    const { workspace, callsOf } = await opened(files, [
      { id: "s1", location: "file:rain.tif" },
      { id: "s2", location: "https://example.org/a.tif" },
    ]);
    expect(await workspace.sources.reopen("s2")).toBe(false);
    expect(await workspace.sources.reopen("s1")).toBe(false);
    files.kept.set("rain.tif", fakeHandle({ permission: "prompt", answer: "denied" }));
    expect(await workspace.sources.reopen("s1")).toBe(false);
    expect(callsOf("attach")).toEqual([]);
    files.kept.set("rain.tif", fakeHandle({ permission: "prompt" }));
    expect(await workspace.sources.reopen("s1")).toBe(true);
    expect(callsOf("attach")).toEqual([["s1", BYTES]]);
  });

  it("is none where the host keeps no files", async () => {
    const { Engine } = fakeEngine();
    const client = new LocalClient(await Engine.open({ name: "x", store: "memory", config: {} }));
    expect(await createWorkspace(client).sources.reopen("s1")).toBe(false);
  });
});
