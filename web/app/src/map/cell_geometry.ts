/** Cells with outlines, as a result table has them. */
export interface Outlined {
  readonly length: number;
  /** Longitude and latitude of every corner of a cell; neighbouring corners never differ by more than 180°. */
  outline(index: number): readonly (readonly [lon: number, lat: number])[];
}

/** The outlines of all cells of a result in Web Mercator, where the world is 1 wide and y grows southwards. */
export interface CellGeometry {
  readonly cellCount: number;
  readonly verticesPerCell: number;
  /** x, y of every vertex relative to `origin`: single precision is then enough when cells are small. */
  readonly positions: Float32Array;
  readonly origin: readonly [number, number];
}

/** All cells in one buffer; they have as many corners each. */
export function cellGeometry(cells: Outlined): CellGeometry {
  const cellCount = cells.length;
  const verticesPerCell = cellCount > 0 ? cells.outline(0).length : 0;
  const origin = firstPlace(cells);
  const positions = new Float32Array(cellCount * verticesPerCell * 2);
  let at = 0;
  for (let cell = 0; cell < cellCount; cell++) {
    for (const [lon, lat] of cells.outline(cell)) {
      positions[at++] = mercatorX(lon) - origin[0];
      positions[at++] = mercatorY(lat) - origin[1];
    }
  }
  return { cellCount, verticesPerCell, positions, origin };
}

/** Whether all corners of a cell have a place on the map: one beyond what its CRS can hold has none. */
export function isWhole({ positions, verticesPerCell }: CellGeometry, cell: number): boolean {
  for (let k = cell * verticesPerCell * 2; k < (cell + 1) * verticesPerCell * 2; k++) {
    if (!Number.isFinite(positions[k])) return false;
  }
  return true;
}

/** The outline of one cell as a closed ring of longitudes and latitudes. */
export function cellRing(geometry: CellGeometry, cell: number): [number, number][] {
  const { verticesPerCell, positions, origin } = geometry;
  return Array.from({ length: verticesPerCell + 1 }, (_, k) => {
    const at = (cell * verticesPerCell + (k % verticesPerCell)) * 2;
    return [longitude((positions[at] ?? 0) + origin[0]), latitude((positions[at + 1] ?? 0) + origin[1])];
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

function firstPlace(cells: Outlined): readonly [number, number] {
  for (let cell = 0; cell < cells.length; cell++) {
    const corner = cells.outline(cell).find((lonLat) => lonLat.every(Number.isFinite));
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
