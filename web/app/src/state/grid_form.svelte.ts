import type { Bounds, DatasetInfo, GridDefinition, Plan } from "cogrid";
import { inWords } from "./problems.svelte";

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
  type = $state<"square" | "hexagon">("hexagon");
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
  definition(info: DatasetInfo | null): GridDefinition | null {
    if (!info || !(this.cellSize > 0) || this.crs === "") return null;
    const [bounds, boundsCrs] = this.extent === "view" ? [this.view, "EPSG:4326"] : [info.bbox, info.crs];
    if (!bounds || !boundsCrs) return null;
    const limits = boundsCrs === "EPSG:4326" ? this.preset?.extent : undefined;
    return {
      type: this.type,
      crs: this.crs,
      cellSize: this.cellSize,
      bounds: limits ? intersection(bounds, limits) : bounds,
      boundsCrs,
    };
  }

  chooseCrs(choice: string, info: DatasetInfo | null): void {
    this.crsChoice = choice;
    const unit = this.units[0];
    if (unit && !this.units.includes(this.unit)) {
      this.unit = unit;
      if (info) this.suggestSize(info);
    }
  }

  /** A round cell size that gives some thousand cells over the raster. */
  suggestSize(info: DatasetInfo): void {
    const across = info.bbox ? info.bbox[2] - info.bbox[0] : 360;
    const down = info.bbox ? info.bbox[3] - info.bbox[1] : 180;
    const sourceUnit = info.crs === "EPSG:4326" ? "°" : "m";
    const side = Math.sqrt((across * down) / WANTED_CELLS);
    const wanted = sourceUnit === "°" && this.unit !== "°" ? side * METRES_PER_DEGREE : side;
    const metres = sourceUnit === "m" && this.unit === "°" ? wanted / METRES_PER_DEGREE : wanted;
    this.size = roundSize(this.unit === "km" ? metres / 1000 : metres);
    if (this.unit === "km" && this.size < 1) {
      this.unit = "m";
      this.size = roundSize(metres);
    }
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

function roundSize(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size));
  const step = [5, 2.5, 2].find((factor) => factor * power <= size) ?? 1;
  return Number((step * power).toPrecision(3));
}

function intersection(a: Bounds, b: Bounds): Bounds {
  return [Math.max(a[0], b[0]), Math.max(a[1], b[1]), Math.min(a[2], b[2]), Math.min(a[3], b[3])];
}
