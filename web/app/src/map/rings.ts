/**
 * A ring without jumps from one side of the world to the other, around the world's middle.
 *
 * The data is made for globes: a ring may cross the antimeridian, where a flat map needs it to go on beyond 180°, and
 * Antarctica's goes around the pole, where a flat map needs it closed along its lower edge.
 */
export function unrolled(ring: readonly GeoJSON.Position[]): GeoJSON.Position[] {
  const flat: GeoJSON.Position[] = [];
  let previous = ring[0]?.[0] ?? 0;
  for (const [lon = 0, lat = 0] of ring) {
    previous = lon - 360 * Math.round((lon - previous) / 360);
    flat.push([previous, lat]);
  }
  const [first, last] = [flat[0], flat[flat.length - 1]];
  if (!first || !last) return flat;
  const isAroundPole = Math.abs((last[0] ?? 0) - (first[0] ?? 0)) > 180;
  const ends = isAroundPole ? [[last[0] ?? 0, -90], [first[0] ?? 0, -90], first] : [];
  return aroundMiddle([...flat, ...ends]);
}

// A sea within a continent must lie on the same turn of the world as the continent.
function aroundMiddle(ring: GeoJSON.Position[]): GeoJSON.Position[] {
  const lons = ring.map(([lon = 0]) => lon);
  const middle = (Math.min(...lons) + Math.max(...lons)) / 2;
  const shift = -360 * Math.round(middle / 360);
  return shift === 0 ? ring : ring.map(([lon = 0, lat = 0]) => [lon + shift, lat]);
}
