import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tableFromIPC } from "@uwdata/flechette";
import { polygonToCells } from "h3-js";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRangeServer } from "../server/range-server.mjs";
import { tinyTiff } from "../support/tiny-tiff.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cogrid-command-"));
const path = join(folder, "tiny.tif");
writeFileSync(path, tinyTiff());
const gridPath = join(folder, "grid.json");
writeFileSync(
  gridPath,
  JSON.stringify({ type: "square", crs: "EPSG:4326", cellSize: 2, bounds: [0.5, 0.5, 3.5, 3.5] }),
);

let server: Awaited<ReturnType<typeof startRangeServer>>;
beforeAll(async () => {
  server = await startRangeServer({ files: { "/tiny.tif": tinyTiff() } });
});
afterAll(() => server.close());

// Asynchronous: the server that is read from runs in this process.
function cogrid(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    const options = { cwd: folder, env: { ...process.env, COGRID_WORKSPACE: "" } };
    execFile(process.execPath, [cli, ...args], options, (error, out, err) =>
      resolve({ status: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

async function json(...args: string[]): Promise<unknown> {
  const { out, status, err } = await cogrid(...args, "--json");
  expect({ status, err: status === 0 ? "" : err }).toEqual({ status: 0, err: "" });
  return JSON.parse(out);
}

describe("cogrid on a path", () => {
  it("tells what the file is, and leaves no workspace behind", async () => {
    expect(await json("info", path)).toMatchObject({
      width: 32,
      height: 16,
      bands: 1,
      dtype: "int16",
      nodata: -9999,
      crs: "EPSG:4326",
      geotransform: [0, 1, 0, 16, 0, -1],
      bbox: [0, 0, 32, 16],
      tileWidth: 16,
      tileHeight: 16,
      compression: "none",
      predictor: 1,
      overviews: [],
      masks: 0,
    });
    expect(existsSync(join(folder, ".cogrid"))).toBe(false);
  });

  it("says nothing on stderr when all is well", async () => {
    expect((await cogrid("info", path)).err).toBe("");
  });

  it("computes exact statistics", async () => {
    const stats = (await json("stats", path)) as Record<string, number>;
    expect(stats).toMatchObject({ min: 1, max: 511, mean: 256, count: 511 });
    expect(stats.stdev).toBeCloseTo(147.51271131669, 10);
  });

  it("computes modes and quantiles over pixels that weigh by their area", async () => {
    const methods = "mode,quantile(0.25),sum,count";
    const { out } = await cogrid("resample", path, gridPath, "--method", methods, "--weights", "area");
    const [header, first] = out.split("\n");
    expect(header).toBe("cell_id,mode,quantile(0.25),sum,count,confidence");
    const [, mode, quartile, sum, count] = (first ?? "").split(",").map(Number);
    expect(count).toBe(4);
    expect(mode).toBeGreaterThanOrEqual(quartile as number);
    // Four pixels of a degree near the equator are 4 × 1.23e10 m².
    expect((sum as number) / (quartile as number)).toBeGreaterThan(4 * 1.2e10);
  });

  it("says which bands there are", async () => {
    const { status, err } = await cogrid("resample", path, gridPath, "--band", "1,9");
    expect(status).not.toBe(0);
    expect(err).toContain("error[usage.band]");
    expect(err).toContain("expected a band from 1 to 1, got 9");
  });

  it("reads samples in the file's type", async () => {
    const output = join(folder, "window.npy");
    expect(await json("read", path, "--band", "1", "--window", "15,0,18,2", "--output", output)).toEqual({
      output,
      dtype: "int16",
      shape: [2, 3],
    });
    const bytes = readFileSync(output);
    expect(bytes.subarray(0, 128).toString("latin1")).toContain(
      "'descr': '<i2', 'fortran_order': False, 'shape': (2, 3)",
    );
    expect([...new Int16Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + 140))]).toEqual([
      15, 16, 17, 47, 48, 49,
    ]);
    expect(await json("read", path, "--output", output)).toEqual({ output, dtype: "int16", shape: [1, 16, 32] });
  });

  it("resamples to every kind of file", async () => {
    const csv = join(folder, "r.csv");
    await json("resample", path, gridPath, "--method", "average", "--no-cache", "--output", csv);
    const [head, ...rows] = readFileSync(csv, "utf8").trimEnd().split("\n");
    expect(head).toBe("cell_id,average,confidence");
    expect(rows.sort()).toEqual(["0:0,464.5,1", "0:1,400.5,1", "1:0,466.5,1", "1:1,402.5,1"]);

    const file = join(folder, "r.json");
    await json("resample", path, gridPath, "--method", "average,nearest", "--output", file);
    const document = JSON.parse(readFileSync(file, "utf8"));
    expect(document.cells["1:1"]).toMatchObject({ average: 402.5, confidence: 1 });
    expect(document).toMatchObject({ level: 0, band: 1, methods: ["average", "nearest"] });

    const geojson = join(folder, "r.geojson");
    await json("resample", path, gridPath, "--method", "average", "--output", geojson);
    const collection = JSON.parse(readFileSync(geojson, "utf8"));
    const cell = collection.features.find(({ id }: { id: string }) => id === "1:0");
    expect(cell.properties).toEqual({ average: 466.5, confidence: 1 });
    const ring: [number, number][] = cell.geometry.coordinates[0];
    expect(ring[0]).toEqual(ring.at(-1));
    expect(
      ring
        .slice(1)
        .map((corner) => corner.map((n) => Math.round(n * 1e9) / 1e9).join())
        .sort(),
    ).toEqual(["2,0", "2,2", "4,0", "4,2"]);
  });

  it("resamples to H3 cells and to zones", async () => {
    const h3 = join(folder, "h3.json");
    writeFileSync(h3, JSON.stringify({ type: "h3", resolution: 4, bounds: [2, 2, 6, 6] }));
    const { cells } = (await json("resample", path, h3, "--method", "average")) as {
      cells: Record<string, { average: number; confidence: number }>;
    };
    const expected = polygonToCells(
      [
        [
          [2, 2],
          [2, 6],
          [6, 6],
          [6, 2],
        ],
      ],
      4,
    );
    expect(Object.keys(cells).sort()).toEqual(expected.sort());
    for (const cell of Object.values(cells)) expect(cell.confidence).toBeCloseTo(1, 6);

    const zones = join(folder, "zones.json");
    const ring = (x: number, y: number, side: number) => [
      [x, y],
      [x + side, y],
      [x + side, y + side],
      [x, y + side],
      [x, y],
    ];
    const feature = (name: string, ...coordinates: number[][][]) => ({
      type: "Feature",
      properties: { name },
      geometry: { type: "Polygon", coordinates },
    });
    const features = [feature("whole", ring(0, 0, 4)), feature("ring", ring(0, 0, 4), ring(1, 1, 2))];
    writeFileSync(
      zones,
      JSON.stringify({ type: "zones", idField: "name", features: { type: "FeatureCollection", features } }),
    );
    const geojson = join(folder, "zones.geojson");
    await json("resample", path, zones, "--method", "average,count", "--output", geojson);
    const collection = JSON.parse(readFileSync(geojson, "utf8"));
    expect(
      collection.features.map(({ id, properties }: { id: string; properties: object }) => [id, properties]),
    ).toEqual([
      ["whole", { average: 433.5, count: 16, confidence: 1 }],
      ["ring", { average: 433.5, count: 12, confidence: 1 }],
    ]);
    expect(collection.features[1].geometry.coordinates[1]).toHaveLength(5);
  });

  it("names a zone that is no polygon", async () => {
    const bow = join(folder, "bow.json");
    const coordinates = [
      [
        [0, 0],
        [2, 2],
        [2, 0],
        [0, 2],
        [0, 0],
      ],
    ];
    const features = [{ type: "Feature", id: "bow", geometry: { type: "Polygon", coordinates } }];
    writeFileSync(bow, JSON.stringify({ type: "zones", features: { type: "FeatureCollection", features } }));
    const { status, err } = await cogrid("resample", path, bow, "--method", "average");
    expect(status).toBe(2);
    expect(err).toContain('feature 0 ("bow") edges cross at (1, 1)');
  });

  it("writes Arrow and GeoParquet that other readers read", async () => {
    const arrow = join(folder, "r.arrow");
    await json("resample", path, gridPath, "--method", "average", "--output", arrow);
    const rows = tableFromIPC(readFileSync(arrow)).toArray();
    expect(rows.sort((a, b) => a.cell_id.localeCompare(b.cell_id))).toEqual([
      { cell_id: "0:0", average: 464.5, confidence: 1 },
      { cell_id: "0:1", average: 400.5, confidence: 1 },
      { cell_id: "1:0", average: 466.5, confidence: 1 },
      { cell_id: "1:1", average: 402.5, confidence: 1 },
    ]);
    const parquet = join(folder, "r.parquet");
    await json("resample", path, gridPath, "--method", "average", "--output", parquet);
    const file = Uint8Array.from(readFileSync(parquet)).buffer;
    const cells = await parquetReadObjects({ file });
    expect(cells.find(({ cell_id }) => cell_id === "1:0")).toMatchObject({
      average: 466.5,
      geometry: { type: "Polygon" },
    });
  });

  it("writes a GeoTIFF of squares that it and GDAL read", async () => {
    const tif = join(folder, "r.tif");
    await json("resample", path, gridPath, "--method", "average", "--output", tif);
    expect(await json("info", tif)).toMatchObject({
      width: 2,
      height: 2,
      bands: 2,
      dtype: "float64",
      crs: "EPSG:4326",
      geotransform: [0, 2, 0, 4, 0, -2],
      bandDescriptions: ["average", "confidence"],
      layout: { LAYOUT: "IFDS_BEFORE_DATA" },
    });
    const output = join(folder, "r.npy");
    await json("read", tif, "--output", output);
    const bytes = readFileSync(output);
    const values = new Float64Array(bytes.buffer.slice(bytes.byteOffset + 128, bytes.byteOffset + bytes.length));
    expect([...values]).toEqual([400.5, 402.5, 464.5, 466.5, 1, 1, 1, 1]);
    const gdal = spawnSync("gdalinfo", ["-json", "-checksum", tif], { encoding: "utf8" });
    if (gdal.error !== undefined) return console.warn("no gdalinfo here: not compared with GDAL");
    expect(JSON.parse(gdal.stdout)).toMatchObject({
      size: [2, 2],
      geoTransform: [0, 2, 0, 4, 0, -2],
      metadata: { IMAGE_STRUCTURE: { LAYOUT: "COG" } },
      bands: [{ type: "Float64", description: "average" }, { description: "confidence" }],
    });
    const hexagons = join(folder, "hexagons.json");
    writeFileSync(
      hexagons,
      JSON.stringify({ type: "hexagon", crs: "EPSG:4326", cellSize: 2, bounds: [0.5, 0.5, 3.5, 3.5] }),
    );
    expect(await cogrid("resample", path, hexagons, "--method", "average", "--output", tif)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/^error\[usage\.output\]/),
    });
  });

  it("gives no value outside the raster", async () => {
    const outside = join(folder, "outside.json");
    writeFileSync(
      outside,
      JSON.stringify({ type: "square", crs: "EPSG:4326", cellSize: 2, bounds: [100.5, 0.5, 101, 1] }),
    );
    expect((await cogrid("resample", path, outside, "--method", "average")).out).toBe(
      "cell_id,average,confidence\n50:0,,0\n",
    );
    expect(((await json("resample", path, outside, "--method", "average")) as { cells: object }).cells).toEqual({
      "50:0": { average: null, confidence: 0 },
    });
  });

  it("explains without reading pixels", async () => {
    expect(await json("explain", path, gridPath, "--method", "average")).toMatchObject({ level: 0, cells: 4 });
  });
});

