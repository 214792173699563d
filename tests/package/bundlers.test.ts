import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import webpack from "webpack";
import { startRangeServer } from "../server/range-server.mjs";
import { packAndInstall } from "./installed.js";

// What users do: the tarball from a bundler they know, or from a server without one, in a browser.

const sample = fileURLToPath(new URL("../../dist/app/samples/precipitation.tif", import.meta.url));
const chrome = process.env.CHROME ?? "/usr/bin/chromium";
const exec = promisify(execFile);

const grid = { type: "square", crs: "EPSG:6933", cellSize: 500_000, bounds: [0, 40, 20, 60], boundsCrs: "EPSG:4326" };

/** Puts what it computed where the test looks for it. `from` is what the package is imported by. */
const program = (from: string): string => `
  import { openWorkspace } from "${from}";
  globalThis.outcome = (async () => {
    const workspace = await openWorkspace({ name: "t", parallelWorkers: 2 });
    const source = await workspace.sources.register(new URL("/sample.tif", location.href), { name: "rain" });
    const table = await workspace.resample(source, ${JSON.stringify(grid)}, { method: "average" });
    const outcome = { values: [...table.column("average")], arrow: table.toArrow().length, parquet: (await table.toParquet()).length };
    await workspace.close();
    return outcome;
  })();`;

interface Outcome {
  readonly values: readonly number[];
  readonly arrow: number;
  readonly parquet: number;
}

let folder = "";
let browser: Browser | undefined;
/** What the installed package computes in Node. */
let expected: readonly number[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "cogrid-bundlers-"));
  await packAndInstall(folder);
  const script = `
    import { openWorkspace } from "cogrid";
    const workspace = await openWorkspace({ name: "t" });
    const table = await workspace.resample(${JSON.stringify(sample)}, ${JSON.stringify(grid)}, { method: "average" });
    console.log(JSON.stringify([...table.column("average")]));
    await workspace.close();`;
  await writeFile(join(folder, "expected.mjs"), script);
  expected = JSON.parse((await exec(process.execPath, ["expected.mjs"], { cwd: folder })).stdout);
  if (existsSync(chrome)) {
    browser = await chromium.launch({
      executablePath: chrome,
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
  } else if (process.env.CI) throw new Error(`expected a browser at ${chrome}`);
  else console.warn(`no browser at ${chrome}: bundles are made and not run`);
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

describe.each([{ isolation: true }, { isolation: false }])("in Chromium, isolation: $isolation", ({ isolation }) => {
  test("a Vite app resamples", async () => {
    const app = await project("vite", program("cogrid"));
    await build({
      root: app,
      configFile: false,
      logLevel: "error",
      worker: { format: "es" },
      build: { target: "esnext", outDir: "out", emptyOutDir: true },
    });
    await check(join(app, "out"), isolation);
  });

  test("a webpack app resamples", async () => {
    const app = await project("webpack", program("cogrid"));
    await pack(app);
    await writeFile(join(app, "out", "index.html"), '<!doctype html><script type="module" src="main.js"></script>');
    await check(join(app, "out"), isolation);
  });

  test("a page without a bundler resamples", async () => {
    const app = await project("plain", program("./cogrid/browser.js"));
    await cp(join(folder, "node_modules/cogrid/dist"), join(app, "cogrid"), {
      recursive: true,
      filter: (path) => !path.endsWith("dist/app"),
    });
    await check(app, isolation);
  });
});

/** A folder with a page that runs the script. */
async function project(name: string, script: string): Promise<string> {
  const app = join(folder, name);
  await mkdir(app, { recursive: true });
  await writeFile(join(app, "index.html"), '<!doctype html><script type="module" src="main.js"></script>');
  await writeFile(join(app, "main.js"), script);
  return app;
}

async function pack(app: string): Promise<void> {
  const compiler = webpack({
    mode: "production",
    context: app,
    entry: "./main.js",
    // Not `outputModule`, an experiment of webpack's: there a worker's entry waits for a chunk that is never made.
    output: { path: join(app, "out"), filename: "[name].js", publicPath: "/" },
    performance: { hints: false },
  });
  const stats = await new Promise<webpack.Stats | undefined>((resolve, reject) =>
    compiler.run((error, result) => (error ? reject(error) : resolve(result))),
  );
  expect(stats?.toJson({ all: false, errors: true }).errors).toEqual([]);
}

/** Serves the folder, opens it and compares its numbers with Node's. */
async function check(site: string, isolation: boolean): Promise<void> {
  if (browser === undefined) return;
  await copyFile(sample, join(site, "sample.tif"));
  const server = await startRangeServer({ folder: site, isolation });
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  try {
    await page.goto(`${server.url}/index.html`);
    const outcome = await page.evaluate(() => (globalThis as unknown as { outcome: Promise<Outcome> }).outcome);
    expect(errors).toEqual([]);
    expect(outcome.values).toEqual(expected);
    expect(outcome.arrow).toBeGreaterThan(500);
    expect(outcome.parquet).toBeGreaterThan(500);
  } finally {
    await page.close();
    await server.close();
  }
}
