import type { Bounds, GridDefinition, Plan, SourceRecord, ZoneFeatures } from "cogrid";
import { inWords, problems } from "./problems.svelte";

/** A CRS on offer, in its own words. */
export interface CrsPreset {
  readonly code: string;
  readonly title: string;
  readonly unit: "m" | "°";
  /** What it can hold, in degrees: bounds beyond are cut. */
  readonly extent: Bounds;
}

export const CRS_PRESETS: readonly CrsPreset[] = [
  { code: "EPSG:6933", title: "Equal area (EPSG:6933)", unit: "m", extent: [-180, -90, 180, 90] },
  { code: "EPSG:3857", title: "Web Mercator (EPSG:3857)", unit: "m", extent: [-180, -85.05, 180, 85.05] },
  { code: "EPSG:4326", title: "Longitude, latitude (EPSG:4326)", unit: "°", extent: [-180, -90, 180, 90] },
];

/** More cells than this are not drawn, so the page does not make them. */
export const MAX_CELLS = 1_000_000;

/** The grid that the person describes, and what it would cost. */
class GridForm {
  type = $state<GridDefinition["type"]>("hexagon");
  /** Of H3 cells. */
  resolution = $state(4);
  /** The person's polygons, from a file. */
  zones = $state.raw<{ readonly name: string; readonly count: number; readonly features: ZoneFeatures } | null>(null);
  /** Whether zones that are no valid polygons are mended. */
  repair = $state(false);
  /** The code of a preset, or `custom`. */
  crsChoice = $state("EPSG:6933");
  customCrs = $state("");
  /** In `unit`; null while the field is empty. */
  size = $state<number | null>(250);
  unit = $state<"km" | "m" | "°" | "units">("km");
  extent = $state<"raster" | "view">("raster");
  /** The map's view in degrees. */
  view = $state.raw<Bounds>([-180, -85, 180, 85]);
  plan = $state.raw<Plan | null>(null);
  /** Why there is no plan. */
  objection = $state<string | null>(null);

  get preset(): CrsPreset | undefined {
    return CRS_PRESETS.find(({ code }) => code === this.crsChoice);
  }

  get crs(): string {
    const typed = this.customCrs.trim();
    return this.preset?.code ?? (/^\d+$/.test(typed) ? `EPSG:${typed}` : typed);
  }

  /** Units that the CRS allows for a cell size. */
  get units(): readonly ("km" | "m" | "°" | "units")[] {
    if (!this.preset) return ["units"];
    return this.preset.unit === "m" ? ["km", "m"] : ["°"];
  }

  /** In units of the CRS. */
  get cellSize(): number {
    return (this.size ?? Number.NaN) * (this.unit === "km" ? 1000 : 1);
  }

  /** What the form says so far as a grid; null while something is missing. */
  definition(source: SourceRecord | null): GridDefinition | null {
    if (!source) return null;
    if (this.type === "zones")
      return this.zones && { type: "zones", features: this.zones.features, repair: this.repair };
    if (this.type === "h3") return this.#h3(source);
    if (!(this.cellSize > 0) || this.crs === "") return null;
    const area = this.extent === "view" ? { bounds: this.view, crs: "EPSG:4326" } : areaOf(source);
    if (!area) return null;
    const limits = area.crs === "EPSG:4326" ? this.preset?.extent : undefined;
    return {
      type: this.type,
      crs: this.crs,
      cellSize: this.cellSize,
      bounds: limits ? intersection(area.bounds, limits) : area.bounds,
      boundsCrs: area.crs,
    };
  }

  #h3(source: SourceRecord): GridDefinition | null {
    const bounds = this.extent === "view" ? this.view : source.spatialExtent?.bounds;
    return bounds ? { type: "h3", resolution: this.resolution, bounds } : null;
  }

  /** Takes a GeoJSON file as zones. */
  async takeZones(file: File): Promise<void> {
    try {
      const features = JSON.parse(await file.text()) as ZoneFeatures;
      const count = features.type === "FeatureCollection" ? features.features.length : 1;
      this.zones = { name: file.name, count, features };
      this.type = "zones";
    } catch (error) {
      problems.report(`Could not read ${file.name} as GeoJSON`, error);
    }
  }

  chooseCrs(choice: string, source: SourceRecord | null): void {
    this.crsChoice = choice;
    const unit = this.units[0];
    if (unit && !this.units.includes(this.unit)) {
      this.unit = unit;
      if (source) this.suggestSize(source);
    }
  }

  /** A round cell size that gives some thousand cells over the raster. */
  suggestSize({ spatialExtent }: SourceRecord): void {
    const [west, south, east, north] = spatialExtent?.bounds ?? [-180, -90, 180, 90];
    const middle = ((south + north) / 2) * (Math.PI / 180);
    const areaSquareDegrees = (east - west + (east < west ? 360 : 0)) * (north - south);
    const sideDegrees = Math.sqrt(areaSquareDegrees / WANTED_CELLS);
    // A cell of resolution r has a seventh of the area of one of r − 1.
    const squareKm = (sideDegrees * METRES_PER_DEGREE * Math.sqrt(Math.cos(middle))) ** 2 / 1e6;
    this.resolution = Math.min(Math.max(Math.round(Math.log(H3_SQUARE_KM_0 / squareKm) / Math.log(7)), 0), 15);
    if (this.unit === "°") {
      this.size = roundSize(sideDegrees);
      return;
    }
    const sideMetres = sideDegrees * METRES_PER_DEGREE * Math.sqrt(Math.cos(middle));
    if (this.unit === "km" && sideMetres < 1000) this.unit = "m";
    this.size = roundSize(this.unit === "km" ? sideMetres / 1000 : sideMetres);
  }

  objectTo(error: unknown): void {
    const { message, hint } = inWords(error);
    this.plan = null;
    this.objection = hint ? `${message} ${hint}` : message;
  }
}

export const gridForm = new GridForm();

const WANTED_CELLS = 8000;
const METRES_PER_DEGREE = 111_000;
const H3_SQUARE_KM_0 = 4_357_449;

/** Mean area of an H3 cell, in words. */
export function h3Area(resolution: number): string {
  const squareKm = H3_SQUARE_KM_0 / 7 ** resolution;
  const [size, unit] = squareKm >= 0.1 ? [squareKm, "km²"] : [squareKm * 1e6, "m²"];
  return `${Number(size.toPrecision(2)).toLocaleString("en")} ${unit}`;
}

function roundSize(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const step = [5, 2.5, 2].find((factor) => factor * power <= size) ?? 1;
  return Number((step * power).toPrecision(3));
}

/** Where a raster lies: in its own CRS where that has a code, else in degrees. */
function areaOf({ crs, bbox, spatialExtent }: SourceRecord): { bounds: Bounds; crs: string } | null {
  if (bbox && crs && /^(EPSG|ESRI):\d+$/.test(crs)) return { bounds: bbox, crs };
  return spatialExtent && { bounds: spatialExtent.bounds, crs: "EPSG:4326" };
}

function intersection(a: Bounds, b: Bounds): Bounds {
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
}
