import type { StyleSpecification } from "maplibre-gl";
import type { Theme } from "../state/theme.svelte";

/** Colours of the base map: quiet, so that the data is what one sees. */
export interface Palette {
  readonly sea: string;
  readonly land: string;
  readonly coast: string;
  readonly graticule: string;
}

export const PALETTES: Readonly<Record<Theme, Palette>> = {
  light: { sea: "#e3ebee", land: "#fbfbf8", coast: "#9fb0b4", graticule: "#d0dbdf" },
  dark: { sea: "#0d1315", land: "#20292c", coast: "#7b8e94", graticule: "#1a2327" },
};

/** Natural Earth's land with a graticule; everything comes from the page's own origin, without glyphs or sprites. */
export function basemapStyle(theme: Theme): StyleSpecification {
  const palette = PALETTES[theme];
  return {
    version: 8,
    sources: {
      land: { type: "geojson", data: emptyCollection, attribution: "Natural Earth" },
      graticule: { type: "geojson", data: graticule(15) },
      pointed: { type: "geojson", data: emptyCollection },
    },
    layers: [
      { id: "sea", type: "background", paint: { "background-color": palette.sea } },
      { id: "land", type: "fill", source: "land", paint: { "fill-color": palette.land } },
      {
        id: "graticule",
        type: "line",
        source: "graticule",
        paint: { "line-color": palette.graticule, "line-width": 0.75 },
      },
      // Rasters and cells are put between these two.
      { id: "coast", type: "line", source: "land", paint: { "line-color": palette.coast, "line-width": 0.75 } },
      // Dark and light together stand out from every colour of a ramp.
      { id: "pointed-casing", type: "line", source: "pointed", paint: { "line-color": "#14201e", "line-width": 5 } },
      { id: "pointed", type: "line", source: "pointed", paint: { "line-color": "#ffffff", "line-width": 2.5 } },
    ],
  };
}

export const emptyCollection: GeoJSON.FeatureCollection = { type: "FeatureCollection", features: [] };

function graticule(stepDeg: number): GeoJSON.GeoJSON {
  const lines: [number, number][][] = [];
  for (let lon = -180; lon <= 180; lon += stepDeg)
    lines.push([
      [lon, -85.05],
      [lon, 85.05],
    ]);
  for (let lat = -75; lat <= 75; lat += stepDeg)
    lines.push([
      [-180, lat],
      [180, lat],
    ]);
  return { type: "MultiLineString", coordinates: lines };
}
