import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  appFolder,
  type CellValue,
  cellsOf,
  download,
  factsAreThere,
  launch,
  loadSample,
  quiet,
  run,
  samplePath,
  type Visit,
  type VisitOptions,
  visit,
} from "./driver.js";
import { nativeCells } from "./native.js";

/** What the page is asked for in the tests that compare numbers. */
const grid = {
  type: "hexagon",
  crs: "EPSG:6933",
  cellSize: 500_000,
  bounds: [-180, -90, 180, 90],
  boundsCrs: "EPSG:4326",
} as const;

let browser: Browser;
const open: Visit[] = [];
const start = async (options?: VisitOptions): Promise<Visit> => {
  const visited = await visit(browser, options);
  open.push(visited);
  return visited;
};

/** What the crate built for this machine computes for `grid`. */
let native: Map<string, CellValue>;

beforeAll(async () => {
  browser = await launch();
  native = await nativeCells(join(appFolder, samplePath), grid, "average");
}, 600_000);
afterEach(async () => {
  for (const visited of open.splice(0)) await visited.close();
});
afterAll(() => browser?.close());

async function averageOnHexagons(page: Page): Promise<string> {
  await loadSample(page);
  await page.getByLabel("Hexagons").check();
  await page.getByLabel("Average").check();
  await page.getByLabel(/^Cell size/).fill("500");
  await run(page);
  return download(page, "CSV");
}

