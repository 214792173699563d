// One job of a JavaScript peer, in a process of its own: peers.mjs PEER RASTER POLYGONS|GRID_JSON. Prints what peers.py prints.
import { readFileSync } from "node:fs";

// EPSG:6933, cylindrical equal area on WGS 84 with true scale at 30°.
const E = Math.sqrt(0.0066943799901413165);
const K0 = Math.cos(Math.PI / 6) / Math.sqrt(1 - (E * Math.sin(Math.PI / 6)) ** 2);
const LON_TO_X = (6378137 * K0 * Math.PI) / 180;
const Y_SCALE = 6378137 / (2 * K0);

const [peer, raster, argument] = process.argv.slice(2);
const work = await { geoblaze, "geotiff.js average": averages, "geotiff.js bilinear": bilinear }[peer](
  raster,
  argument,
);
const { user, system } = process.cpuUsage();
const startup = { startup: (user + system) / 1e6, startup_wall: process.uptime() };
const values = await work();
const valued = values.filter((value) => value !== undefined && !Number.isNaN(value));
const sum = valued.reduce((a, b) => a + b, 0);
console.log(
  JSON.stringify({ ...startup, text: `${values.length} cells, ${valued.length} with a value, sums [${sum}]` }),
);
process.exit();

/** Means of polygons; `raster` is a URL, as from a file it reads everything first. */
async function geoblaze(url, polygons) {
  const { default: library } = await import("geoblaze");
  const { features } = JSON.parse(readFileSync(polygons, "utf8"));
  return async () => {
    const georaster = await library.parse(url);
    const means = [];
    for (const feature of features) {
      // A polygon without a valid pixel is thrown as a text.
      means.push(
        await Promise.resolve(library.mean(georaster, feature)).then(
          ([mean]) => mean,
          () => NaN,
        ),
      );
    }
    return means;
  };
}

/** Means of the pixels whose centres lie in each square: a loop as written by hand. */
async function averages(file, gridJson) {
  const { fromFile } = await import("geotiff");
  const grid = JSON.parse(gridJson);
  return async () => {
    const { values, window, nodata, originX, originY, sizeX, sizeY } = await pixels(fromFile, file, grid);
    const { columns, rows, left, top } = lattice(grid);
    const [sums, counts] = [new Float64Array(columns * rows), new Float64Array(columns * rows)];
    const width = window[2] - window[0];
    const cellColumns = Int32Array.from({ length: width }, (_, k) => {
      const lon = originX + (window[0] + k + 0.5) * sizeX;
      return Math.floor((LON_TO_X * lon) / grid.cellSize) - left;
    });
    for (let row = window[1]; row < window[3]; row++) {
      const cellRow = top - Math.floor(yOf(originY + (row + 0.5) * sizeY) / grid.cellSize);
      if (cellRow < 0 || cellRow >= rows) continue;
      const [from, to] = [(row - window[1]) * width, cellRow * columns];
      for (let k = 0; k < width; k++) {
        const value = values[from + k];
        const column = cellColumns[k];
        if (value === nodata || column < 0 || column >= columns) continue;
        sums[to + column] += value;
        counts[to + column] += 1;
      }
    }
    return sums.map((sum, k) => sum / counts[k]);
  };
}

/** Bilinear at each square's centre, nodata left out. */
async function bilinear(file, gridJson) {
  const { fromFile } = await import("geotiff");
  const grid = JSON.parse(gridJson);
  return async () => {
    const { values, window, nodata, originX, originY, sizeX, sizeY } = await pixels(fromFile, file, grid);
    const { columns, rows, left, top } = lattice(grid);
    const result = new Float64Array(columns * rows).fill(NaN);
    const [width, height] = [window[2] - window[0], window[3] - window[1]];
    for (let j = 0; j < rows; j++) {
      const v = (latOf((top - j + 0.5) * grid.cellSize) - originY) / sizeY - window[1] - 0.5;
      const row = Math.floor(v);
      for (let i = 0; i < columns; i++) {
        const u = (((left + i + 0.5) * grid.cellSize) / LON_TO_X - originX) / sizeX - window[0] - 0.5;
        const column = Math.floor(u);
        let [sum, weight] = [0, 0];
        for (let dy = 0; dy < 2; dy++) {
          for (let dx = 0; dx < 2; dx++) {
            if (row + dy < 0 || row + dy >= height || column + dx < 0 || column + dx >= width) continue;
            const value = values[(row + dy) * width + column + dx];
            if (value === nodata) continue;
            const w = (dy ? v - row : 1 - v + row) * (dx ? u - column : 1 - u + column);
            sum += w * value;
            weight += w;
          }
        }
        result[j * columns + i] = weight > 1e-6 ? sum / weight : NaN;
      }
    }
    return result;
  };
}

/** The pixels under a grid's bounds and one around them. */
async function pixels(fromFile, file, grid) {
  const image = await (await fromFile(file)).getImage();
  const [originX, originY] = image.getOrigin();
  const [sizeX, sizeY] = image.getResolution();
  const [x0, y0, x1, y1] = grid.bounds;
  const column = (x) => (x / LON_TO_X - originX) / sizeX;
  const row = (y) => (latOf(y) - originY) / sizeY;
  const window = [
    Math.max(0, Math.floor(column(x0)) - 1),
    Math.max(0, Math.floor(row(y1)) - 1),
    Math.min(image.getWidth(), Math.ceil(column(x1)) + 1),
    Math.min(image.getHeight(), Math.ceil(row(y0)) + 1),
  ];
  const [values] = await image.readRasters({ window, samples: [0] });
  return { values, window, nodata: image.getGDALNoData(), originX, originY, sizeX, sizeY };
}

function lattice({ cellSize, bounds: [x0, y0, x1, y1] }) {
  const [left, top] = [Math.floor(x0 / cellSize), Math.ceil(y1 / cellSize) - 1];
  return { left, top, columns: Math.ceil(x1 / cellSize) - left, rows: top - Math.floor(y0 / cellSize) + 1 };
}

function q(sine) {
  return (1 - E * E) * (sine / (1 - (E * sine) ** 2) - Math.log((1 - E * sine) / (1 + E * sine)) / (2 * E));
}

function yOf(lat) {
  return Y_SCALE * q(Math.sin((lat * Math.PI) / 180));
}

/** By Newton's method on the sine: a dozen steps for a row of cells cost nothing. */
function latOf(y) {
  const wanted = y / Y_SCALE;
  let sine = Math.max(-1, Math.min(1, wanted / 2));
  for (let step = 0; step < 12; step++) {
    sine -= ((q(sine) - wanted) * (1 - (E * sine) ** 2) ** 2) / (2 * (1 - E * E));
    sine = Math.max(-1, Math.min(1, sine));
  }
  return (Math.asin(sine) * 180) / Math.PI;
}
