import { execFile } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { packAndInstall, root, type Tarball } from "./installed.js";

// What users get: the tarball that `npm publish` would send, installed into an empty project.

const sample = join(root, "dist/app/samples/precipitation.tif");
const exec = promisify(execFile);

/** Of one tarball, compressed. What makes it larger is to be looked at before it ships. */
// Both wasm builds and the codecs module are 3.2 MB packed, and the page brings its own copies.
const maxTarballBytes = 10_000_000;

let folder = "";
let tarball: Tarball;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cogrid-package-"));
  tarball = await packAndInstall(folder);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("the tarball holds what the package promises and nothing else", async () => {
  const paths = tarball.files.map((file) => file.path);
  const { exports } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  for (const promised of leaves(exports)) expect(paths).toContain(promised.replace(/^\.\//, ""));
  for (const build of ["single", "threads"]) expect(paths).toContain(`dist/wasm/${build}/cogrid_bg.wasm`);
  expect(paths).toContain("dist/wasm/codecs/codecs.wasm");
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE", "README.md", "CHANGELOG.md"])
    expect(paths).toContain(licence);
  expect(paths.filter((path) => !path.startsWith("dist/")).sort()).toEqual(
    ["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"].sort(),
  );
  expect(paths.filter((path) => /tsbuildinfo|\.gitignore|\.test\./.test(path))).toEqual([]);
  expect(paths.filter((path) => path !== "package.json" && path.endsWith("/package.json"))).toEqual([]);
  expect(tarball.files.find((file) => file.path === "dist/cli.js")?.mode).toBe(0o755);
  expect(tarball.size).toBeLessThan(maxTarballBytes);
});

test("installed, it resamples in Node", async () => {
  await copyFile(sample, join(folder, "sample.tif"));
  const program = `
    import { readFile } from "node:fs/promises";
    import { openWorkspace } from "cogrid";
    const workspace = await openWorkspace({ name: "t", store: "memory" });
    const { buffer, byteOffset, byteLength } = await readFile("sample.tif");
    const source = await workspace.sources.register(buffer.slice(byteOffset, byteOffset + byteLength), { name: "rain" });
    const grid = { type: "square", crs: "EPSG:6933", cellSize: 500000, bounds: [0, 40, 20, 60], boundsCrs: "EPSG:4326" };
    const table = await workspace.resample(source, grid, { method: ["average"] });
    console.log(JSON.stringify({ ids: table.ids.length, mean: table.column("average").reduce((a, b) => a + b) / table.ids.length }));
    workspace.close();`;
  await writeFile(join(folder, "resample.mjs"), program);
  const { stdout } = await exec(process.execPath, ["resample.mjs"], { cwd: folder });
  const { ids, mean } = JSON.parse(stdout);
  expect(ids).toBeGreaterThan(10);
  // Millimetres of rain in a year over Europe.
  expect(mean).toBeGreaterThan(200);
  expect(mean).toBeLessThan(2000);
});

test("installed, its command answers", async () => {
  const { stdout } = await exec(join(folder, "node_modules/.bin/cogrid"), ["info", sample, "--json"], { cwd: folder });
  expect(JSON.parse(stdout)).toMatchObject({ width: 360, height: 168, crs: "EPSG:4326" });
});

test("its types serve strict users of both module resolutions", async () => {
  const program = `
    import { CogridError, openWorkspace, type Workspace } from "cogrid";
    const workspace: Workspace = await openWorkspace({ name: "t", parallelWorkers: 2 });
    const source = await workspace.sources.register("https://example.org/a.tif", { name: "a" });
    const grid = await workspace.grids.add({ type: "hexagon", crs: "EPSG:6933", cellSize: 25_000, bounds: [0, 0, 1, 1], boundsCrs: "EPSG:4326" });
    const table = await workspace.resample(source, grid, { method: ["average"], signal: new AbortController().signal });
    const column: Float64Array = table.column("average");
    const code: string | undefined = new Error() instanceof CogridError ? "a" : undefined;
    export { code, column };`;
  await writeFile(join(folder, "user.mts"), program);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  for (const [module, moduleResolution] of [
    ["nodenext", "nodenext"],
    ["esnext", "bundler"],
  ]) {
    const lib = ["es2024", "dom", "esnext.disposable"];
    const options = { strict: true, noEmit: true, target: "es2023", lib, types: [], module, moduleResolution };
    await writeFile(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions: options, files: ["user.mts"] }));
    const compile = exec(process.execPath, [tsc], { cwd: folder });
    const { stdout } = await compile.catch((error: { stdout: string }) => error);
    expect(stdout).toBe("");
  }
});

function leaves(entry: unknown): string[] {
  return typeof entry === "string" ? [entry] : Object.values(entry as object).flatMap(leaves);
}
