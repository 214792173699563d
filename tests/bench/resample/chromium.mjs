// One job of ours in Chromium: chromium.mjs THREADS RASTER GRID METHODS. The raster is given as a file that the user chose.
// CPU and memory are those of all of Chromium's processes, from when the library is ready until the result is there.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../../../pkg-scripts/serve.mjs";

const [threads, raster, grid, methods] = process.argv.slice(2);
const definition = JSON.parse(existsSync(grid) ? readFileSync(grid, "utf8") : grid);
const isolation = Number(threads) > 1;
const site = await serve(fileURLToPath(new URL("../../../dist", import.meta.url)), { port: 0, isolation });
const profile = mkdtempSync(join(tmpdir(), "cogrid-bench-"));
const context = await chromium.launchPersistentContext(profile, {
  executablePath: process.env.CHROME ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
  ],
});
try {
  const page = await context.newPage();
  await page.route("**/bench.html", (route) =>
    route.fulfill({
      contentType: "text/html",
      body: '<!doctype html><title>bench</title><input type="file">',
      headers: isolation
        ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
        : {},
    }),
  );
  await page.goto(`${site.url}/bench.html`);
  await page.setInputFiles("input", raster);
  await page.evaluate(async (count) => {
    const { openWorkspace } = await import("/browser.js");
    globalThis.workspace = await openWorkspace({
      name: "bench",
      parallelWorkers: count,
      threads: count > 1 ? undefined : "off",
    });
  }, Number(threads));
  const before = usage();
  const wall = await page.evaluate(
    async ({ definition, names }) => {
      const started = performance.now();
      const [file] = document.querySelector("input").files;
      const options = { method: names, noCache: true, outlines: false };
      const table = await globalThis.workspace.resample(file, definition, options);
      globalThis.columns = names.map((name) => table.column(name));
      return (performance.now() - started) / 1000;
    },
    { definition, names: methods.split(",") },
  );
  const after = usage();
  const text = await page.evaluate(() => {
    const valued = globalThis.columns.map((column) => column.filter((value) => !Number.isNaN(value)));
    const sums = valued.map((values) => values.reduce((a, b) => a + b, 0));
    return `${globalThis.columns[0].length} cells, ${valued[0].length} with a value, sums [${sums.join(", ")}]`;
  });
  console.log(JSON.stringify({ startup: 0, cpu: after.cpu - before.cpu, wall, peak: after.peak, text }));
} finally {
  await context.close();
  await site.close();
  rmSync(profile, { recursive: true, force: true });
}

/** CPU seconds of this process's descendants, and the peak of the largest of them in MB. */
function usage() {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
        // The name, in brackets, may hold spaces.
        const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? "0";
        return [
          {
            pid: Number(pid),
            parent: Number(fields[1]),
            ticks: Number(fields[11]) + Number(fields[12]),
            peak: Number(peak),
          },
        ];
      } catch {
        return [];
      }
    });
  const ours = new Set([process.pid]);
  let size = 0;
  while (size !== ours.size) {
    size = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  ours.delete(process.pid);
  const descendants = processes.filter(({ pid }) => ours.has(pid));
  const ticks = descendants.reduce((sum, each) => sum + each.ticks, 0);
  return { cpu: ticks / 100, peak: Math.max(...descendants.map(({ peak }) => peak)) / 1024 };
}
