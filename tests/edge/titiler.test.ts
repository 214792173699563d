import type { DatasetInfo } from "cogrid";
import { describe, expect, it } from "vitest";
import { titilerInfo, titilerPoint } from "../../web/edge/titiler.js";

const info: DatasetInfo = {
  width: 1080,
  height: 540,
  bands: 2,
  dtype: "int16",
  nodata: -9999,
  crs: "EPSG:4326",
  geotransform: [-180, 1 / 3, 0, 90, 0, -1 / 3],
  bbox: [-180, -90, 180, 90],
  tileWidth: 256,
  tileHeight: 256,
  compression: "deflate",
  predictor: 2,
  planar: 1,
  overviews: [
    { width: 540, height: 270 },
    { width: 270, height: 135 },
  ],
  masks: 0,
  metadata: {},
  layout: null,
  bandDescriptions: ["precipitation", null],
  scales: [0.1, 1],
  offsets: [0, 0],
  units: ["mm", null],
};

describe("titilerInfo", () => {
  it("has rio-tiler's fields", () => {
    expect(titilerInfo(info)).toEqual({
      bounds: [-180, -90, 180, 90],
      crs: "http://www.opengis.net/def/crs/EPSG/0/4326",
      band_metadata: [
        ["b1", {}],
        ["b2", {}],
      ],
      band_descriptions: [
        ["b1", "precipitation"],
        ["b2", "b2"],
      ],
      dtype: "int16",
      nodata_type: "Nodata",
      nodata_value: -9999,
      colorinterp: ["gray", "undefined"],
      scales: [0.1, 1],
      offsets: [0, 0],
      driver: "GTiff",
      count: 2,
      width: 1080,
      height: 540,
      overviews: [2, 4],
    });
  });

  it("says how pixels are valid without nodata", () => {
    expect(titilerInfo({ ...info, nodata: null })).toMatchObject({ nodata_type: "None" });
    expect(titilerInfo({ ...info, nodata: null })).not.toHaveProperty("nodata_value");
    expect(titilerInfo({ ...info, nodata: null, masks: 1 }).nodata_type).toBe("Mask");
    expect(titilerInfo({ ...info, crs: null }).crs).toBeNull();
  });
});

describe("titilerPoint", () => {
  it("has rio-tiler's fields", () => {
    expect(titilerPoint(7.5, 47, { values: [12, null], bandNames: ["b1", "b2"] })).toEqual({
      coordinates: [7.5, 47],
      values: [12, null],
      band_names: ["b1", "b2"],
    });
  });
});
