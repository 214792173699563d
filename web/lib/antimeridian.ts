import type { Position } from "geojson";

/** A ring without its last position, the first again. */
export type Ring = readonly Position[];

/**
 * Rings in longitude and latitude as the coordinates of a MultiPolygon, cut at the antimeridian (RFC 7946 §3.1.9): outer
 * rings run counter-clockwise, holes clockwise, longitudes end at ±180.
 */
export function cutPolygons(rings: readonly Ring[]): Position[][][] {
  const parts = [SEAM, -SEAM].reduce<readonly Ring[][]>(
    (parts, seam) => parts.flatMap((part) => cutAt(part, seam)),
    [[...rings]],
  );
  return parts.flatMap((part) => grouped(part)).map((polygon) => polygon.map(closed));
}

const SEAM = 180;

/** The rings' parts west and east of a meridian; what lies beyond ±180 comes back on the other side. */
function cutAt(rings: readonly Ring[], seam: number): Ring[][] {
  const lons = rings.flatMap((ring) => ring.map(([lon = 0]) => lon));
  const isBeyond = seam > 0 ? lons.some((lon) => lon > seam) : lons.some((lon) => lon < seam);
  if (!isBeyond) return [[...rings]];
  const turn = seam > 0 ? [0, -360] : [360, 0];
  return [half(rings, seam, 1), half(rings, seam, -1)]
    .map((part, k) => part.map((ring) => ring.map(([lon = 0, lat = 0]) => [lon + (turn[k] ?? 0), lat])))
    .filter((part) => part.length > 0);
}

/** The part where side × (lon − seam) < 0: ways across it, joined along the seam. */
function half(rings: readonly Ring[], seam: number, side: 1 | -1): Ring[] {
  const isIn = ([lon = 0]: Position): boolean => side * (lon - seam) < 0;
  const whole: Ring[] = [];
  const ways: Position[][] = [];
  for (const ring of rings) {
    const first = ring.findIndex((position, k) => isIn(position) && !isIn(ring.at(k - 1) as Position));
    if (first < 0) {
      if (ring.every(isIn)) whole.push(ring);
      continue;
    }
    let way: Position[] | undefined;
    for (let k = 0; k <= ring.length; k++) {
      const from = ring[(first + k - 1 + ring.length) % ring.length] as Position;
      const to = ring[(first + k) % ring.length] as Position;
      if (isIn(to) && k < ring.length) {
        if (way === undefined) way = [crossing(from, to, seam)];
        way.push(to);
      } else if (way !== undefined) {
        way.push(crossing(from, to, seam));
        ways.push(way);
        way = undefined;
      }
    }
  }
  return [...whole, ...joined(ways)];
}

function crossing([x0 = 0, y0 = 0]: Position, [x1 = 0, y1 = 0]: Position, seam: number): Position {
  return [seam, x1 === x0 ? y1 : y0 + ((y1 - y0) * (seam - x0)) / (x1 - x0)];
}

/** Rings of ways that begin and end on the seam: going along it, every second stretch lies inside. */
function joined(ways: readonly Position[][]): Position[][] {
  const ends = ways.flatMap((way, k) => [
    { lat: way[0]?.[1] ?? 0, way: k, isStart: true },
    { lat: way.at(-1)?.[1] ?? 0, way: k, isStart: false },
  ]);
  ends.sort((a, b) => a.lat - b.lat);
  const next = new Map<number, number>();
  for (let k = 0; k + 1 < ends.length; k += 2) {
    const [a, b] = [ends[k], ends[k + 1]];
    if (a === undefined || b === undefined) continue;
    const [end, start] = a.isStart ? [b, a] : [a, b];
    next.set(end.way, start.way);
  }
  const rings: Position[][] = [];
  const done = new Set<number>();
  for (const first of ways.keys()) {
    const ring: Position[] = [];
    for (let k: number | undefined = first; k !== undefined && !done.has(k); k = next.get(k)) {
      done.add(k);
      ring.push(...(ways[k] as Position[]));
    }
    if (ring.length > 2) rings.push(ring);
  }
  return rings;
}

/** Outer rings, each with its holes. */
function grouped(rings: readonly Ring[]): Ring[][] {
  const outers = rings.filter((ring) => doubledArea(ring) >= 0).map((ring) => [ring]);
  for (const hole of rings.filter((ring) => doubledArea(ring) < 0)) {
    const owner = outers.length === 1 ? outers[0] : outers.find(([outer]) => contains(outer as Ring, hole));
    owner?.push(hole);
  }
  return outers;
}

function doubledArea(ring: Ring): number {
  const [x0 = 0, y0 = 0] = ring[0] ?? [];
  return ring.reduce((sum, [x1 = 0, y1 = 0], k) => {
    const [x2 = 0, y2 = 0] = ring[(k + 1) % ring.length] ?? [];
    return sum + (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0);
  }, 0);
}

/** Whether a ring lies in another: by the middle of an edge, as corners may touch. */
function contains(outer: Ring, inner: Ring): boolean {
  const [[ax = 0, ay = 0] = [], [bx = 0, by = 0] = []] = inner;
  const [x, y] = [(ax + bx) / 2, (ay + by) / 2];
  let inside = false;
  outer.forEach(([x1 = 0, y1 = 0], k) => {
    const [x2 = 0, y2 = 0] = outer.at(k - 1) ?? [];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  });
  return inside;
}

function closed(ring: Ring): Position[] {
  return [...ring, ring[0] as Position];
}