describe("cogrid with a workspace", () => {
  it("keeps sources, grids and results between runs", async () => {
    const place = ["--workspace", join(folder, "kept")];
    const url = `${server.url}/tiny.tif`;
    const id = (
      await cogrid("register", url, "--name", "tiny", "--units", "mm", "--meta", '{"year":2001}', ...place)
    ).out.trim();
    expect(id).not.toBe("");
    expect(await json("list", ...place)).toMatchObject([
      { id, name: "tiny", location: url, units: "mm", metadata: { year: 2001 } },
    ]);
    expect(await json("info", "tiny", ...place)).toMatchObject({ width: 32 });
    expect(await json("status", "--source", "tiny", ...place)).toMatchObject({ id, name: "tiny" });
    const grid = [
      "grid",
      "add",
      "--type",
      "square",
      "--crs",
      "EPSG:4326",
      "--cell-size",
      "2",
      "--bounds",
      "0.5,0.5,3.5,3.5",
      "--name",
      "two",
    ];
    expect((await cogrid(...grid, ...place)).out.trim()).not.toBe("");
    expect(await json("grid", "list", ...place)).toMatchObject([{ name: "two", cells: 4 }]);
    const ask = ["resample", "tiny", "two", "--method", "average", ...place];
    const first = await cogrid(...ask);
    server.clearLog();
    const second = (await json(...ask)) as { cells: object; cacheMisses: number };
    expect(second.cells).toMatchObject({ "0:0": { average: 464.5, confidence: 1 } });
    expect(second.cacheMisses).toBe(0);
    // The header may be looked at to see that the file is the same; blocks are not read again.
    expect(server.requestsOf("/tiny.tif").length).toBeLessThanOrEqual(1);
    expect(first.out.split("\n")).toHaveLength(6);
    // The same again is the same source; another one can't have its name.
    expect((await cogrid("register", url, "--name", "tiny", ...place)).out.trim()).toBe(id);
    expect(await cogrid("register", path, "--name", "tiny", ...place)).toMatchObject({
      status: 2,
      err: expect.stringMatching(/^error\[usage\.name_taken\]: /),
    });
  });

  it("finds a registered path again in a later run", async () => {
    const place = ["--workspace", join(folder, "paths")];
    await cogrid("register", "tiny.tif", "--name", "local", ...place);
    expect(await json("stats", "local", ...place)).toMatchObject({ count: 511 });
  });
});

describe("failures", () => {
  it("says what went wrong, and exits with 1", async () => {
    expect(await cogrid("info", `${server.url}/none.tif`)).toMatchObject({
      status: 1,
      out: "",
      err: expect.stringMatching(/^error\[source\.[a-z_]+\]: .*404/),
    });
    const { status, out } = await cogrid("info", join(folder, "none.tif"), "--json");
    expect(status).toBe(1);
    expect(JSON.parse(out)).toEqual({
      error: { code: expect.any(String), message: expect.any(String), hint: expect.any(String) },
    });
    writeFileSync(join(folder, "text.tif"), "no raster at all, only text");
    expect(await cogrid("info", join(folder, "text.tif"))).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^error\[format\.[a-z_]+\]/),
    });
  });

  it("exits with 2 on wrong usage", async () => {
    expect((await cogrid("resample", path, gridPath, "--method", "guess")).status).toBe(2);
    expect((await cogrid("nonsense")).status).toBe(2);
  });

  it("ends quietly when its reader goes away", () => {
    const { status, stderr } = spawnSync(
      "sh",
      ["-c", `"${process.execPath}" "${cli}" resample "${path}" "${gridPath}" --method average --no-cache | head -n 1`],
      { cwd: folder, encoding: "utf8" },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });
});
