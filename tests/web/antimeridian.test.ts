import { describe, expect, it } from "vitest";
import { cutPolygons, type Ring } from "../../web/lib/antimeridian.js";

const square = (x: number, y: number, side: number): Ring => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
];
const hole = (ring: Ring): Ring => ring.toReversed();

function area(polygons: number[][][][]): number {
  let sum = 0;
  for (const ring of polygons.flat()) {
    for (let k = 0; k + 1 < ring.length; k++) {
      const [[x1 = 0, y1 = 0] = [], [x2 = 0, y2 = 0] = []] = [ring[k], ring[k + 1]];
      sum += (x1 * y2 - x2 * y1) / 2;
    }
  }
  return sum;
}

describe("cutPolygons", () => {
  it("leaves what lies within ±180 as it is", () => {
    expect(cutPolygons([square(0, 0, 4), hole(square(1, 1, 1))])).toHaveLength(1);
    expect(cutPolygons([square(0, 0, 4), square(8, 0, 4), hole(square(9, 1, 1))]).map((rings) => rings.length)).toEqual(
      [1, 2],
    );
    expect(cutPolygons([square(176, 0, 4)])[0]?.[0]?.[2]).toEqual([180, 4]);
  });

  it("cuts a polygon with a hole on the seam into two without", () => {
    const parts = cutPolygons([square(170, 0, 20), hole(square(175, 5, 10))]);
    expect(parts).toHaveLength(2);
    expect(area(parts)).toBeCloseTo(300, 9);
    const lons = parts.flat(2).map(([lon]) => lon as number);
    expect([Math.min(...lons), Math.max(...lons)]).toEqual([-180, 180]);
  });

  it("cuts what is not convex into as many parts as there are", () => {
    // A comb whose three teeth reach over the seam.
    const comb: [number, number][] = [[170, 0]];
    for (let k = 0; k < 3; k++) comb.push([185, k * 4], [185, k * 4 + 2], [175, k * 4 + 2], [175, k * 4 + 4]);
    comb.push([170, 12]);
    const parts = cutPolygons([comb]);
    expect(parts).toHaveLength(4);
    expect(area(parts)).toBeCloseTo(area([[[...comb, comb[0] as [number, number]]]]), 9);
  });

  it("takes both sides", () => {
    const parts = cutPolygons([square(-190, 0, 20)]);
    expect(area(parts)).toBeCloseTo(400, 9);
    expect(parts.flat(2).every(([lon = 0]) => Math.abs(lon) <= 180)).toBe(true);
  });

  it("has nothing of nothing", () => {
    expect(cutPolygons([])).toEqual([]);
  });
});
