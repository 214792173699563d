import { cellToCenterChild, cellToChildren, getBaseCellNumber, getRes0Cells, isPentagon } from "h3-js";
import { describe, expect, it } from "vitest";
import { idsOf } from "../../web/lib/cell-ids.js";
import type { ResultChunk } from "../../web/lib/engine.js";

function chunk(fields: Partial<ResultChunk>): ResultChunk {
  return { index: 0, runs: Int32Array.of(), columns: {}, confidence: new Float64Array(0), ...fields };
}

function descendants(ancestor: string, resolution: number, count: number, start = 0): readonly string[] {
  const ancestors = BigUint64Array.of(BigInt(`0x${ancestor}`));
  return idsOf(chunk({ runs: Int32Array.of(0, start, count), ancestors, resolution }));
}

describe("idsOf", () => {
  it("writes lattices as column, then row", () => {
    expect(idsOf(chunk({ runs: Int32Array.of(5, -1, 2, 4, 7, 1) }))).toEqual(["-1:5", "0:5", "7:4"]);
  });

  it("hands zones' ids on", () => {
    expect(idsOf(chunk({ runs: Int32Array.of(0, 0, 2), ids: ["a", "b"] }))).toEqual(["a", "b"]);
  });

  it("writes H3 cells as h3-js does, under every base cell", () => {
    for (const base of getRes0Cells()) {
      const expected = cellToChildren(base, 3);
      expect(descendants(base, 3, expected.length), base).toEqual(expected);
    }
  });

  it("writes H3 cells at fine resolutions, of hexagons and of pentagons", () => {
    const pentagon = getRes0Cells().find((cell) => isPentagon(cell)) as string;
    for (const base of [pentagon, getRes0Cells().find((cell) => getBaseCellNumber(cell) === 15) as string]) {
      const ancestor = cellToCenterChild(base, 11);
      const expected = cellToChildren(ancestor, 15);
      expect(descendants(ancestor, 15, expected.length)).toEqual(expected);
      expect(descendants(ancestor, 15, 3, 40)).toEqual(expected.slice(40, 43));
      expect(descendants(ancestor, 11, 1)).toEqual([ancestor]);
    }
  });
});
