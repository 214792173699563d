import type { Feature, FeatureCollection, MultiPolygon, Polygon, Position } from "geojson";
import { cutPolygons } from "./antimeridian.js";
import type { Table } from "./table.js";
import type { Provenance } from "./types.js";

/** One cell's values; `null` for no value. */
export type CellJson = Record<string, number | null>;

/** A table as JSON. `cells` holds the cells, where the provenance has their number. */
export type TableJson = Omit<Provenance, "cells"> & { cells: Record<string, CellJson> };

type CellFeature = Feature<CellGeometry, CellJson>;
/** `null` for a cell without a place in longitude and latitude. */
export type CellGeometry = Polygon | MultiPolygon | null;
type Columns = readonly (readonly [name: string, values: Float64Array])[];

/** The CSV file, line by line, each with its end. */
export function* csvLines(table: Table): Generator<string> {
  const columns = columnsOf(table);
  yield `${["cell_id", ...columns.map(([name]) => name)].map(csvField).join(",")}\n`;
  for (const [i, id] of table.ids.entries()) {
    let line = csvField(id);
    for (const [, values] of columns) line += `,${finite(values[i]) ?? ""}`;
    yield `${line}\n`;
  }
}

/** The JSON file of {@link tableJson}, piece by piece. */
export function* jsonLines(table: Table): Generator<string> {
  const columns = columnsOf(table);
  const { cells: _, ...provenance } = table.provenance;
  yield `{"cells":{`;
  for (const [i, id] of table.ids.entries()) {
    yield `${i === 0 ? "\n" : ",\n"}${JSON.stringify(id)}:${JSON.stringify(cellJson(columns, i))}`;
  }
  const rest = JSON.stringify(provenance).slice(1);
  yield rest === "}" ? "\n}}\n" : `\n},${rest}\n`;
}

/** The GeoJSON file of {@link geoJson}, piece by piece. */
export function* geoJsonLines(table: Table): Generator<string> {
  const columns = columnsOf(table);
  yield `{"type":"FeatureCollection","features":[`;
  for (let i = 0; i < table.length; i++) {
    yield `${i === 0 ? "\n" : ",\n"}${JSON.stringify(feature(table, columns, i))}`;
  }
  yield `\n],"provenance":${JSON.stringify(table.provenance)}}\n`;
}

export function tableJson(table: Table): TableJson {
  const columns = columnsOf(table);
  const cells: Record<string, CellJson> = {};
  for (const [i, id] of table.ids.entries()) cells[id] = cellJson(columns, i);
  return { ...table.provenance, cells };
}

export function geoJson(table: Table): FeatureCollection<CellGeometry> & { provenance: Provenance } {
  const columns = columnsOf(table);
  const features: CellFeature[] = [];
  for (let i = 0; i < table.length; i++) features.push(feature(table, columns, i));
  return { type: "FeatureCollection", features, provenance: table.provenance };
}

/** The pieces as one string. */
export function joinLines(lines: Iterable<string>): string {
  let text = "";
  for (const line of lines) text += line;
  return text;
}

function columnsOf(table: Table): Columns {
  return [...table.methods, "confidence"].map((name) => [name, table.column(name)] as const);
}

function cellJson(columns: Columns, index: number): CellJson {
  const cell: CellJson = {};
  for (const [name, values] of columns) cell[name] = finite(values[index]);
  return cell;
}

function feature(table: Table, columns: Columns, index: number): CellFeature {
  const id = table.ids[index] as string;
  return { type: "Feature", id, properties: cellJson(columns, index), geometry: cellGeometry(table.rings(index)) };
}

/**
 * The shape of a cell from its rings: cut at the antimeridian (RFC 7946 §3.1.9), rings closed; `null` (RFC 7946 §3.2) of one
 * without a place.
 */
export function cellGeometry(rings: Position[][]): CellGeometry {
  const polygons = cutPolygons(rings);
  const [only] = polygons;
  if (only === undefined) return null;
  return polygons.length === 1
    ? { type: "Polygon", coordinates: only }
    : { type: "MultiPolygon", coordinates: polygons };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

// RFC 4180.
function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
