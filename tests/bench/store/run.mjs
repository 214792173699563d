// What the store costs in Chromium: `node tests/bench/store/run.mjs [RASTER]`, after `npm run build`. 640 000 cells are
// computed from a raster at the other end of a line of 40 Mbit/s and 40 ms (without RASTER: 4096 × 4096 samples of 16
// bits, 34 MB, uncompressed), asked for again in the same session and in a later one. CPU is that of all of Chromium's
// processes: page, engine, storage service.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../../../pkg-scripts/serve.mjs";
import { startRangeServer } from "../../server/range-server.mjs";
import { tiledTiff } from "../../support/tiny-tiff.ts";
import { usage } from "../processes.mjs";

const dist = fileURLToPath(new URL("../../../dist", import.meta.url));
const [path] = process.argv.slice(2);
const raster =
  path === undefined ? tiledTiff({ width: 4096, height: 4096, block: 512, scale: 51.2 }) : readFileSync(path);
const LINE = { latency: 40, downloadThroughput: 5_000_000, uploadThroughput: 5_000_000, offline: false };

const GRID = { type: "square", crs: "EPSG:4326", cellSize: 0.1, bounds: [0, 0, 80, 80] };
const CELLS = 640_000;
const ROUNDS = 3;

const rasters = await startRangeServer({ files: { "/raster.tif": raster } });
const site = await serve(dist, { port: 0, isolation: false });
const profile = mkdtempSync(join(tmpdir(), "cogrid-bench-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROME ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
});

/** A page with the workspace `name`, and its engine. */
async function session(name) {
  const page = await context.newPage();
  await page.route("**/bench.html", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html><title>bench</title>" }),
  );
  await page.goto(`${site.url}/bench.html`);
  const devtools = await context.newCDPSession(page);
  await devtools.send("Network.emulateNetworkConditions", LINE);
  await page.evaluate(async (name) => {
    const { openWorkspace } = await import("/browser.js");
    globalThis.workspace = await openWorkspace({ name, threads: "off" });
  }, name);
  return page;
}

/** One answer: wall and CPU seconds, bytes that the server sent meanwhile. */
async function ask(page, options = {}) {
  rasters.clearLog();
  const before = usage();
  const { wall, provenance, length } = await page.evaluate(
    async ({ url, grid, options }) => {
      const started = performance.now();
      const table = await globalThis.workspace.resample(url, grid, {
        method: "average",
        outlines: false,
        ...options,
      });
      table.column("average");
      return { wall: (performance.now() - started) / 1000, provenance: table.provenance, length: table.length };
    },
    { url: `${rasters.url}/raster.tif`, grid: GRID, options },
  );
  // The last commit may still be on its way to the disk.
  await new Promise((later) => setTimeout(later, 300));
  const cpu = usage().cpu - before.cpu;
  if (length !== CELLS) throw new Error(`expected ${CELLS} cells, got ${length}`);
  const sent = rasters.log.reduce((sum, { bytes }) => sum + bytes, 0);
  return { wall, cpu, sent, bytes: provenance.bytes, misses: provenance.cacheMisses };
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

try {
  const colds = [];
  const computed = [];
  const stored = [];
  const warms = [];
  const laters = [];
  for (let round = 0; round < ROUNDS; round++) {
    const name = `bench-${round}`;
    const page = await session(name);
    colds.push(await ask(page));
    warms.push(await ask(page));
    // Bytes are in memory now: computed once without and once with storing, what differs is the storing.
    computed.push(await ask(page, { noCache: true }));
    await page.evaluate(async () => {
      for (const result of await globalThis.workspace.results.list()) await globalThis.workspace.results.remove(result);
    });
    stored.push(await ask(page));
    await page.close();
    const later = await session(name);
    laters.push(await ask(later));
    await later.close();
  }
  const of = (asked, what) => median(asked.map((each) => each[what]));
  const writing = (what) => median(stored.map((each, k) => each[what] - computed[k][what]));
  const row = (title, figure, bar) => console.log(`${title.padEnd(58)} ${figure.padStart(12)}   ${bar}`);
  const seconds = (value) => `${value.toFixed(3)} s`;
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${path ?? "made-up raster"}; ${availableParallelism()} cores, load ${load}; medians of ${ROUNDS}`);
  row("first time, wall", seconds(of(colds, "wall")), "");
  row("bytes from the network", String(of(colds, "sent")), "");
  row("again, wall", seconds(of(warms, "wall")), "");
  row("again, against the first time", `${(of(colds, "wall") / of(warms, "wall")).toFixed(1)} ×`, "≥ 20 ×");
  row("again, bytes from the network", String(of(warms, "sent")), "0");
  row("again, CPU (read back, to the page)", seconds(of(warms, "cpu")), "< 0.3 s");
  row("in a later session, wall", seconds(of(laters, "wall")), "");
  row("in a later session, CPU", seconds(of(laters, "cpu")), "");
  row("in a later session, bytes (the header: is it the same file?)", String(of(laters, "sent")), "");
  row("storing, wall", seconds(writing("wall")), "< 1 s");
  row("storing, CPU", seconds(writing("cpu")), "< 1 s");
  if (warms.some(({ misses }) => misses > 0) || laters.some(({ misses }) => misses > 0)) {
    throw new Error("what was asked for again was computed again");
  }
} finally {
  await context.close();
  await site.close();
  await rasters.close();
  rmSync(profile, { recursive: true, force: true });
}
