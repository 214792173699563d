import { CogridError } from "./errors.js";
import type { MapTileOptions } from "./types.js";
import type { Workspace } from "./workspace.js";

/** What the protocol needs of `maplibregl` (4 or newer). */
export interface MapLibre {
  addProtocol(
    scheme: string,
    load: (
      request: { readonly url: string; readonly type?: string | undefined },
      controller: AbortController,
    ) => Promise<{ data: ImageBitmap }>,
  ): void;
  removeProtocol(scheme: string): void;
}

/**
 * Makes MapLibre draw a workspace's sources: `cogrid://SOURCE/{z}/{x}/{y}?band=1&min=0&max=100&colormap=viridis`.
 *
 * SOURCE is an id or name, URI-encoded. The options are those of `workspace.mapTile`. Tiles that scroll out of view
 * are cancelled. Gives the function that takes the protocol out again.
 */
export function addCogridProtocol(maplibregl: MapLibre, workspace: Pick<Workspace, "mapTile">): () => void {
  maplibregl.addProtocol(SCHEME, async ({ url }, controller) => {
    const { source, z, x, y, options } = parseTileUrl(url);
    const { rgba, size } = await workspace.mapTile(source, z, x, y, { ...options, signal: controller.signal });
    const pixels = new Uint8ClampedArray(rgba.buffer as ArrayBuffer, rgba.byteOffset, rgba.byteLength);
    return { data: await createImageBitmap(new ImageData(pixels, size, size)) };
  });
  return () => maplibregl.removeProtocol(SCHEME);
}

/**
 * The parts of a tile's address.
 *
 * @throws CogridError `usage.tile_url`
 */
export function parseTileUrl(url: string): {
  source: string;
  z: number;
  x: number;
  y: number;
  options: MapTileOptions;
} {
  const match = /^cogrid:\/\/([^/?]+)\/(\d+)\/(\d+)\/(\d+)(?:\?(.*))?$/.exec(url);
  if (match === null) throw new CogridError("usage.tile_url", `expected cogrid://SOURCE/{z}/{x}/{y}, got ${url}`);
  const [, source = "", z, x, y, query = ""] = match;
  const params = new URLSearchParams(query);
  const number = (name: string): number | undefined => {
    const text = params.get(name);
    if (text === null || text === "") return undefined;
    const value = Number(text);
    if (!Number.isFinite(value))
      throw new CogridError("usage.tile_url", `expected a number for ${name}, got "${text}"`);
    return value;
  };
  return {
    source: decodeURIComponent(source),
    z: Number(z),
    x: Number(x),
    y: Number(y),
    options: {
      size: number("size"),
      band: number("band"),
      min: number("min"),
      max: number("max"),
      colormap: params.get("colormap") ?? undefined,
    },
  };
}

const SCHEME = "cogrid";