describe("the page", () => {
  it("averages the sample on hexagons to the numbers of the native build, and has them after a reload", async () => {
    const { page, server, errors } = await start();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    const csv = await averageOnHexagons(page);
    const cells = cellsOf(csv);
    expect([...cells.keys()]).toEqual([...native.keys()]);
    let valued = 0;
    for (const [id, { value, confidence }] of native) {
      const shown = cells.get(id);
      expect(Number.isNaN(shown?.value), id).toBe(Number.isNaN(value));
      if (Number.isNaN(value)) continue;
      valued++;
      expect(Math.abs((shown?.value ?? 0) - value), id).toBeLessThanOrEqual(1e-9 * Math.abs(value));
      expect(shown?.confidence, id).toBeCloseTo(confidence, 9);
    }
    expect(valued).toBeGreaterThan(500);

    await page.reload();
    await factsAreThere(page);
    expect(await page.getByTestId("provenance").textContent()).toContain("0 bytes read");
    expect(await page.getByRole("list", { name: "Stored rasters" }).getByRole("listitem").count()).toBe(1);
    expect(await download(page, "CSV")).toBe(csv);

    await page.getByRole("button", { name: "Close the result" }).click();
    await quiet(server);
    server.clearLog();
    await page.getByRole("button", { name: /^Average, hexagons of 500 km/ }).click();
    await page.getByTestId("provenance").waitFor();
    expect(server.requestsOf(samplePath)).toEqual([]);
    expect(errors).toEqual([]);
  });

  it("gives the same bytes without cross-origin isolation", async () => {
    const isolated = await start();
    const plain = await start({ isolation: false });
    expect(await plain.page.evaluate(() => crossOriginIsolated)).toBe(false);
    const [expected, got] = [await averageOnHexagons(isolated.page), await averageOnHexagons(plain.page)];
    expect(got).toBe(expected);
    expect(plain.errors).toEqual([]);
  });

  it("opens a raster with one request, and reads no byte twice in a run", async () => {
    const { page, server } = await start();
    await loadSample(page);
    await quiet(server);
    const opening = server.requestsOf(samplePath);
    expect(opening.filter(({ range }) => range?.startsWith("bytes=0-"))).toHaveLength(1);
    server.clearLog();
    await run(page);
    const ranges = server
      .requestsOf(samplePath)
      .map(({ range }) => (range ?? "").replace("bytes=", "").split("-").map(Number));
    const sorted = ranges.toSorted(([a = 0], [b = 0]) => a - b);
    for (const [k, [from = 0]] of sorted.entries()) {
      if (k > 0) expect(from).toBeGreaterThan(sorted[k - 1]?.[1] ?? 0);
    }
  });

  it("shows value, confidence and id of the cell under the pointer, as the table has them", async () => {
    const { page } = await start();
    const cells = cellsOf(await averageOnHexagons(page));
    await page.waitForTimeout(600);
    // Central Africa: land in every picture of the sample.
    await page.mouse.move(380 + 470, 470);
    const tooltip = page.getByTestId("tooltip");
    await tooltip.waitFor();
    const [value = "", , id = ""] = (await tooltip.locator("p").allTextContents()).map((text) => text.trim());
    const cell = cells.get(id.replace("cell ", ""));
    expect(cell).toBeDefined();
    expect(Number.parseFloat(value.replaceAll(",", ""))).toBeCloseTo(cell?.value ?? Number.NaN, 0);
  });

  it("cancels a run and runs again", async () => {
    const { page, server, errors } = await start();
    await loadSample(page);
    await quiet(server);
    server.fault(samplePath, { kind: "stall" });
    await page.getByTestId("estimate").waitFor();
    await page.getByRole("button", { name: "Run" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Run" }).waitFor();
    expect(await page.getByText("Cancelled", { exact: true }).count()).toBe(1);
    expect(await page.getByRole("region", { name: "Problems" }).textContent()).toBe("");
    server.fault(samplePath, undefined);
    await run(page);
    expect(errors).toEqual([]);
  });

  it("says in words what is wrong with an address, and goes on", async () => {
    const { page, server } = await start();
    await page.getByLabel("Address of a GeoTIFF").fill(`${server.url}/nothing-here.tif`);
    await page.keyboard.press("Enter");
    const problems = page.getByRole("region", { name: "Problems" });
    await problems.getByText(/^Could not open .*nothing-here\.tif$/).waitFor();
    expect(await problems.textContent()).toMatch(/404|not found|does not exist/i);
    expect(await problems.textContent()).toContain("source.");
    await problems.getByRole("button", { name: /^Dismiss/ }).click();
    expect(await problems.textContent()).toBe("");
    await page.getByLabel("Address of a GeoTIFF").fill(`${server.url}/index.html`);
    await page.keyboard.press("Enter");
    await problems.getByText(/^Could not open .*index\.html$/).waitFor();
    expect(await problems.textContent()).toMatch(/format\./);
    await loadSample(page);
    await run(page);
  });

  it("objects to a grid that cannot be, in words, before it runs", async () => {
    const { page } = await start();
    await loadSample(page);
    await page.getByLabel("Coordinate system").selectOption("custom");
    await page.getByLabel("EPSG code, or a PROJ string").fill("999999");
    const objection = page.getByRole("alert");
    await objection.waitFor();
    expect(await objection.textContent()).toContain("999999");
    expect(await page.getByRole("button", { name: "Run" }).isDisabled()).toBe(true);
    await page.getByLabel("Coordinate system").selectOption("EPSG:3857");
    await page.getByTestId("estimate").waitFor();
    await run(page);
  });

  it("works off tasks over a reload, shows what failed, and tries again", async () => {
    const { page, server } = await start();
    await loadSample(page);
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByLabel("Hexagons").check();
    await page.getByLabel(/^Cell size/).fill("500");
    await page.getByTestId("estimate").waitFor();
    await page.getByRole("button", { name: "Add to the queue" }).click();
    const queue = page.getByTestId("queue");
    await queue.getByText("1 task to do").waitFor();
    await page.getByText("Waiting: the queue is paused").waitFor();

    // The raster is gone when the page comes back.
    server.fault(samplePath, { kind: "status", status: 404 });
    await page.reload();
    await page.getByText("Waiting: the queue is paused").waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await queue.getByText("1 failed").waitFor();
    const task = page.getByRole("list", { name: "Tasks" }).getByRole("listitem");
    expect(await task.textContent()).toMatch(/Average, hexagons of 500 km.*Failed.*404/s);

    server.fault(samplePath, undefined);
    await task.getByRole("button", { name: /^Retry/ }).click();
    await queue.getByText("0 tasks to do, 0 failed, 1 ended").waitFor();
    await page.getByRole("button", { name: /^Average, hexagons of 500 km/ }).waitFor();
  });

  it("removes rasters and results", async () => {
    const { page } = await start();
    await loadSample(page);
    await run(page);
    await page.getByRole("button", { name: /^Remove the result/ }).click();
    await page.getByText("What you compute is kept in this browser").waitFor();
    await page.getByRole("button", { name: /^Remove / }).click();
    await page.getByRole("button", { name: /^Load the sample.*precipitation/i }).waitFor();
    await page.reload();
    await page.getByRole("button", { name: /^Load the sample.*precipitation/i }).waitFor();
    expect(await page.getByRole("list", { name: "Stored rasters" }).count()).toBe(0);
  });

  it("can be worked by keyboard alone", async () => {
    const { page } = await start();
    const focused = (): Promise<string> =>
      page.evaluate(
        () => document.activeElement?.textContent?.trim() || document.activeElement?.getAttribute("aria-label") || "",
      );
    const tabTo = async (wanted: RegExp): Promise<void> => {
      for (let k = 0; k < 60; k++) {
        await page.keyboard.press("Tab");
        if (wanted.test(await focused())) return;
      }
      throw new Error(`no way to ${wanted} by Tab`);
    };
    await page.getByRole("button", { name: /^Load the sample.*precipitation/i }).waitFor();
    await tabTo(/^Load the sample/);
    await page.keyboard.press("Enter");
    await factsAreThere(page);
    await page.getByTestId("estimate").waitFor();
    await tabTo(/^Run$/);
    await page.keyboard.press("Enter");
    await page.getByTestId("provenance").waitFor();
    expect(await focused()).toBe("Run");
    await tabTo(/^Map\./);
    for (const key of ["ArrowLeft", "ArrowRight"]) {
      await page.keyboard.press(key);
      await page.waitForTimeout(500);
    }
    await page.getByTestId("tooltip").waitFor();
    await tabTo(/^Close the result$/);
    await page.keyboard.press("Enter");
    expect(await page.getByTestId("provenance").count()).toBe(0);
  });

  it("fits a phone", async () => {
    const { page } = await start({ width: 390, height: 844 });
    await averageOnHexagons(page);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it.each(["light", "dark"] as const)("has its picture taken, %s", async (colorScheme) => {
    const { page } = await start({ colorScheme, width: 1400, height: 900 });
    const folder = new URL("../../build/screenshots/", import.meta.url).pathname;
    await mkdir(folder, { recursive: true });
    await page.getByRole("button", { name: /^Load the sample.*precipitation/i }).waitFor();
    await page.waitForTimeout(3000);
    await page.screenshot({ path: join(folder, `${colorScheme}-start.png`) });
    await averageOnHexagons(page);
    await page.waitForTimeout(1000);
    await page.mouse.move(380 + 470, 470);
    await page.getByTestId("tooltip").waitFor();
    const path = join(folder, `${colorScheme}-result.png`);
    expect((await page.screenshot({ path })).length).toBeGreaterThan(50_000);
  });
});
