import type { GridDefinition, GridSummary } from "cogrid";
import { formatCellSize, plural } from "../format";
import { CRS_PRESETS } from "../state/grid_form.svelte";

/** A grid in a few words. */
export function gridTitle(grid: GridSummary | GridDefinition): string {
  if (grid.type === "zones") return "zones" in grid ? plural(grid.zones, "polygon") : "polygons";
  if (grid.type === "h3") return `H3 cells of resolution ${grid.resolution}`;
  const unit = CRS_PRESETS.find(({ code }) => code === grid.crs)?.unit ?? "units";
  return `${grid.type === "hexagon" ? "hexagons" : "squares"} of ${formatCellSize(grid.cellSize, unit)}`;
}
