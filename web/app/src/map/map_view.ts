import {
  addProtocol,
  type GeoJSONSource,
  type LngLatBoundsLike,
  Map as MapLibre,
  NavigationControl,
  removeProtocol,
  setWorkerUrl,
} from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url";
import "maplibre-gl/dist/maplibre-gl.css";
import type { Bounds } from "cogrid";
import type { Theme } from "../state/theme.svelte";
import { basemapStyle, emptyCollection, PALETTES } from "./basemap";
import { type CellGeometry, cellRings } from "./cell_geometry";
import { type CellAppearance, CellsLayer } from "./cells_layer";
import { loadLand } from "./land";
import type { pictureSource } from "./raster_tiles";

const RASTER = "raster";

/** Where the library adds its pictures of rasters. */
export const protocols = { addProtocol, removeProtocol };

/** The map and what the page puts on it, in one place that knows the map library. */
export class MapView {
  readonly map: MapLibre;
  readonly #ready: Promise<unknown>;
  #cells: CellsLayer | null = null;

  constructor(container: HTMLElement, theme: Theme) {
    setWorkerUrl(workerUrl);
    this.map = new MapLibre({
      container,
      style: basemapStyle(theme),
      center: [10, 25],
      zoom: 1.2,
      attributionControl: { compact: true },
      canvasContextAttributes: { antialias: hasGraphicsCard() },
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      fadeDuration: 120,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new NavigationControl({ showCompass: false }), "top-left");
    this.#ready = new Promise((resolve) => this.map.once("style.load", resolve));
    void this.#showLand();
  }

  async setTheme(theme: Theme): Promise<void> {
    await this.#ready;
    const palette = PALETTES[theme];
    this.map.setPaintProperty("sea", "background-color", palette.sea);
    this.map.setPaintProperty("land", "fill-color", palette.land);
    this.map.setPaintProperty("graticule", "line-color", palette.graticule);
    this.map.setPaintProperty("coast", "line-color", palette.coast);
  }

  /** Shows the raster's pictures; null takes them off. */
  async setRaster(source: ReturnType<typeof pictureSource> | null, opacity: number): Promise<void> {
    await this.#ready;
    if (this.map.getLayer(RASTER)) this.map.removeLayer(RASTER);
    if (this.map.getSource(RASTER)) this.map.removeSource(RASTER);
    if (!source) return;
    this.map.addSource(RASTER, source);
    this.map.addLayer(
      {
        id: RASTER,
        type: "raster",
        source: RASTER,
        paint: { "raster-opacity": opacity, "raster-resampling": "nearest" },
      },
      this.map.getLayer("cells") ? "cells" : "coast",
    );
  }

  setRasterOpacity(opacity: number): void {
    if (this.map.getLayer(RASTER)) this.map.setPaintProperty(RASTER, "raster-opacity", opacity);
  }

  /** Shows cells; null takes them off. */
  async setCells(
    cells: { geometry: CellGeometry; values: Float64Array; appearance: CellAppearance } | null,
  ): Promise<void> {
    await this.#ready;
    if (this.map.getLayer("cells")) this.map.removeLayer("cells");
    this.#cells = cells ? new CellsLayer(cells.geometry, cells.values, cells.appearance) : null;
    if (this.#cells) this.map.addLayer(this.#cells, "coast");
  }

  setAppearance(appearance: CellAppearance): void {
    this.#cells?.setAppearance(appearance);
  }

  /** Draws a line around one cell. */
  point(geometry: CellGeometry | null, cell: number | null): void {
    if (!this.map.getSource("pointed")) return;
    if (!geometry || cell === null) this.#setData("pointed", emptyCollection);
    else this.#setData("pointed", { type: "MultiLineString", coordinates: cellRings(geometry, cell) });
  }

  /** Moves so that the bounds (degrees) fill the view. */
  fit([west, south, east, north]: Bounds): void {
    const bounds: LngLatBoundsLike = [west, Math.max(south, -80), east, Math.min(north, 84)];
    this.map.fitBounds(bounds, { padding: 24, maxZoom: 12, duration: 500 });
  }

  /** The view in degrees, at most once around the world. */
  viewBounds(): Bounds {
    const bounds = this.map.getBounds();
    const [west, east] = [bounds.getWest(), bounds.getEast()];
    const isWholeWorld = east - west >= 360;
    return [
      isWholeWorld ? -180 : Math.max(west, -180),
      Math.max(bounds.getSouth(), -85),
      isWholeWorld ? 180 : Math.min(east, 180),
      Math.min(bounds.getNorth(), 85),
    ];
  }

  /** Calls back when a picture of the raster can't be had. */
  onPictureError(tell: (error: unknown) => void): void {
    this.map.on("error", (event) => {
      if ("sourceId" in event && event.sourceId === RASTER) tell(event.error);
    });
  }

  remove(): void {
    this.map.remove();
  }

  async #showLand(): Promise<void> {
    for await (const land of loadLand()) {
      await this.#ready;
      this.#setData("land", land);
    }
  }

  #setData(source: string, data: GeoJSON.GeoJSON): void {
    this.map.getSource<GeoJSONSource>(source)?.setData(data);
  }
}

/** Smooth edges cost a graphics card nothing, and a frame drawn without one five times as long (measured in Chromium). */
function hasGraphicsCard(): boolean {
  return document.createElement("canvas").getContext("webgl2", { failIfMajorPerformanceCaveat: true }) !== null;
}
