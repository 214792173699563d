// Our package in Chromium, with a raster given as a file that the user chose; for the benches.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { serve } from "../../pkg-scripts/serve.mjs";
import { usage } from "./processes.mjs";

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
