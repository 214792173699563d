import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { cellToBoundary, isValidCell } from "h3-js";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { cellsOf, download, launch, loadSample, run, type Visit, visit } from "./driver.js";

let browser: Browser;
const open: Visit[] = [];
const start = async (): Promise<Visit> => {
  const visited = await visit(browser, { isolation: false });
  open.push(visited);
  return visited;
};

beforeAll(async () => {
  browser = await launch();
}, 60_000);
afterEach(async () => {
  for (const visited of open.splice(0)) await visited.close();
});
afterAll(() => browser?.close());

const folder = new URL("../../build/screenshots/", import.meta.url).pathname;

describe("grids on the page", () => {
  it("averages on H3 cells, with the ids and outlines of h3-js", async () => {
    const { page, errors } = await start();
    await loadSample(page);
    await page.getByLabel("H3", { exact: true }).check();
    await page.getByLabel("Resolution").selectOption("2");
    await page.getByLabel("Average").check();
    await run(page);
    const cells = cellsOf(await download(page, "CSV"));
    expect(cells.size).toBeGreaterThan(1000);
    expect([...cells.keys()].every((id) => isValidCell(id))).toBe(true);
    const { features } = JSON.parse(await download(page, "GeoJSON"));
    const inside = features.find(({ geometry }: { geometry: { type: string } }) => geometry.type === "Polygon");
    const corners: [number, number][] = inside.geometry.coordinates[0].slice(0, -1);
    const expected = cellToBoundary(inside.id, true).slice(0, -1);
    expect(corners.length).toBe(expected.length);
    const rounded = (ring: readonly (readonly number[])[]) => ring.map((p) => p.map((n) => n.toFixed(7)).join()).sort();
    expect(rounded(corners)).toEqual(rounded(expected));
    await mkdir(folder, { recursive: true });
    await page.screenshot({ path: join(folder, "h3.png") });
    expect(errors).toEqual([]);
  });

  it("averages on a person's polygons, and opens the result again", async () => {
    const { page, errors } = await start();
    await loadSample(page);
    await page.getByLabel("Polygons", { exact: true }).check();
    const ring = (x: number, y: number, side: number) => [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
      [x, y],
    ];
    const features = [
      { id: "ring", coordinates: [ring(-10, 0, 40), ring(0, 10, 15)] },
      {
        id: "bay",
        coordinates: [
          [
            [-80, -30],
            [-40, -30],
            [-40, 5],
            [-60, -20],
            [-80, 5],
            [-80, -30],
          ],
        ],
      },
    ].map(({ id, coordinates }) => ({
      type: "Feature",
      id,
      properties: {},
      geometry: { type: "Polygon", coordinates },
    }));
    const collection = JSON.stringify({ type: "FeatureCollection", features });
    await page
      .locator('input[type=file][accept*="geojson"]')
      .setInputFiles({ name: "mine.geojson", mimeType: "application/geo+json", buffer: Buffer.from(collection) });
    await page.getByText("mine.geojson: 2 polygons").waitFor();
    await page.getByLabel("Average").check();
    await run(page);
    const cells = cellsOf(await download(page, "CSV"));
    expect([...cells.keys()]).toEqual(["ring", "bay"]);
    for (const { value } of cells.values()) expect(value).toBeGreaterThan(0);
    await page.screenshot({ path: join(folder, "zones.png") });
    await page.reload();
    await page.getByTestId("provenance").waitFor();
    expect(cellsOf(await download(page, "CSV"))).toEqual(cells);
    expect(errors).toEqual([]);
  });
});
