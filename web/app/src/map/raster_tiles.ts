import type { SourceRecord, Statistics, Workspace } from "cogrid";
import { addProtocol, type RasterSourceSpecification } from "maplibre-gl";

/** Values of the first and the last colour of a raster's picture. */
export type Stretch = readonly [min: number, max: number];

/** Two standard deviations around the mean: a few extreme pixels do not flatten the rest. */
export function stretchOf({ min, max, mean, stdev }: Statistics): Stretch | null {
  if (min === null || max === null || mean === null || stdev === null) return null;
  return [Math.max(min, mean - 2 * stdev), Math.min(max, mean + 2 * stdev)];
}

/** Lets the map ask the workspace for pictures of rasters. Once per page. */
export function servePictures(workspace: Workspace): void {
  addProtocol(SCHEME, async ({ url }, { signal }) => {
    const { pathname, searchParams } = new URL(url.replace(`${SCHEME}://`, "http://"));
    const [, id = "", z, x, y] = pathname.split("/");
    const tile = await workspace.mapTile(decodeURIComponent(id), Number(z), Number(x), Number(y), {
      size: TILE_PX,
      min: Number(searchParams.get("min")),
      max: Number(searchParams.get("max")),
      colormap: searchParams.get("colormap") ?? undefined,
      signal,
    });
    return { data: await createImageBitmap(new ImageData(new Uint8ClampedArray(tile.rgba), tile.size)) };
  });
}

/** The map's source for a raster, coloured from `min` to `max`. */
export function pictureSource(source: SourceRecord, [min, max]: Stretch, colormap: string): RasterSourceSpecification {
  const query = new URLSearchParams({ min: String(min), max: String(max), colormap });
  return {
    type: "raster",
    tileSize: TILE_PX,
    tiles: [`${SCHEME}://raster/${encodeURIComponent(source.id)}/{z}/{x}/{y}?${query}`],
  };
}

const SCHEME = "cogrid-picture";
const TILE_PX = 256;
