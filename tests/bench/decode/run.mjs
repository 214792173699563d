// CPU seconds and MPix/s of decoding whole files: ours in wasm, geotiff.js, and GDAL where a Python with rasterio is.
//
//   npm run build
//   npm ci --prefix tests/bench/decode                       # geotiff.js
//   python3 -m venv venv && venv/bin/pip install rasterio scipy
//   venv/bin/python tests/bench/decode/make_rasters.py       # build/bench, 1.1 GB
//   node tests/bench/decode/run.mjs [--python venv/bin/python] [--runs 3] [--data build/bench] [FILE…]
//
// Every run is a process of its own, readers in turn; figures are medians, without the start of the process.
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: "string", default: "python3" },
    runs: { type: "string", default: "3" },
    data: { type: "string", default: "build/bench" },
  },
});
const folder = import.meta.dirname;
const readers = {
  "cogrid, wasm": (path) => [process.execPath, join(folder, "cogrid.mjs"), path, "1"],
  "cogrid, wasm, into": (path) => [process.execPath, join(folder, "cogrid.mjs"), path, "1", "same"],
  "cogrid, 2 threads": (path) => [process.execPath, join(folder, "cogrid.mjs"), path, "2"],
  "cogrid, Chromium": (path) => [process.execPath, join(folder, "chromium.mjs"), "1", path],
  "cogrid, Chromium, 2": (path) => [process.execPath, join(folder, "chromium.mjs"), "2", path],
  "geotiff.js": (path) => [process.execPath, join(folder, "geotiff.mjs"), path],
  "geotiff.js, Chromium": (path) => [process.execPath, join(folder, "chromium-geotiff.mjs"), path],
  "GDAL 1 thread": (path) => [values.python, join(folder, "gdal.py"), path, "1"],
  "GDAL 2 threads": (path) => [values.python, join(folder, "gdal.py"), path, "2"],
};
/** CPU of geotiff.js over ours at least; ours over GDAL's at most. */
const bars = {
  f32_deflate3: { faster: 5, slower: 1.6 },
  f32_zstd3: { faster: 5, slower: 1.6 },
  u16_deflate2: { slower: 1.6 },
  u16_lzw2: { faster: 8, slower: 1.6 },
  u16_zstd2: { faster: 5, slower: 1.6 },
  rgb_jpeg: { faster: 5 },
};

const names = positionals.length > 0 ? positionals : readdirSync(values.data).filter((name) => name.endsWith(".tif"));
for (const name of names.sort()) {
  const path = name.includes("/") ? name : join(values.data, name);
  const pixels = sizeOf(path);
  const medians = {};
  const samples = Object.fromEntries(Object.keys(readers).map((reader) => [reader, []]));
  for (let round = 0; round < Number(values.runs); round++) {
    for (const [reader, command] of Object.entries(readers)) {
      const [program, ...args] = command(path);
      try {
        const printed = execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
        samples[reader].push(JSON.parse(printed.trim().split("\n").at(-1)));
      } catch (error) {
        if (round === 0) console.log(`${name}: ${reader} left out: ${firstLine(error)}`);
      }
    }
  }
  for (const [reader, runs] of Object.entries(samples)) {
    if (runs.length === 0) continue;
    const [wall, cpu] = [median(runs, "wall"), median(runs, "cpu")];
    medians[reader] = cpu;
    const speed = (pixels / 1e6 / cpu).toFixed(0).padStart(6);
    console.log(
      `${name.padEnd(20)} ${reader.padEnd(20)} ${cpu.toFixed(2)} CPU s  ${wall.toFixed(2)} s  ${speed} MPix/CPU s`,
    );
  }
  const ours = medians["cogrid, wasm"];
  const { faster, slower } = bars[name.replace(/\.tif$/, "")] ?? {};
  const isFaster = (ratio) => ratio >= faster;
  tell(name, "geotiff.js / ours", medians["geotiff.js"], ours, faster, isFaster);
  const [theirs, ourPage] = [medians["geotiff.js, Chromium"], medians["cogrid, Chromium"]];
  tell(name, "… same memory", medians["geotiff.js"], medians["cogrid, wasm, into"], faster, isFaster);
  tell(name, "… in Chromium", theirs, ourPage, faster, isFaster);
  tell(name, "ours / GDAL", ours, medians["GDAL 1 thread"], slower, (ratio) => ratio <= slower);
}

function tell(name, what, above, below, bar, isMet) {
  if (above === undefined || below === undefined) return;
  const ratio = above / below;
  const verdict = bar === undefined ? "" : `  (bar ${bar}: ${isMet(ratio) ? "met" : "MISSED"})`;
  console.log(`${name.padEnd(20)} ${what.padEnd(20)} ${ratio.toFixed(2)}${verdict}`);
}

/** Width × height from the file's first directory. */
function sizeOf(path) {
  const command = [join(folder, "..", "..", "..", "dist", "cli.js"), "info", path, "--json"];
  const { width, height } = JSON.parse(execFileSync(process.execPath, command, { encoding: "utf8" }));
  return width * height;
}

function median(runs, key) {
  const sorted = runs.map((run) => run[key]).sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

function firstLine(error) {
  const text = String(error.stderr || error.message).trim();
  return text.split("\n").find((line) => line.includes("Error")) ?? text.split("\n")[0];
}
