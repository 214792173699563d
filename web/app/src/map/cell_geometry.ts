/** Cells with outlines, as a result table has them. */
export interface Outlined {
  readonly length: number;
  /** Longitude and latitude of every corner of each ring of a cell, in one piece; a hole follows the ring it is in. */
  rings(index: number): readonly (readonly (readonly [lon: number, lat: number])[])[];
}

/** The outlines of all cells of a result in Web Mercator, where the world is 1 wide and y grows southwards. */
export interface CellGeometry {
  readonly cellCount: number;
  /** x, y of every vertex relative to `origin`: single precision is then enough when cells are small. */
  readonly positions: Float32Array;
  /** End of each ring, counted in vertices. */
  readonly ringEnds: Uint32Array;
  /** End of each cell, counted in rings. */
  readonly cellEnds: Uint32Array;
  readonly origin: readonly [number, number];
}

/** All cells in one buffer. */
export function cellGeometry(cells: Outlined): CellGeometry {
  const cellCount = cells.length;
  const cellEnds = new Uint32Array(cellCount);
  const origin = firstPlace(cells);
  const ends: number[] = [];
  let positions = new Float32Array(Math.max(16, cellCount * 12));
  let at = 0;
  for (let cell = 0; cell < cellCount; cell++) {
    for (const ring of cells.rings(cell)) {
      if ((at + ring.length) * 2 > positions.length) positions = grown(positions, (at + ring.length) * 2);
      for (const [lon, lat] of ring) {
        positions[at * 2] = mercatorX(lon) - origin[0];
        positions[at * 2 + 1] = mercatorY(lat) - origin[1];
        at++;
      }
      ends.push(at);
    }
    cellEnds[cell] = ends.length;
  }
  return { cellCount, positions: positions.subarray(0, at * 2), ringEnds: Uint32Array.from(ends), cellEnds, origin };
}

/** First and one past the last of a cell's rings. */
export function ringsOf({ cellEnds }: CellGeometry, cell: number): readonly [start: number, end: number] {
  return [cell === 0 ? 0 : (cellEnds[cell - 1] ?? 0), cellEnds[cell] ?? 0];
}

/** First and one past the last of the vertices of rings `start` to `end`. */
export function verticesOf(
  { ringEnds }: CellGeometry,
  start: number,
  end: number,
): readonly [start: number, end: number] {
  return [start === 0 ? 0 : (ringEnds[start - 1] ?? 0), end === 0 ? 0 : (ringEnds[end - 1] ?? 0)];
}

/** Whether a cell has an outline, all corners of which have a place on the map: one beyond what its CRS can hold has none. */
export function isWhole(geometry: CellGeometry, cell: number): boolean {
  const [first, last] = verticesOf(geometry, ...ringsOf(geometry, cell));
  for (let k = first * 2; k < last * 2; k++) if (!Number.isFinite(geometry.positions[k])) return false;
  return last > first;
}

/** The outlines of one cell as closed rings of longitudes and latitudes. */
export function cellRings(geometry: CellGeometry, cell: number): [number, number][][] {
  const { positions, origin } = geometry;
  const [start, end] = ringsOf(geometry, cell);
  return Array.from({ length: end - start }, (_, k) => {
    const [first, last] = verticesOf(geometry, start + k, start + k + 1);
    return Array.from({ length: last - first + 1 }, (_, n) => {
      const at = (first + (n % (last - first))) * 2;
      return [longitude((positions[at] ?? 0) + origin[0]), latitude((positions[at + 1] ?? 0) + origin[1])];
    });
  });
}

/** Web Mercator x of a longitude in degrees, 0 to 1 over the world. */
export function mercatorX(lon: number): number {
  return (lon + 180) / 360;
}

/** Web Mercator y of a latitude in degrees, 0 in the north to 1 in the south; the poles are cut off. */
export function mercatorY(lat: number): number {
  const clipped = Math.min(Math.max(lat, -MAX_LATITUDE), MAX_LATITUDE);
  return 0.5 - Math.log(Math.tan(Math.PI / 4 + (clipped * Math.PI) / 360)) / (2 * Math.PI);
}

function grown(numbers: Float32Array<ArrayBuffer>, needed: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(Math.max(needed, numbers.length * 2));
  larger.set(numbers);
  return larger;
}

function firstPlace(cells: Outlined): readonly [number, number] {
  for (let cell = 0; cell < cells.length; cell++) {
    const corner = cells.rings(cell)[0]?.find((lonLat) => lonLat.every(Number.isFinite));
    if (corner) return [mercatorX(corner[0]), mercatorY(corner[1])];
  }
  return [0.5, 0.5];
}

const MAX_LATITUDE = 85.051129;

function longitude(x: number): number {
  return x * 360 - 180;
}

function latitude(y: number): number {
  return (Math.atan(Math.exp((0.5 - y) * 2 * Math.PI)) * 360) / Math.PI - 90;
}
