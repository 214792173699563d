import { type CellGeometry, isWhole, mercatorX, mercatorY, ringsOf, verticesOf } from "./cell_geometry";

/** Finds the cell at a place. Built once per result, in time and memory proportional to its cells. */
export class CellIndex {
  readonly #geometry: CellGeometry;
  readonly #columns: number;
  readonly #rows: number;
  readonly #box: { minX: number; minY: number; maxX: number; maxY: number };
  /** Cells of bucket `b` are `#members[#starts[b]]` up to `#members[#starts[b + 1]]`. */
  readonly #starts: Uint32Array;
  readonly #members: Uint32Array;

  constructor(geometry: CellGeometry) {
    this.#geometry = geometry;
    this.#box = boxOf(geometry.positions, 0, geometry.positions.length);
    const across = Math.max(this.#box.maxX - this.#box.minX, Number.EPSILON);
    const down = Math.max(this.#box.maxY - this.#box.minY, Number.EPSILON);
    const buckets = Math.max(1, geometry.cellCount / CELLS_PER_BUCKET);
    this.#columns = clamp(Math.round(Math.sqrt((buckets * across) / down)), 1, MAX_BUCKETS_ACROSS);
    this.#rows = clamp(Math.round(buckets / this.#columns), 1, MAX_BUCKETS_ACROSS);

    const starts = new Uint32Array(this.#columns * this.#rows + 1);
    this.#visit((bucket) => {
      starts[bucket + 1] = (starts[bucket + 1] ?? 0) + 1;
    });
    for (let k = 1; k < starts.length; k++) starts[k] = (starts[k] ?? 0) + (starts[k - 1] ?? 0);
    const next = starts.slice();
    const members = new Uint32Array(starts[starts.length - 1] ?? 0);
    this.#visit((bucket, cell) => {
      const at = next[bucket] ?? 0;
      members[at] = cell;
      next[bucket] = at + 1;
    });
    this.#starts = starts;
    this.#members = members;
  }

  /** Position of the cell that holds the place (degrees), or null where there is none. */
  cellAt(lon: number, lat: number): number | null {
    const { origin } = this.#geometry;
    const wrapped = mercatorX(lon) - Math.floor(mercatorX(lon)) - origin[0];
    // A cell across the antimeridian may lie on either side of the world.
    for (const x of [wrapped, wrapped - 1, wrapped + 1]) {
      const cell = this.#cellAtPosition(x, mercatorY(lat) - origin[1]);
      if (cell !== null) return cell;
    }
    return null;
  }

  #cellAtPosition(x: number, y: number): number | null {
    const { minX, minY, maxX, maxY } = this.#box;
    if (!(x >= minX && x <= maxX && y >= minY && y <= maxY)) return null;
    const bucket = this.#row(y) * this.#columns + this.#column(x);
    for (let k = this.#starts[bucket] ?? 0; k < (this.#starts[bucket + 1] ?? 0); k++) {
      const cell = this.#members[k] ?? 0;
      if (isInside(this.#geometry, cell, x, y)) return cell;
    }
    return null;
  }

  #visit(see: (bucket: number, cell: number) => void): void {
    const { positions, cellCount } = this.#geometry;
    for (let cell = 0; cell < cellCount; cell++) {
      if (!isWhole(this.#geometry, cell)) continue;
      const [first, last] = verticesOf(this.#geometry, ...ringsOf(this.#geometry, cell));
      const box = boxOf(positions, first * 2, last * 2);
      for (let row = this.#row(box.minY); row <= this.#row(box.maxY); row++) {
        for (let column = this.#column(box.minX); column <= this.#column(box.maxX); column++) {
          see(row * this.#columns + column, cell);
        }
      }
    }
  }

  #column(x: number): number {
    const { minX, maxX } = this.#box;
    return clamp(Math.floor(((x - minX) / (maxX - minX)) * this.#columns), 0, this.#columns - 1);
  }

  #row(y: number): number {
    const { minY, maxY } = this.#box;
    return clamp(Math.floor(((y - minY) / (maxY - minY)) * this.#rows), 0, this.#rows - 1);
  }
}

const CELLS_PER_BUCKET = 2;
const MAX_BUCKETS_ACROSS = 2048;

function isInside(geometry: CellGeometry, cell: number, x: number, y: number): boolean {
  const { positions } = geometry;
  const [start, end] = ringsOf(geometry, cell);
  let inside = false;
  for (let ring = start; ring < end; ring++) {
    const [first, last] = verticesOf(geometry, ring, ring + 1);
    for (let k = first, before = last - 1; k < last; before = k++) {
      const x1 = positions[k * 2] ?? 0;
      const y1 = positions[k * 2 + 1] ?? 0;
      const x2 = positions[before * 2] ?? 0;
      const y2 = positions[before * 2 + 1] ?? 0;
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
    }
  }
  return inside;
}

function boxOf(positions: Float32Array, from: number, to: number) {
  const box = { minX: Infinity, minY: Infinity, maxX: -Infinity, maxY: -Infinity };
  for (let k = from; k < to; k += 2) {
    const x = positions[k] ?? 0;
    const y = positions[k + 1] ?? 0;
    if (x < box.minX) box.minX = x;
    if (x > box.maxX) box.maxX = x;
    if (y < box.minY) box.minY = y;
    if (y > box.maxY) box.maxY = y;
  }
  return box;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
