import { describe, expect, it } from "vitest";
import { Table } from "../../web/lib/table.js";
import { geoJsonLines, joinLines, jsonLines } from "../../web/lib/table-export.js";
import { sampleResult } from "./fake-engine.js";

const table = (): Table => new Table(sampleResult());

describe("Table", () => {
  it("has ids from runs: column, then row", () => {
    expect(table().length).toBe(4);
    expect(table().ids).toEqual(["-1:5", "0:5", "7:4", "9:0"]);
  });

  it("joins the chunks' columns", () => {
    expect(table().column("average")).toEqual(Float64Array.of(1.5, Number.NaN, -3, 1e21));
    expect(table().column("confidence")).toEqual(Float64Array.of(1, 0, 0.25, 0.5));
    expect(table().methods).toEqual(["average", "sum"]);
  });

  it("names the columns when one is missing", () => {
    expect(() => table().column("median")).toThrow(
      expect.objectContaining({
        code: "usage.column",
        message: 'expected one of average, sum, confidence, got "median"',
      }),
    );
    expect(() => table().column("toString")).toThrow(expect.objectContaining({ code: "usage.column" }));
  });

  it("writes CSV with empty fields for no value", () => {
    expect(table().toCSV()).toBe(
      "cell_id,average,sum,confidence\n-1:5,1.5,3,1\n0:5,,,0\n7:4,-3,-6,0.25\n9:0,1e+21,0.1,0.5\n",
    );
  });

  it("writes JSON with null for no value, and the provenance beside the cells", () => {
    const json = JSON.parse(JSON.stringify(table()));
    expect(json.cells).toEqual({
      "-1:5": { average: 1.5, sum: 3, confidence: 1 },
      "0:5": { average: null, sum: null, confidence: 0 },
      "7:4": { average: -3, sum: -6, confidence: 0.25 },
      "9:0": { average: 1e21, sum: 0.1, confidence: 0.5 },
    });
    expect(json).toMatchObject({ source: "s1", level: 0, scale: [2, 2], bytes: 1024, durationMs: 7 });
    expect(JSON.parse(joinLines(jsonLines(table())))).toEqual(json);
  });

  it("writes GeoJSON, cut at the antimeridian", () => {
    const collection = table().toGeoJSON();
    expect(collection.features[0]).toEqual({
      type: "Feature",
      id: "-1:5",
      properties: { average: 1.5, sum: 3, confidence: 1 },
      geometry: {
        type: "Polygon",
        coordinates: [
          [
            [-1, 5],
            [0, 5],
            [0, 6],
            [-1, 6],
            [-1, 5],
          ],
        ],
      },
    });
    expect(collection.features[1]?.properties).toEqual({ average: null, sum: null, confidence: 0 });
    expect(collection.features[3]?.geometry).toEqual({
      type: "MultiPolygon",
      coordinates: [
        [
          [
            [180, 1],
            [179, 1],
            [179, 0],
            [180, 0],
            [180, 1],
          ],
        ],
        [
          [
            [-180, 0],
            [-179, 0],
            [-179, 1],
            [-180, 1],
            [-180, 0],
          ],
        ],
      ],
    });
    expect(collection.provenance.bytes).toBe(1024);
    expect(JSON.parse(joinLines(geoJsonLines(table())))).toEqual(collection);
  });

  it("gives the outline of a cell in any chunk, without a jump", () => {
    expect(table().outline(2)).toEqual([
      [7, 4],
      [8, 4],
      [8, 5],
      [7, 5],
    ]);
    expect(table().outline(3)).toEqual([
      [179, 0],
      [181, 0],
      [181, 1],
      [179, 1],
    ]);
    expect(() => table().outline(4)).toThrow(expect.objectContaining({ code: "usage.row" }));
  });

  it("has cells of any shape: zones with holes and parts, H3 cells", () => {
    const data = sampleResult();
    const square = [0, 0, 4, 0, 4, 4, 0, 4];
    const hole = [1, 1, 1, 2, 2, 2, 2, 1];
    const part = [179, 0, 182, 0, 182, 4, 179, 4];
    const chunk = {
      index: 0,
      runs: Int32Array.of(0, 0, 3),
      ids: ["ring", "nowhere", "parts"],
      columns: { average: Float64Array.of(1, Number.NaN, 2), sum: Float64Array.of(1, Number.NaN, 2) },
      confidence: Float64Array.of(1, 0, 1),
      outlines: Float64Array.from([...square, ...hole, ...square, ...part]),
      ringEnds: Uint32Array.of(4, 8, 12, 16),
      cellEnds: Uint32Array.of(2, 2, 4),
    };
    const zones = new Table({ ...data, chunks: [chunk], idRule: "zones" });
    expect(zones.ids).toEqual(["ring", "nowhere", "parts"]);
    expect(zones.rings(0).map((ring) => ring.length)).toEqual([4, 4]);
    expect([zones.outline(0)[2], zones.outline(1), zones.rings(1)]).toEqual([[4, 4], [], []]);
    const shapes = zones
      .toGeoJSON()
      .features.map(({ geometry }) => geometry && [geometry.type, geometry.coordinates.length]);
    expect(shapes).toEqual([["Polygon", 2], null, ["MultiPolygon", 3]]);
    const ancestors = BigUint64Array.of(0x8001fffffffffffn);
    const cell = { ...chunk, ids: undefined, runs: Int32Array.of(0, 4, 3), ancestors, resolution: 1 };
    expect(new Table({ ...data, chunks: [cell], idRule: "h3" }).ids).toEqual([
      "81013ffffffffff",
      "81017ffffffffff",
      "8101bffffffffff",
    ]);
  });

  it("says how to get outlines", () => {
    const data = sampleResult();
    const without = new Table({ ...data, chunks: data.chunks.map(({ outlines: _, ...chunk }) => chunk) });
    expect(without.hasOutlines).toBe(false);
    expect(() => without.toGeoJSON()).toThrow(
      expect.objectContaining({ code: "usage.outlines", hint: expect.stringContaining("outlines: true") }),
    );
  });

  it("knows a column by the other name of its method", () => {
    const one = table();
    expect(one.column("mean")).toBe(one.column("average"));
    expect(() => one.column("majority")).toThrow(expect.objectContaining({ code: "usage.column" }));
  });

  it("is empty where no cell touches", () => {
    const empty = new Table({ ...sampleResult(), chunks: [] });
    expect(empty.toCSV()).toBe("cell_id,average,sum,confidence\n");
    expect(JSON.parse(joinLines(jsonLines(empty))).cells).toEqual({});
    expect(JSON.parse(joinLines(geoJsonLines(empty))).features).toEqual([]);
  });
});
