import type { FeatureCollection } from "geojson";
import { idsOf } from "./cell-ids.js";
import type { ResultChunk, ResultData } from "./engine.js";
import { CogridError } from "./errors.js";
import { arrowBytes } from "./table-arrow.js";
import { type CellGeometry, csvLines, geoJson, joinLines, type TableJson, tableJson } from "./table-export.js";
import { parquetBytes } from "./table-parquet.js";
import type { GridSummary, Provenance } from "./types.js";

/**
 * The values of a grid's cells, as columns.
 *
 * Row `i` is the same cell in `ids`, in every column and in `outline(i)`.
 */
export class Table {
  /** Number of cells. */
  readonly length: number;
  /** Names of the columns, in the order that was asked for; `confidence` is not among them. */
  readonly methods: readonly string[];
  /** The grid whose cells these are. */
  readonly grid: GridSummary;
  /** What the values were made from, and how. */
  readonly provenance: Provenance;
  readonly #chunks: readonly ResultChunk[];
  readonly #columns = new Map<string, Float64Array>();
  #ids: string[] | undefined;
  /** Number of cells before each chunk. */
  readonly #starts: number[] = [];

  constructor(data: ResultData) {
    this.#chunks = data.chunks;
    this.grid = data.grid;
    this.provenance = data.provenance;
    chunksByTable.set(this, data.chunks);
    this.methods = data.provenance.columns;
    let length = 0;
    for (const chunk of data.chunks) {
      this.#starts.push(length);
      length += chunk.confidence.length;
    }
    this.length = length;
  }

  /** The cells' ids, made on first use: `"i:j"` of a square, `"q:r"` of a hexagon, an H3 index, a zone's own. */
  get ids(): readonly string[] {
    this.#ids ??= makeIds(this.#chunks);
    return this.#ids;
  }

  /** 0–1 for every cell: the part of it, or of the kernel's weight, that valid pixels back. */
  get confidence(): Float64Array {
    return this.column("confidence");
  }

  /** Whether the outlines came along. */
  get hasOutlines(): boolean {
    return this.#chunks.every((chunk) => chunk.outlines !== undefined);
  }

