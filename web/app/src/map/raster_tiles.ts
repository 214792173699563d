import type { SourceRecord, Statistics } from "cogrid";
import type { RasterSourceSpecification } from "maplibre-gl";

/** Values of the first and the last colour of a raster's picture. */
export type Stretch = readonly [min: number, max: number];

/** Two standard deviations around the mean: a few extreme pixels do not flatten the rest. */
export function stretchOf({ min, max, mean, stdev }: Statistics): Stretch | null {
  if (min === null || max === null || mean === null || stdev === null) return null;
  return [Math.max(min, mean - 2 * stdev), Math.min(max, mean + 2 * stdev)];
}

/** The map's source for a raster, coloured from `min` to `max`; the pictures come by the library's own protocol. */
export function pictureSource(source: SourceRecord, [min, max]: Stretch, colormap: string): RasterSourceSpecification {
  const query = new URLSearchParams({ size: String(TILE_PX), min: String(min), max: String(max), colormap });
  return {
    type: "raster",
    tileSize: TILE_PX,
    tiles: [`cogrid://${encodeURIComponent(source.id)}/{z}/{x}/{y}?${query}`],
  };
}

const TILE_PX = 256;
