import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { npm, packAndInstall, root } from "./installed.js";

// Deno, from npm. It takes some 100 MB: only where COGRID_RUNTIMES asks for it.

const exec = promisify(execFile);
let folder = "";

describe.skipIf(!process.env.COGRID_RUNTIMES)("installed", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "cogrid-runtimes-"));
    await packAndInstall(folder);
    await npm(folder, "install", "--no-audit", "--no-fund", "--prefer-offline", "deno@2.9.6");
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

  test("it resamples in Deno as in Node", async () => {
    const expected = await exec(process.execPath, ["resample.mjs"], { cwd: folder });
    const got = await exec(await denoIn(folder), ["run", "--allow-all", "resample.mjs"], { cwd: folder });
    expect(JSON.parse(got.stdout)).toEqual(JSON.parse(expected.stdout));
  });
});

// The package's own link to its program is made by an install script, which npm may not be allowed to run.
async function denoIn(project: string): Promise<string> {
  const [platform] = await readdir(join(project, "node_modules/@deno"));
  return join(project, "node_modules/@deno", platform ?? "", process.platform === "win32" ? "deno.exe" : "deno");
}
