import { describe, expect, it } from "vitest";
import { cellGeometry, cellRings, mercatorX, mercatorY } from "../../web/app/src/map/cell_geometry";
import { CellIndex } from "../../web/app/src/map/cell_index";
import { cellIndices } from "../../web/app/src/map/cell_triangles";

type Corner = readonly [number, number];

/** Squares of `size` degrees from a corner, row after row northwards. */
function squares(west: number, south: number, size: number, columns: number, rows: number) {
  const cells: Corner[][] = [];
  for (let j = 0; j < rows; j++) {
    for (let i = 0; i < columns; i++) {
      const [x, y] = [west + i * size, south + j * size];
      cells.push([
        [x, y],
        [x + size, y],
        [x + size, y + size],
        [x, y + size],
      ]);
    }
  }
  return { length: cells.length, rings: (index: number) => [cells[index] ?? []] };
}

describe("cellGeometry", () => {
  it("gives back the outline that it was made from", () => {
    const [ring = []] = cellRings(cellGeometry(squares(10, 50, 0.01, 3, 3)), 4);
    expect(ring).toHaveLength(5);
    expect(ring[0]?.[0]).toBeCloseTo(10.01, 7);
    expect(ring[0]?.[1]).toBeCloseTo(50.01, 7);
    expect(ring[4]).toEqual(ring[0]);
  });

  it("puts the world in a unit square", () => {
    expect([mercatorX(-180), mercatorX(180), mercatorY(0)]).toEqual([0, 1, 0.5]);
    expect(mercatorY(90)).toBeCloseTo(0, 6);
    expect(mercatorY(-90)).toBeCloseTo(1, 6);
  });
});

describe("cellIndices", () => {
  const ring = (x: number, y: number, side: number): Corner[] => [
    [x, y],
    [x + side, y],
    [x + side, y + side],
    [x, y + side],
  ];

  /** Area of the triangles of cell 0, in square degrees near the equator. */
  function area(rings: Corner[][]): number {
    const geometry = cellGeometry({ length: 1, rings: () => rings });
    const { all, triangleCount } = cellIndices(geometry, Float64Array.of(1));
    expect(all.length - triangleCount).toBe(rings.flat().length * 2);
    let sum = 0;
    for (let k = 0; k < triangleCount; k += 3) {
      const [a, b, c] = [all[k], all[k + 1], all[k + 2]].map((at = 0) => [
        (geometry.positions[at * 2] ?? 0) * 360,
        (geometry.positions[at * 2 + 1] ?? 0) * 360,
      ]) as [number[], number[], number[]];
      const [[ax = 0, ay = 0], [bx = 0, by = 0], [cx = 0, cy = 0]] = [a, b, c];
      sum += Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay)) / 2;
    }
    return sum;
  }

  it("fills cells of any shape once", () => {
    const bay: Corner[] = [
      [0, 0],
      [4, 0],
      [4, 4],
      [2, 1],
      [0, 4],
    ];
    expect(area([ring(0, 0, 4)])).toBeCloseTo(16, 1);
    expect(area([bay])).toBeCloseTo(10, 1);
    expect(area([ring(0, 0, 4), ring(1, 1, 2).toReversed()])).toBeCloseTo(12, 1);
    expect(area([ring(0, 0, 2), ring(3, 0, 2), ring(3.5, 0.5, 1).toReversed()])).toBeCloseTo(7, 1);
    expect(area([])).toBe(0);
  });

  it("leaves out cells without a value", () => {
    const geometry = cellGeometry({ length: 2, rings: (k) => [ring(k * 4, 0, 4)] });
    expect(cellIndices(geometry, Float64Array.of(Number.NaN, 1)).all[0]).toBe(4);
  });
});

describe("CellIndex", () => {
  it("finds the same cells as a look at each of them", () => {
    const grid = squares(-30, -20, 2.5, 24, 16);
    const index = new CellIndex(cellGeometry(grid));
    for (let k = 0; k < 500; k++) {
      const [lon, lat] = [-35.0137 + ((k * 7.31) % 70), -25.0171 + ((k * 3.71) % 50)];
      const [i, j] = [Math.floor((lon + 30) / 2.5), Math.floor((lat + 20) / 2.5)];
      const expected = i >= 0 && i < 24 && j >= 0 && j < 16 ? j * 24 + i : null;
      expect(index.cellAt(lon, lat), `${lon} ${lat}`).toBe(expected);
    }
  });

  it("finds a cell across the antimeridian from both sides and on every turn of the world", () => {
    const index = new CellIndex(cellGeometry(squares(175, 0, 10, 1, 1)));
    expect([index.cellAt(176, 5), index.cellAt(-176, 5), index.cellAt(184, 5), index.cellAt(-536, 5)]).toEqual([
      0, 0, 0, 0,
    ]);
    expect(index.cellAt(-170, 5)).toBeNull();
  });

  it("leaves out cells that have no place on the map", () => {
    const grid = squares(0, 0, 1, 2, 1);
    const broken: Corner[] = [
      [Number.NaN, Number.NaN],
      [1, 0],
      [1, 1],
      [0, 1],
    ];
    const index = new CellIndex(cellGeometry({ length: 2, rings: (k) => (k === 0 ? [broken] : grid.rings(k)) }));
    expect([index.cellAt(0.5, 0.5), index.cellAt(1.5, 0.5)]).toEqual([null, 1]);
  });

  it("is empty for a result without cells", () => {
    expect(new CellIndex(cellGeometry(squares(0, 0, 1, 0, 0))).cellAt(0, 0)).toBeNull();
  });
});
