import { tableFromIPC } from "@uwdata/flechette";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import { describe, expect, it } from "vitest";
import { Table } from "../../web/lib/table.js";
import { sampleResult } from "./fake-engine.js";

const table = new Table(sampleResult());

describe("a table as an Arrow file", () => {
  it("has ids, methods and confidence as columns, null for no value", () => {
    const bytes = table.toArrow();
    expect(new TextDecoder().decode(bytes.subarray(0, 6))).toBe("ARROW1");
    expect(tableFromIPC(bytes).toArray()).toEqual([
      { cell_id: "-1:5", average: 1.5, sum: 3, confidence: 1 },
      { cell_id: "0:5", average: null, sum: null, confidence: 0 },
      { cell_id: "7:4", average: -3, sum: -6, confidence: 0.25 },
      { cell_id: "9:0", average: 1e21, sum: 0.1, confidence: 0.5 },
    ]);
  });
});

describe("a table as a GeoParquet file", () => {
  it("has the same columns, and shapes", async () => {
    const file = bufferOf(await table.toParquet());
    const rows = await parquetReadObjects({ file, utf8: false });
    expect(rows.map(({ geometry: _, ...values }) => values)).toEqual([
      { cell_id: "-1:5", average: 1.5, sum: 3, confidence: 1 },
      { cell_id: "0:5", average: null, sum: null, confidence: 0 },
      { cell_id: "7:4", average: -3, sum: -6, confidence: 0.25 },
      { cell_id: "9:0", average: 1e21, sum: 0.1, confidence: 0.5 },
    ]);
    expect(rows[0]?.geometry).toEqual({
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
    });
    // Cut at the antimeridian.
    expect(rows[3]?.geometry).toMatchObject({ type: "MultiPolygon", coordinates: { length: 2 } });
  });

  it("has no shape for a cell without a place, as GeoJSON has none", async () => {
    const result = sampleResult();
    // The second cell lies beyond a pole of its grid's projection.
    result.chunks[0]?.outlines?.fill(Number.NaN, 8, 16);
    const placeless = new Table(result);
    expect(placeless.toGeoJSON().features.map(({ geometry }) => geometry?.type ?? null)).toEqual([
      "Polygon",
      null,
      "Polygon",
      "MultiPolygon",
    ]);
    const rows = await parquetReadObjects({ file: bufferOf(await placeless.toParquet()), utf8: false });
    expect(rows.map(({ geometry }) => geometry?.type ?? null)).toEqual(["Polygon", null, "Polygon", "MultiPolygon"]);
  });

  it("says where its shapes are and what it was made from", async () => {
    const metadata = parquetMetadata(bufferOf(await table.toParquet()));
    const texts = Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value]));
    expect(JSON.parse(texts.geo ?? "")).toEqual({
      version: "1.1.0",
      primary_column: "geometry",
      columns: {
        geometry: {
          encoding: "WKB",
          geometry_types: ["MultiPolygon", "Polygon"],
          orientation: "counterclockwise",
          bbox: [-180, 0, 180, 6],
        },
      },
    });
    expect(JSON.parse(texts.cogrid ?? "")).toEqual(table.provenance);
  });

  it("needs the outlines", async () => {
    const { chunks, ...rest } = sampleResult();
    const bare = new Table({ ...rest, chunks: chunks.map(({ outlines: _, ...chunk }) => chunk) });
    await expect(bare.toParquet()).rejects.toMatchObject({ code: "usage.outlines" });
  });
});

function bufferOf(bytes: Uint8Array): ArrayBuffer {
  return bytes.slice().buffer as ArrayBuffer;
}
