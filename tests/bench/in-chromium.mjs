// Our package in Chromium, with a raster given as a file that the user chose; for the benches.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../../pkg-scripts/serve.mjs";

/**
 * What `job` gives, run in a page where `workspace` and `file` are global and the library is ready: with CPU and wall
 * seconds, and the peak of the largest process in MB, of all of Chromium's processes while it ran.
 */
export async function inChromium(threads, raster, job, argument) {
  const isolation = threads > 1;
  const site = await serve(fileURLToPath(new URL("../../dist", import.meta.url)), { port: 0, isolation });
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
      globalThis.file = document.querySelector("input").files[0];
      globalThis.workspace = await openWorkspace({
        name: "bench",
        parallelWorkers: count,
        threads: count > 1 ? undefined : "off",
      });
    }, threads);
    const before = usage();
    const started = performance.now();
    const result = await page.evaluate(job, argument);
    const wall = (performance.now() - started) / 1000;
    const after = usage();
    return { result, wall, cpu: after.cpu - before.cpu, peak: after.peak };
  } finally {
    await context.close();
    await site.close();
    rmSync(profile, { recursive: true, force: true });
  }
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
