import type { MultiPolygon, Polygon, Position } from "geojson";
import type { Table } from "./table.js";
import { type CellGeometry, cellGeometry } from "./table-export.js";

/** The GeoParquet 1.1 file of a table: `cell_id`, a column a method, `confidence`, `geometry` in longitude and latitude. */
export async function parquetBytes(table: Table): Promise<Uint8Array> {
  const { parquetWriteBuffer } = await import("./vendor/parquet.js");
  const shapes = Array.from({ length: table.length }, (_, row) => cellGeometry(table.rings(row)));
  const numbers = [...table.methods, "confidence"].map((name) => ({
    name,
    data: Array.from(table.column(name), (value) => (Number.isFinite(value) ? value : null)),
    type: "DOUBLE" as const,
    nullable: true,
  }));
  const file = parquetWriteBuffer({
    columnData: [
      { name: "cell_id", data: [...table.ids], type: "STRING", nullable: false },
      ...numbers,
      { name: "geometry", data: shapes.map(wkbOrNull), type: "BYTE_ARRAY", nullable: true, statistics: false },
    ],
    kvMetadata: [
      { key: "geo", value: JSON.stringify(geoMetadata(shapes)) },
      { key: "cogrid", value: JSON.stringify(table.provenance) },
    ],
  });
  return new Uint8Array(file);
}

// Without `crs` coordinates are OGC:CRS84: longitude, latitude.
function geoMetadata(cells: readonly CellGeometry[]): object {
  const shapes = cells.filter((shape) => shape !== null);
  const bbox = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number];
  for (const shape of shapes) {
    for (const [lon = 0, lat = 0] of polygonsOf(shape).flat(2)) {
      bbox[0] = Math.min(bbox[0], lon);
      bbox[1] = Math.min(bbox[1], lat);
      bbox[2] = Math.max(bbox[2], lon);
      bbox[3] = Math.max(bbox[3], lat);
    }
  }
  const geometry = {
    encoding: "WKB",
    geometry_types: [...new Set(shapes.map(({ type }) => type))].sort(),
    orientation: "counterclockwise",
    ...(shapes.length === 0 ? {} : { bbox }),
  };
  return { version: "1.1.0", primary_column: "geometry", columns: { geometry } };
}

function wkbOrNull(shape: CellGeometry): Uint8Array | null {
  return shape === null ? null : wkb(shape);
}

/** Well-known binary, little-endian. */
function wkb(shape: Polygon | MultiPolygon): Uint8Array {
  const polygons = polygonsOf(shape);
  const isMulti = shape.type === "MultiPolygon";
  const points = polygons.flat(2).length;
  const rings = polygons.flat(1).length;
  const view = new DataView(new ArrayBuffer((isMulti ? 9 : 0) + polygons.length * 9 + rings * 4 + points * 16));
  let at = 0;
  const word = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const head = (type: number, count: number): void => {
    view.setUint8(at++, LITTLE_ENDIAN);
    word(type);
    word(count);
  };
  if (isMulti) head(MULTI_POLYGON, polygons.length);
  for (const polygon of polygons) {
    head(POLYGON, polygon.length);
    for (const ring of polygon) {
      word(ring.length);
      for (const [lon = 0, lat = 0] of ring) {
        view.setFloat64(at, lon, true);
        view.setFloat64(at + 8, lat, true);
        at += 16;
      }
    }
  }
  return new Uint8Array(view.buffer);
}

function polygonsOf(shape: Polygon | MultiPolygon): Position[][][] {
  return shape.type === "Polygon" ? [shape.coordinates] : shape.coordinates;
}

const LITTLE_ENDIAN = 1;
const POLYGON = 3;
const MULTI_POLYGON = 6;
