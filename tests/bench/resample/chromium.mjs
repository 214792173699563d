// One job of ours in Chromium: chromium.mjs THREADS RASTER GRID METHODS. Prints one JSON line.
import { existsSync, readFileSync } from "node:fs";
import { inChromium } from "../in-chromium.mjs";

const [threads, raster, grid, methods] = process.argv.slice(2);
const definition = JSON.parse(existsSync(grid) ? readFileSync(grid, "utf8") : grid);

const { result, ...figures } = await inChromium(Number(threads), raster, resample, {
  definition,
  names: methods.split(","),
});
console.log(JSON.stringify({ startup: 0, ...figures, text: result }));

/** Runs in the page. */
async function resample({ definition, names }) {
  const options = { method: names, noCache: true, outlines: false };
  const table = await globalThis.workspace.resample(globalThis.file, definition, options);
  const columns = names.map((name) => table.column(name));
  const valued = columns.map((column) => column.filter((value) => !Number.isNaN(value)));
  const sums = valued.map((values) => values.reduce((a, b) => a + b, 0));
  return `${columns[0].length} cells, ${valued[0].length} with a value, sums [${sums.join(", ")}]`;
}
