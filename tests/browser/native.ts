import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GridDefinition } from "cogrid";
import { rustToolchain } from "../../pkg-scripts/setup.mjs";
import { run } from "../../pkg-scripts/steps.mjs";
import { type CellValue, cellsOf } from "./driver.js";

/** What the crate, built for this machine, computes for the cells of a grid. */
export async function nativeCells(
  raster: string,
  grid: GridDefinition,
  method: string,
): Promise<Map<string, CellValue>> {
  const folder = await mkdtemp(join(tmpdir(), "cogrid-native-"));
  try {
    const cells = join(folder, "cells.csv");
    const { env } = await rustToolchain();
    const example = ["run", "--quiet", "--locked", "-p", "cogrid", "--example", "resample", "--"];
    await run("cargo", [...example, raster, JSON.stringify(grid), method], { env: { ...env, CELLS: cells } });
    return cellsOf(`cell_id,${method},confidence\n${await readFile(cells, "utf8")}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}
