// How soon a job ends that nobody wants any more, in Node, by the package as built: cancel.mjs RASTER GRID METHODS [TIMES].
// The job is aborted at TIMES moments spread over how long it takes. Prints, in milliseconds, from abort to the error, and
// until no thread of the process works any more.
import { existsSync, readFileSync } from "node:fs";

const [raster, grid, methods, times = "12"] = process.argv.slice(2);
const QUIET_US = 2000;
const { openWorkspace } = await import(new URL("../../../dist/node.js", import.meta.url).href);
const definition = JSON.parse(existsSync(grid) ? readFileSync(grid, "utf8") : grid);
const workspace = await openWorkspace({ name: "bench" });

const whole = await timed(() => job());
console.log(`the job alone takes ${whole.toFixed(0)} ms`);
const waits = { error: [], "last work": [] };
for (let k = 0; k < Number(times); k++) {
  const abort = new AbortController();
  const running = job(abort.signal).then(
    () => "finished",
    (error) => error.name,
  );
  await new Promise((resolve) => setTimeout(resolve, (whole * (k + 0.5)) / Number(times)));
  const aborted = performance.now();
  abort.abort();
  const outcome = await running;
  if (outcome === "finished") continue;
  waits.error.push(performance.now() - aborted);
  waits["last work"].push((await quiet()) - aborted);
  if (outcome !== "AbortError") throw new Error(`expected AbortError, got ${outcome}`);
}
for (const [until, all] of Object.entries(waits)) {
  const sorted = all.toSorted((a, b) => a - b);
  const shown = [0.5, 1].map((share) => sorted[Math.ceil(share * sorted.length) - 1]?.toFixed(1));
  console.log(`from abort to the ${until}: median ${shown[0]} ms, longest ${shown[1]} ms, of ${all.length}`);
}
await workspace.close();

function job(signal) {
  return workspace.resample(raster, definition, { method: methods.split(","), noCache: true, outlines: false, signal });
}

/** When all threads have come to rest: the beginning of the first hundredth of a second without work. */
async function quiet() {
  for (;;) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await new Promise((resolve) => setTimeout(resolve, 10));
    const { user, system } = process.cpuUsage(before);
    if (user + system < QUIET_US) return start;
  }
}

async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
