import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GridDefinition } from "cogrid";
import { rustToolchain } from "../../pkg-scripts/setup.mjs";
import { run } from "../../pkg-scripts/steps.mjs";

/** What the crate, built for this machine, computes: the CSV that the page downloads for the same request. */
export async function nativeCsv(raster: string, grid: GridDefinition, method: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "cogrid-native-"));
  try {
    const gridPath = join(folder, "grid.json");
    await writeFile(gridPath, JSON.stringify(grid));
    const { env } = await rustToolchain();
    await run("cargo", ["build", "--quiet", "--locked", "-p", "cogrid", "--example", "cells"], { env });
    const args = ["run", "--quiet", "--locked", "-p", "cogrid", "--example", "cells", "--", raster, gridPath, method];
    const output = await run("cargo", args, { env, capture: true });
    return output.slice(output.indexOf("cell_id,"));
  } finally {
    await rm(folder, { recursive: true });
  }
}
