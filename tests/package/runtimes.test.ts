import { execFile } from "node:child_process";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { npm, packAndInstall, root } from "./installed.js";

// Other runtimes, from npm. Together they take some 200 MB: only where COGRID_RUNTIMES asks for them.

const exec = promisify(execFile);
let folder = "";

describe.skipIf(!process.env.COGRID_RUNTIMES)("installed", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cogrid-runtimes-"));
    await packAndInstall(folder);
    await npm(folder, "install", "--no-audit", "--no-fund", "--prefer-offline", "deno@2.9.6", "bun@1.4.5");
    await copyFile(join(root, "dist/app/samples/precipitation.tif"), join(folder, "sample.tif"));
    await writeFile(
      join(folder, "resample.mjs"),
      `import { openWorkspace } from "cogrid";
      const workspace = await openWorkspace({ name: "t", parallelWorkers: 2 });
      const grid = { type: "square", crs: "EPSG:6933", cellSize: 20_000, bounds: [-180, -60, 180, 60], boundsCrs: "EPSG:4326" };
      const table = await workspace.resample("sample.tif", grid, { method: "average", outlines: false });
      let sum = 0;
      for (const value of table.column("average")) if (!Number.isNaN(value)) sum += value;
      console.log(JSON.stringify({ cells: table.length, sum }));
      await workspace.close();`,
    );
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test.each([
    ["deno", ["run", "--allow-all", "resample.mjs"]],
    ["bun", ["run", "resample.mjs"]],
  ])("it resamples in %s as in Node", async (program, args) => {
    const expected = await exec(process.execPath, ["resample.mjs"], { cwd: folder });
    const got = await exec(join(folder, "node_modules/.bin", program), args, { cwd: folder });
    expect(JSON.parse(got.stdout)).toEqual(JSON.parse(expected.stdout));
  });
});
