import type { DatasetInfo, PointValues } from "cogrid";

/** TiTiler's `/info`. */
export interface TitilerInfo {
  readonly bounds: readonly number[];
  readonly crs: string | null;
  readonly band_metadata: readonly (readonly [band: string, tags: Record<string, string>])[];
  readonly band_descriptions: readonly (readonly [band: string, description: string])[];
  readonly dtype: string;
  readonly nodata_type: "Nodata" | "Mask" | "None";
  readonly colorinterp: readonly string[];
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
  readonly driver: "GTiff";
  readonly count: number;
  readonly width: number;
  readonly height: number;
  /** Factors of reduction. */
  readonly overviews: readonly number[];
  readonly nodata_value?: number | string;
}

/** TiTiler's `/point`. */
export interface TitilerPoint {
  readonly coordinates: readonly [lon: number, lat: number];
  readonly values: readonly (number | null)[];
  readonly band_names: readonly string[];
}

export function titilerInfo(info: DatasetInfo): TitilerInfo {
  const bands = Array.from({ length: info.bands }, (_, k) => `b${k + 1}`);
  return {
    bounds: info.bbox ?? [0, info.height, info.width, 0],
    crs: crsUri(info.crs),
    band_metadata: bands.map((band) => [band, {}] as const),
    band_descriptions: bands.map((band, k) => [band, info.bandDescriptions[k] ?? band] as const),
    dtype: info.dtype,
    nodata_type: info.nodata !== null ? "Nodata" : info.masks > 0 ? "Mask" : "None",
    colorinterp: bands.map((_, k) => (k === 0 ? "gray" : "undefined")),
    scales: info.scales,
    offsets: info.offsets,
    driver: "GTiff",
    count: info.bands,
    width: info.width,
    height: info.height,
    overviews: info.overviews.map(({ width }) => Math.round(info.width / width)),
    ...(info.nodata === null ? {} : { nodata_value: info.nodata }),
  };
}

export function titilerPoint(lon: number, lat: number, { values, bandNames }: PointValues): TitilerPoint {
  return { coordinates: [lon, lat], values, band_names: bandNames };
}

// OGC's URI, as rio-tiler writes it; WKT and PROJ strings as they are.
function crsUri(crs: string | null): string | null {
  const match = crs === null ? null : /^(EPSG|ESRI):(\d+)$/.exec(crs);
  return match === null ? crs : `http://www.opengis.net/def/crs/${match[1]}/0/${match[2]}`;
}