  /**
   * Values of a method, or `confidence`, for every cell; `NaN` where there is no value. `mean` is `average` and
   * `majority` is `mode`, as in requests. Of several bands the columns are `b2_average` and the like.
   *
   * @throws CogridError `usage.column` when there is no such column.
   */
  column(wanted: string): Float64Array {
    const name = ALIASES.get(wanted) ?? wanted;
    const known = this.#columns.get(name);
    if (known !== undefined) return known;
    const column = new Float64Array(this.length);
    for (const [k, chunk] of this.#chunks.entries()) {
      const part = name === "confidence" ? chunk.confidence : own(chunk.columns, name);
      if (part === undefined) throw noColumn(name, this.methods);
      column.set(part, this.#starts[k]);
    }
    if (this.#chunks.length === 0 && name !== "confidence" && !this.methods.includes(name))
      throw noColumn(name, this.methods);
    this.#columns.set(name, column);
    return column;
  }

  /**
   * Longitude and latitude of every corner of cell `index`, counter-clockwise, the first not repeated: of a zone those of
   * its first outer ring, none where it has no place.
   *
   * An outline never jumps: that of a cell on the antimeridian goes on beyond ±180, that of a cell around a pole goes
   * along it.
   *
   * @throws CogridError `usage.outlines` when the outlines didn't come along, `usage.row` when there is no such cell.
   */
  outline(index: number): [lon: number, lat: number][] {
    return this.rings(index)[0] ?? [];
  }

  /**
   * Every ring of cell `index`, as {@link Table.outline}: outer rings counter-clockwise, each followed by its holes,
   * which run clockwise. Only zones have more than one.
   *
   * @throws CogridError as {@link Table.outline}
   */
  rings(index: number): [lon: number, lat: number][][] {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new CogridError("usage.row", `expected a row below ${this.length}, got ${index}`);
    }
    const k = this.#chunkOf(index);
    const chunk = this.#chunks[k] as ResultChunk;
    if (chunk.outlines === undefined) {
      throw new CogridError("usage.outlines", `the result of ${this.length} cells has no outlines`, {
        hint: "ask for them: resample(source, grid, { outlines: true })",
      });
    }
    return ringsOf(chunk, chunk.outlines, index - (this.#starts[k] ?? 0));
  }

  /**
   * A FeatureCollection in longitude and latitude: a polygon per cell with its id and values (`null` for none), cut at
   * the antimeridian; `provenance` as a foreign member.
   *
   * @throws CogridError `usage.outlines` when the outlines didn't come along.
   */
  toGeoJSON(): FeatureCollection<CellGeometry> & { provenance: Provenance } {
    return geoJson(this);
  }

  /** `cell_id,METHOD…,confidence`, a line a cell, an empty field for no value. */
  toCSV(): string {
    return joinLines(csvLines(this));
  }

  /** An Arrow IPC file: `cell_id`, a column a method, `confidence`; null for no value. */
  toArrow(): Uint8Array {
    return arrowBytes(this);
  }

  /**
   * A GeoParquet file: as {@link Table.toArrow}, with `geometry` in longitude and latitude (WKB), and the provenance
   * as `cogrid` among its metadata. Its writer is loaded when this is first called.
   *
   * @throws CogridError `usage.outlines` when the outlines didn't come along.
   */
  toParquet(): Promise<Uint8Array> {
    return parquetBytes(this);
  }

  /** The provenance, and under `cells` the values by cell id; `null` for no value. */
  toJSON(): TableJson {
    return tableJson(this);
  }

  #chunkOf(index: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** The chunks that a table is made of. */
export function chunksOf(table: Table): readonly ResultChunk[] {
  return chunksByTable.get(table) ?? [];
}

// What the package's other parts may see and its users may not.
const chunksByTable = new WeakMap<Table, readonly ResultChunk[]>();

function makeIds(chunks: readonly ResultChunk[]): string[] {
  const ids: string[] = [];
  for (const chunk of chunks) for (const id of idsOf(chunk)) ids.push(id);
  return ids;
}

function ringsOf(chunk: ResultChunk, outlines: Float64Array, cell: number): [lon: number, lat: number][][] {
  const { vertices, ringEnds, cellEnds } = chunk;
  if (vertices !== undefined) return [unrolled(ringOf(outlines, cell * vertices, (cell + 1) * vertices))];
  const rings: [number, number][][] = [];
  for (let k = cellEnds?.[cell - 1] ?? 0; k < (cellEnds?.[cell] ?? 0); k++)
    rings.push(ringOf(outlines, ringEnds?.[k - 1] ?? 0, ringEnds?.[k] ?? 0));
  return rings;
}

function ringOf(outlines: Float64Array, from: number, to: number): [lon: number, lat: number][] {
  const corners: [number, number][] = [];
  for (let i = from * 2; i < to * 2; i += 2) corners.push([outlines[i] ?? 0, outlines[i + 1] ?? 0]);
  return corners;
}

function unrolled(corners: [lon: number, lat: number][]): [lon: number, lat: number][] {
  let previous = corners[0]?.[0] ?? 0;
  for (const corner of corners) {
    corner[0] -= 360 * Math.round((corner[0] - previous) / 360);
    previous = corner[0];
  }
  return corners;
}

const ALIASES: ReadonlyMap<string, string> = new Map([
  ["mean", "average"],
  ["majority", "mode"],
]);

function own(columns: Readonly<Record<string, Float64Array>>, name: string): Float64Array | undefined {
  return Object.hasOwn(columns, name) ? columns[name] : undefined;
}

function noColumn(name: string, methods: readonly string[]): CogridError {
  return new CogridError("usage.column", `expected one of ${[...methods, "confidence"].join(", ")}, got "${name}"`);
}
