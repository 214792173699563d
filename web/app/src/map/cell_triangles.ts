import earcut from "earcut";
import { type CellGeometry, isWhole, ringsOf, verticesOf } from "./cell_geometry";

/** What is drawn of cells: triangles, then edges, as positions of vertices. */
export interface CellIndices {
  readonly all: Uint32Array;
  /** How many of `all` belong to triangles. */
  readonly triangleCount: number;
}

/** Triangles and edges of the cells that have a value and a place. */
export function cellIndices(geometry: CellGeometry, values: Float64Array): CellIndices {
  const drawn: number[] = [];
  const cut = new Map<number, readonly number[]>();
  let triangleCount = 0;
  let edgeCount = 0;
  for (let cell = 0; cell < geometry.cellCount; cell++) {
    if (Number.isNaN(values[cell]) || !isWhole(geometry, cell)) continue;
    drawn.push(cell);
    const [first, last] = verticesOf(geometry, ...ringsOf(geometry, cell));
    edgeCount += (last - first) * 2;
    if (isConvex(geometry, cell)) {
      triangleCount += (last - first - 2) * 3;
    } else {
      const triangles = trianglesOf(geometry, cell);
      cut.set(cell, triangles);
      triangleCount += triangles.length;
    }
  }
  const all = new Uint32Array(triangleCount + edgeCount);
  let triangle = 0;
  let edge = triangleCount;
  for (const cell of drawn) {
    const [start, end] = ringsOf(geometry, cell);
    const triangles = cut.get(cell);
    if (triangles === undefined) {
      const [first, last] = verticesOf(geometry, start, end);
      for (let k = first + 1; k < last - 1; k++) {
        all[triangle++] = first;
        all[triangle++] = k;
        all[triangle++] = k + 1;
      }
    } else {
      all.set(triangles, triangle);
      triangle += triangles.length;
    }
    for (let ring = start; ring < end; ring++) {
      const [first, last] = verticesOf(geometry, ring, ring + 1);
      for (let k = first; k < last; k++) {
        all[edge++] = k;
        all[edge++] = k + 1 < last ? k + 1 : first;
      }
    }
  }
  return { all, triangleCount };
}

/** Whether a fan of triangles fills the cell: it has one ring that turns one way. */
function isConvex(geometry: CellGeometry, cell: number): boolean {
  const [start, end] = ringsOf(geometry, cell);
  const [first, last] = verticesOf(geometry, start, end);
  if (end - start !== 1 || last - first > MOST_CONVEX) return false;
  let sign = 0;
  for (let k = first; k < last; k++) {
    const turn = Math.sign(
      turnAt(geometry, k, k + 1 < last ? k + 1 : first, k + 2 < last ? k + 2 : k + 2 - last + first),
    );
    if (turn !== 0 && sign !== 0 && turn !== sign) return false;
    sign = turn || sign;
  }
  return true;
}

function turnAt({ positions }: CellGeometry, a: number, b: number, c: number): number {
  const [ax = 0, ay = 0] = [positions[a * 2], positions[a * 2 + 1]];
  const [bx = 0, by = 0] = [positions[b * 2], positions[b * 2 + 1]];
  const [cx = 0, cy = 0] = [positions[c * 2], positions[c * 2 + 1]];
  return (bx - ax) * (cy - by) - (by - ay) * (cx - bx);
}

/** Triangles of a cell with holes, parts or bays. */
function trianglesOf(geometry: CellGeometry, cell: number): number[] {
  const [start, end] = ringsOf(geometry, cell);
  const triangles: number[] = [];
  // y grows southwards: outer rings run clockwise here.
  const isOuter = (ring: number): boolean => signedArea(geometry, ring) < 0;
  for (let ring = start; ring < end; ) {
    let next = ring + 1;
    while (next < end && !isOuter(next)) next++;
    const [first, last] = verticesOf(geometry, ring, next);
    const holes: number[] = [];
    for (let hole = ring + 1; hole < next; hole++) holes.push(verticesOf(geometry, hole, hole + 1)[0] - first);
    for (const k of earcut(geometry.positions.subarray(first * 2, last * 2), holes)) triangles.push(first + k);
    ring = next;
  }
  return triangles;
}

function signedArea(geometry: CellGeometry, ring: number): number {
  const { positions } = geometry;
  const [first, last] = verticesOf(geometry, ring, ring + 1);
  let sum = 0;
  for (let k = first, before = last - 1; k < last; before = k++) {
    sum += (positions[before * 2] ?? 0) * (positions[k * 2 + 1] ?? 0);
    sum -= (positions[k * 2] ?? 0) * (positions[before * 2 + 1] ?? 0);
  }
  return sum;
}

/** Rings of more corners are not worth the look. */
const MOST_CONVEX = 12;
