// One job of ours in Node, one thread (several with COGRID_BENCH_THREADS=auto), by the package as built: wasm.mjs RASTER GRID METHODS [RUNS]. GRID is a grid's JSON or
// the path of one. Prints one JSON line: CPU and wall seconds of the job without Node's start and the loading of the wasm, and
// what came out. The job's first run holds the compiler's work on the wasm; with RUNS, `again` are the CPU seconds of further
// runs in the same process, nothing cached.
import { existsSync, readFileSync } from "node:fs";

const [raster, grid, methods, runs = "1"] = process.argv.slice(2);
const { openWorkspace } = await import(new URL("../../../dist/node.js", import.meta.url).href);
const definition = JSON.parse(existsSync(grid) ? readFileSync(grid, "utf8") : grid);
const workspace = await openWorkspace({ name: "bench", threads: process.env.COGRID_BENCH_THREADS ?? "off" });
const names = methods.split(",");
const startup = cpuSeconds();
const startupWall = process.uptime();
const columns = await job();
const told = { startup, cpu: cpuSeconds() - startup, wall: process.uptime() - startupWall, text: describe(columns) };
const again = [];
for (let run = 1; run < Number(runs); run++) {
  const before = cpuSeconds();
  await job();
  again.push(cpuSeconds() - before);
}
console.log(JSON.stringify({ ...told, again }));
await workspace.close();

async function job() {
  const table = await workspace.resample(raster, definition, { method: names, noCache: true, outlines: false });
  return names.map((name) => table.column(name));
}

function describe(columns) {
  const valued = columns.map((column) => column.filter((value) => !Number.isNaN(value)));
  const sums = valued.map((values) => values.reduce((a, b) => a + b, 0));
  return `${columns[0].length} cells, ${valued[0].length} with a value, sums [${sums.join(", ")}]`;
}

function cpuSeconds() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
