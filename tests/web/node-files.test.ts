import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { CogridError } from "../../web/lib/errors.js";
import { LocalClient } from "../../web/lib/invoke.js";
import { FileClient } from "../../web/lib/node-files.js";
import { openDatabase } from "../../web/lib/node-sqlite.js";
import { PooledClient } from "../../web/lib/pooled-client.js";
import { RestartingClient } from "../../web/lib/restarting-client.js";
import type { RangeSource } from "../../web/lib/types.js";
import { fakeEngine } from "./fake-engine.js";

const folder = mkdtempSync(join(tmpdir(), "cogrid-files-"));
const path = join(folder, "a.tif");
writeFileSync(
  path,
  Uint8Array.from({ length: 100 }, (_, i) => i),
);

const clients: FileClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
});

const bytes = async (read: RangeSource["read"], offset: number, length: number): Promise<Uint8Array> =>
  new Uint8Array(await read(offset, length, {}));

function opened() {
  const { Engine, controls } = fakeEngine();
  const client = new FileClient(
    new PooledClient(
      new RestartingClient(async () => new LocalClient(await Engine.open({ name: "x", store: "memory", config: {} }))),
      undefined,
    ),
    () => undefined,
  );
  clients.push(client);
  return { client, controls };
}

describe("FileClient", () => {
  it("reads a path in ranges, never beyond its end", async () => {
    const { client, controls } = opened();
    controls.answers.registerSource = async (source) => {
      const { read, size, name, lastModified } = source as RangeSource;
      return {
        id: "s1",
        size,
        name,
        dated: typeof lastModified,
        bytes: [...(await bytes(read, 10, 3)), ...(await bytes(read, 98, 1e9)), ...(await bytes(read, 500, 4))],
      };
    };
    await expect(client.call("registerSource", [path])).resolves.toEqual({
      id: "s1",
      size: 100,
      name: path,
      dated: "number",
      bytes: [10, 11, 12, 98, 99],
    });
    await expect(client.call("registerSource", [pathToFileURL(path).href])).resolves.toMatchObject({ name: path });
  });

  it("passes URLs on", async () => {
    const { client, controls } = opened();
    await client.call("info", ["https://example.org/a.tif"]);
    expect(controls.calls).toEqual([["info", "https://example.org/a.tif", {}]]);
  });

  it("takes a stored name first, and gives its file back to the engine once", async () => {
    const { client, controls } = opened();
    controls.answers.source = () => ({ id: "s7", name: "a", location: `file:${path}` });
    await client.call("info", ["a"]);
    await client.call("info", ["a"]);
    expect(controls.calls.map(([method, ref]) => [method, ref])).toEqual([
      ["source", "a"],
      ["attach", "s7"],
      ["info", "s7"],
      ["source", "a"],
      ["info", "s7"],
    ]);
    expect(controls.calls[1]?.[2]).toMatchObject({ name: path, size: 100 });
  });

  it("opens the files of tasks, and keeps a task's whole path", async () => {
    const { client, controls } = opened();
    controls.answers.source = (ref) =>
      ref === "a"
        ? { id: "s7", name: "a", location: "https://example.org/b.tif" }
        : Promise.reject(new CogridError("usage.unknown_source", "none"));
    for (const source of ["a", path, "https://example.org/a.tif"]) {
      await client.call("enqueue", [{ type: "validation", source }]);
    }
    const sources = controls.calls.filter(([method]) => method === "enqueue").map(([, task]) => task);
    expect(sources).toMatchObject([
      { source: "s7" },
      { source: `file:${path}` },
      { source: "https://example.org/a.tif" },
    ]);
    const source = await client.openFile(path);
    expect(source).toMatchObject({ name: path, size: 100 });
    expect(await client.openFile(path)).toBe(source);
    await expect(client.openFile(join(folder, "none.tif"))).rejects.toMatchObject({ code: "source.not_found" });
  });

  it("takes a path where no source has that name", async () => {
    const { client, controls } = opened();
    controls.answers.source = () =>
      Promise.reject(new CogridError("usage.unknown_source", "no source is called x", { hint: "a, b" }));
    await client.call("statistics", [path]);
    expect(controls.calls.at(-1)).toEqual(["statistics", `file:${path}`, {}]);
    // One that was written over is another file than the engine has under that name; a task names it all the same.
    const other = join(folder, "other.tif");
    writeFileSync(other, Uint8Array.of(1));
    await client.openFile(other);
    writeFileSync(other, Uint8Array.of(1, 2));
    await client.call("statistics", [other]);
    expect(controls.calls.at(-1)).toEqual(["statistics", expect.objectContaining({ name: other, size: 2 }), {}]);
    await client.call("enqueue", [{ type: "resampling", source: other }]);
    expect(controls.calls.at(-1)).toEqual(["enqueue", { type: "resampling", source: `file:${other}` }]);
    // What other engines may share, they must be able to read.
    await client.call("resample", [path, "g1"]);
    expect(controls.calls.at(-1)).toEqual(["resample", expect.objectContaining({ name: path }), "g1", {}]);
    await expect(client.call("statistics", [join(folder, "none.tif")])).rejects.toMatchObject({
      code: "source.not_found",
      hint: "a, b",
    });
    await expect(client.call("statistics", [folder])).rejects.toMatchObject({ code: "source.read" });
    await expect(client.call("registerSource", [join(folder, "none.tif")])).rejects.toMatchObject({
      code: "source.not_found",
    });
  });
});

describe("openDatabase", () => {
  it("binds what the core sends and gives rows as objects", async () => {
    const database = await openDatabase(join(folder, "workspace"));
    await database.execute("CREATE TABLE t (id TEXT PRIMARY KEY, n REAL, b BLOB, f INTEGER)", []);
    await expect(
      database.execute("INSERT INTO t VALUES (?, ?, ?, ?)", ["a", 1.5, Uint8Array.of(1, 2), true]),
    ).resolves.toEqual([]);
    const [row] = await database.execute("SELECT * FROM t WHERE id = ?", ["a"]);
    expect({ ...row }).toEqual({ id: "a", n: 1.5, b: Uint8Array.of(1, 2), f: 1 });
    await expect(database.execute("PRAGMA journal_mode", [])).resolves.toMatchObject([{ journal_mode: "wal" }]);
    const second = await openDatabase(join(folder, "workspace"));
    await expect(second.execute("SELECT n FROM t", [])).resolves.toHaveLength(1);
    second.close();
    database.close();
    // Whoever is not sure closes once more.
    database.close();
    await expect(second.execute("SELECT n FROM t", [])).rejects.toThrow();
  });

  it("names the folder that can't be used", async () => {
    await expect(openDatabase(path)).rejects.toMatchObject({ code: "store.open", url: join(path, "workspace.sqlite") });
  });
});
