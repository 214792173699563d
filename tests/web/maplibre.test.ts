import { afterEach, describe, expect, it, vi } from "vitest";
import { addCogridProtocol, type MapLibre, parseTileUrl } from "../../web/lib/maplibre.js";

afterEach(() => vi.unstubAllGlobals());

describe("parseTileUrl", () => {
  it("takes the source, the tile and the options apart", () => {
    expect(parseTileUrl("cogrid://my%20rain/3/4/5?band=2&min=-1.5&max=9&colormap=viridis&size=512")).toEqual({
      source: "my rain",
      z: 3,
      x: 4,
      y: 5,
      options: { band: 2, min: -1.5, max: 9, colormap: "viridis", size: 512 },
    });
  });

  it.each(["cogrid://a/1/2", "cogrid:///1/2/3", "http://a/1/2/3", "cogrid://a/1/2/3?min=low"])("refuses %s", (url) => {
    expect(() => parseTileUrl(url)).toThrow(expect.objectContaining({ code: "usage.tile_url" }));
  });
});

describe("addCogridProtocol", () => {
  it("draws tiles as bitmaps, and cancels them with the map's signal", async () => {
    const bitmap = {};
    vi.stubGlobal(
      "ImageData",
      class {
        constructor(
          readonly data: Uint8ClampedArray,
          readonly width: number,
        ) {}
      },
    );
    vi.stubGlobal(
      "createImageBitmap",
      vi.fn(async () => bitmap),
    );
    const loaders = new Map<string, Parameters<MapLibre["addProtocol"]>[1]>();
    const maplibre: MapLibre = {
      addProtocol: (scheme, load) => void loaders.set(scheme, load),
      removeProtocol: (scheme) => void loaders.delete(scheme),
    };
    const mapTile = vi.fn(async () => ({ rgba: new Uint8ClampedArray(16), size: 2, min: 0, max: 4 }));
    const remove = addCogridProtocol(maplibre, { mapTile });
    const controller = new AbortController();
    await expect(loaders.get("cogrid")?.({ url: "cogrid://s1/0/0/0?max=4" }, controller)).resolves.toEqual({
      data: bitmap,
    });
    expect(mapTile).toHaveBeenCalledExactlyOnceWith(
      "s1",
      0,
      0,
      0,
      expect.objectContaining({ max: 4, signal: controller.signal }),
    );
    remove();
    expect(loaders.size).toBe(0);
  });
});
