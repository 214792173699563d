import { readFile } from "node:fs/promises";
import { type Bounds, CogridError, type GridDefinition, type GridSummary, type ZoneFeatures } from "cogrid";
import { type Command, Option } from "commander";
import { bounds, positive, whole } from "./parse.js";

/** What `grid add` takes beside the name. */
export interface GridFlags {
  readonly type: GridDefinition["type"];
  readonly crs?: string;
  readonly cellSize?: number;
  readonly bounds?: Bounds;
  readonly boundsCrs?: string;
  readonly orientation?: "pointy" | "flat";
  readonly resolution?: number;
  readonly polygon?: string;
  readonly zones?: string;
  readonly idField?: string;
  readonly repair?: boolean;
}

/** The options of `grid add`. */
export function withGridOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--type <type>").choices(Object.keys(FLAGS) as GridDefinition["type"][]).makeOptionMandatory(),
    )
    .option("--crs <crs>", "EPSG:n, ESRI:n, a PROJ string or WKT; of zones, where their file doesn't say")
    .option("--cell-size <size>", "of squares and hexagons, in units of the CRS", positive)
    .option(
      "--bounds <minx,miny,maxx,maxy>",
      "area that squares and hexagons touch and H3 cells have their centre in",
      bounds,
    )
    .option("--bounds-crs <crs>", "CRS of the bounds (default: that of the grid)")
    .addOption(new Option("--orientation <orientation>", "of hexagons").choices(["pointy", "flat"]))
    .option("--resolution <r>", "of H3 cells, 0 to 15", whole(0))
    .option("--polygon <file.geojson>", "polygons that H3 cells have their centre in")
    .option("--zones <file.geojson>", "the zones: polygons with holes and parts")
    .option("--id-field <name>", "property that is a zone's id where it has none")
    .option("--repair", "mend zones that are no valid polygons instead of refusing them");
}

/**
 * The definition that the options of `grid add` make.
 *
 * @throws CogridError `usage.arguments`, `usage.zones_file`
 */
export async function definitionOf({ type, ...flags }: GridFlags): Promise<GridDefinition> {
  const { needs, takes } = FLAGS[type];
  for (const name of needs) {
    if (flags[name] === undefined) throw new CogridError("usage.arguments", `--type ${type} needs ${option(name)}`);
  }
  for (const name of Object.keys(flags) as Flag[]) {
    if (flags[name] !== undefined && !needs.includes(name) && !takes.includes(name))
      throw new CogridError("usage.arguments", `--type ${type} takes no ${option(name)}`);
  }
  if (type === "zones") {
    const { zones, ...rest } = flags;
    return { type, features: await geoJsonFile(zones as string), ...rest };
  }
  if (type === "h3") {
    const { polygon, ...rest } = flags;
    if (polygon === undefined && flags.bounds === undefined)
      throw new CogridError("usage.arguments", "--type h3 needs --bounds or --polygon");
    return {
      type,
      ...(polygon === undefined ? {} : { polygon: await geoJsonFile(polygon) }),
      ...rest,
    } as GridDefinition;
  }
  return { type, ...flags } as GridDefinition;
}

/** Type, and what else tells grids apart, for a list. */
export function gridColumns(grid: GridDefinition | GridSummary): unknown[] {
  if (grid.type === "h3") return [grid.type, "EPSG:4326", `resolution ${grid.resolution}`];
  if (grid.type === "zones") return [grid.type, grid.crs ?? "EPSG:4326", ""];
  return [grid.type, grid.crs, grid.cellSize];
}

type Flag = keyof Omit<GridFlags, "type">;

const LATTICE: readonly Flag[] = ["crs", "cellSize", "bounds"];

const FLAGS: Readonly<Record<GridDefinition["type"], { needs: readonly Flag[]; takes: readonly Flag[] }>> = {
  square: { needs: LATTICE, takes: ["boundsCrs"] },
  hexagon: { needs: LATTICE, takes: ["boundsCrs", "orientation"] },
  h3: { needs: ["resolution"], takes: ["bounds", "boundsCrs", "polygon"] },
  zones: { needs: ["zones"], takes: ["crs", "idField", "repair"] },
};

function option(name: Flag): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function geoJsonFile(path: string): Promise<ZoneFeatures> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    throw new CogridError("usage.zones_file", `${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.parse(text) as ZoneFeatures;
  } catch (error) {
    throw new CogridError("usage.zones_file", `${path} is not JSON: ${(error as Error).message}`, {
      cause: error,
      hint: "expected a GeoJSON FeatureCollection of polygons",
    });
  }
}
