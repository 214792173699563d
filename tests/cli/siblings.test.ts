import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RangeSource } from "../../web/lib/types.js";
import type { Workspace } from "../../web/lib/workspace.js";
import { startRangeServer } from "../server/range-server.mjs";
import { tiledTiff, tinyTiff } from "../support/tiny-tiff.js";

// A raster of 32 × 16 pixels with an overview and a mask in files beside it: pixels above 100 are valid.
const files = {
  "/a.tif": tinyTiff(),
  "/a.tif.ovr": tiledTiff({ width: 16, height: 8, block: 8, plus: 7 }),
  "/a.tif.msk": tiledTiff({ width: 32, height: 16, block: 16, plus: -100 }),
};
const seen = { overviews: [{ width: 16, height: 8 }], masks: 1, reduced: [8, 9], valid: 411 };

let folder = "";
let server: Awaited<ReturnType<typeof startRangeServer>>;
let workspace: Workspace;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cogrid-siblings-"));
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  server = await startRangeServer({ files });
  const built = new URL("../../dist/node.js", import.meta.url).href;
  const { openWorkspace } = (await import(built)) as { openWorkspace(options: object): Promise<Workspace> };
  workspace = await openWorkspace({ threads: "off" });
});
afterAll(async () => {
  await workspace?.close();
  await server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function look(source: string | RangeSource): Promise<typeof seen> {
  const { overviews, masks } = await workspace.sources.info(source);
  const { count } = await workspace.sources.stats(source);
  const window = [1, 0, 3, 1] as const;
  const { data } = await workspace.sources.read(source, { band: 1, overview: 1, window });
  return { overviews: [...overviews], masks, reduced: [...data].map(Number), valid: count };
}

test("by path, what stands beside a raster is its own", async () => {
  expect(await look(join(folder, "a.tif"))).toEqual(seen);
});

test("a source that offers siblings is asked for them, whatever is behind it", async () => {
  const behind = (path: string): RangeSource => ({
    name: path,
    size: files[path as keyof typeof files].length,
    read: async (offset, length, { signal }) => {
      const headers = { Range: `bytes=${offset}-${offset + length - 1}` };
      return (await fetch(server.url + path, { headers, signal: signal ?? null })).arrayBuffer();
    },
    sibling: async (suffix) => (path + suffix in files ? behind(path + suffix) : undefined),
  });
  expect(await look(behind("/a.tif"))).toEqual(seen);
});

test("by address nothing is asked for that the address does not name", async () => {
  server.clearLog();
  expect(await workspace.sources.info(`${server.url}/a.tif`)).toMatchObject({ overviews: [], masks: 0 });
  expect(server.log.map(({ path }) => path)).toEqual(["/a.tif"]);
});
