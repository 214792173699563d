// Fills dist/: both wasm builds, the library with the command line and the edge handler, the sample rasters, the page.
import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrap, rustToolchain } from "./setup.mjs";
import { main, root, run, StepError, step, stepUnlessCurrent } from "./steps.mjs";
import { bundleVendored, vendored } from "./vendor.mjs";
import { buildWasm } from "./wasm.mjs";

/** Builds everything that has changed. */
export async function build() {
  await buildWasm();
  await buildLibrary();
  await makeSamples();
  await buildPage();
}

/** TypeScript of web/lib, web/cli and web/edge into dist/, as package.json's `exports` and `bin` name it. */
export async function buildLibrary() {
  const inputs = [
    "web/lib",
    "web/cli",
    "web/cli.ts",
    "web/edge",
    "web/edge.ts",
    "web/tsconfig.json",
    "web/tsconfig.tools.json",
    "tsconfig.base.json",
    "pkg-scripts/vendor.mjs",
  ];
  const outputs = exportedFiles();
  const packages = ["typescript", ...Object.values(vendored).flat()];
  const facts = Object.fromEntries(packages.map((name) => [name, installedVersion(name)]));
  await stepUnlessCurrent(
    "library, command line and edge handler (tsc)",
    { stamp: "library", inputs, outputs, facts },
    async () => {
      await run(process.execPath, [bin("typescript", "tsc"), "--build", "--force", "web"]);
      const absent = outputs.filter((path) => !existsSync(join(root, path)));
      if (absent.length > 0) throw new StepError(`package.json promises what tsc did not make: ${absent.join(", ")}`);
      await bundleVendored();
      makeExecutable(join(root, "dist", "cli.js"));
    },
  );
}

/** The page into dist/app. It imports the library by name, so that is built first. */
async function buildPage() {
  const inputs = ["web/app", "dist/wasm", "package.json", ...exportedFiles(), "dist/browser.js"];
  await stepUnlessCurrent(
    "page (Vite)",
    { stamp: "page", inputs, outputs: ["dist/app/index.html"], facts: { vite: installedVersion("vite") } },
    async () => {
      // Names carry a hash: those of the build before would stay for ever.
      rmSync(join(root, "dist", "app", "assets"), { recursive: true, force: true });
      const args = ["build", "--config", "web/app/vite.config.ts", "--logLevel", "warn"];
      await run(process.execPath, [bin("vite", "vite"), ...args]);
    },
  );
}

/** The sample rasters beside the page; the script looks itself whether they are current. */
async function makeSamples() {
  const { env } = await rustToolchain();
  await step("sample rasters", () => run(process.execPath, [join(root, "pkg-scripts", "sample.mjs")], { env }));
}

/** Files that package.json's `exports` and `bin` name below dist/, without the wasm builds. @returns {string[]} */
function exportedFiles() {
  const { exports, bin: commands } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  /** @type {(entry: unknown) => string[]} */
  const leaves = (entry) =>
    typeof entry === "string" ? [entry] : Object.values(/** @type {object} */ (entry)).flatMap(leaves);
  return [...new Set([...leaves(exports), ...leaves(commands)])]
    .map((path) => path.replace(/^\.\//, ""))
    .filter((path) => path.startsWith("dist/") && !path.startsWith("dist/wasm/"));
}

/** @param {string} path */
function makeExecutable(path) {
  if (!readFileSync(path, "utf8").startsWith("#!"))
    throw new StepError(`${path}: expected a first line #!/usr/bin/env node`);
  chmodSync(path, 0o755);
}

/** Path of a package's program. @param {string} name @param {string} program */
export function bin(name, program) {
  const folder = join(root, "node_modules", name);
  const { bin: programs } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const path = typeof programs === "string" ? programs : programs?.[program];
  if (!path) throw new StepError(`${name} has no program ${program}`, "npm ci");
  return join(folder, path);
}

/** @param {string} name */
function installedVersion(name) {
  return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await bootstrap();
    await step("build", build);
  });
}
