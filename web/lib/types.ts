import type { Feature, FeatureCollection, MultiPolygon, Polygon } from "geojson";

/** `[minX, minY, maxX, maxY]` in a named CRS, longitude before latitude. */
export type Bounds = readonly [minX: number, minY: number, maxX: number, maxY: number];

/** `[left, top, right, bottom]` in pixels, right and bottom exclusive. */
export type Window = readonly [left: number, top: number, right: number, bottom: number];

/** What every waiting call takes. */
export interface SignalOption {
  /** Cancels the call: it rejects with an `AbortError`. */
  readonly signal?: AbortSignal | undefined;
}

/** How far a running call is. Told at most every 50 ms; `done` and `bytes` never shrink within a phase. */
export interface Progress {
  /** What is being done: `plan` finds the blocks, `resample` reads and folds them. */
  readonly phase: string;
  /** Cells done, of {@link Progress.total}. */
  readonly done: number;
  readonly total: number;
  /** Bytes read so far. */
  readonly bytes: number;
}

/** Bytes that the host can read at any position: the library asks for ranges, never for the whole. */
export interface RangeSource {
  /** The bytes `[offset, offset + length)`; fewer only at the end of the file. */
  read(offset: number, length: number, options: SignalOption): Promise<Uint8Array | ArrayBuffer>;
  /** Size of the file in bytes. */
  readonly size: number;
  /** Shown in records and errors. */
  readonly name: string;
  /** Milliseconds since 1970, where known: tells a changed file of the same size from the old one. */
  readonly lastModified?: number | undefined;
  /**
   * The version of the file, where the source knows one: a strong ETag as HTTP has it, else it doesn't count. Without it
   * and `lastModified` up to 4 MiB of the file are read when it is opened, to tell one version from another.
   */
  readonly etag?: string | undefined;
  /**
   * `read` gives new memory each time, which nobody else has: it is moved instead of copied and freed as soon as the bytes
   * are taken, without waiting for the garbage collector, where they fill it. Default false.
   */
  readonly transfersBytes?: boolean | undefined;
  /**
   * Blocks that lie together are read at once up to this many bytes. Default `maxRangeMb`, for sources far away: where a
   * read costs little, shorter ones take less memory, and blocks are decoded while the next are read.
   */
  readonly maxReadBytes?: number | undefined;
  /** The bytes of the file beside this one whose name has `suffix` (`.ovr`, `.msk`) at its end, where there is one. */
  sibling?(suffix: string): Promise<RangeSource | undefined>;
}

/** A browser's handle of a file that the user chose or dropped: a `FileSystemFileHandle`. */
export interface FileHandle {
  readonly kind: "file";
  readonly name: string;
  getFile(): Promise<File>;
  queryPermission?(descriptor: { readonly mode: "read" }): Promise<PermissionState>;
  requestPermission?(descriptor: { readonly mode: "read" }): Promise<PermissionState>;
}

/**
 * What a source may be made of: a URL, a `File`, a `Blob`, the bytes, or an object that reads ranges. In browsers also
 * the handle of a file: a source that is registered with one is found again by later sessions.
 */
export type SourceInput = string | URL | Blob | ArrayBuffer | RangeSource | FileHandle;

export interface RegisterOptions extends SignalOption {
  /** Unique in the workspace. Default: the last part of the location. */
  readonly name?: string | undefined;
  readonly dataset?: string | undefined;
  readonly variable?: string | undefined;
  readonly units?: string | undefined;
  readonly description?: string | undefined;
  /** Anything that JSON holds, kept with the source. */
  readonly metadata?: unknown;
  /** `categorical` makes `nearest` the default method. Default `continuous`. */
  readonly kind?: "continuous" | "categorical" | undefined;
  /** Sent with every request for this source, and never stored. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** A stored source; `null` where unknown. */
export interface SourceRecord {
  readonly id: string;
  readonly name: string;
  /** The URL, or `file:NAME` for bytes that the host gave, with a number behind it where another file has that name. */
  readonly location: string;
  /** Tells one version of the source from another. */
  readonly fingerprint: string;
  readonly etag: string | null;
  readonly dataset: string | null;
  readonly variable: string | null;
  readonly units: string | null;
  readonly description: string | null;
  readonly metadata: unknown;
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly dtype: string;
  readonly nodata: number | string | null;
  /** Width and height of a pixel, in units of the CRS. */
  readonly pixelSize: readonly [width: number, height: number] | null;
  /** Mean of the two, in degrees. */
  readonly pixelSizeDegrees: number | null;
  readonly crs: string | null;
  /** In the file's CRS. */
  readonly bbox: Bounds | null;
  /** Where it lies in longitude and latitude. */
  readonly spatialExtent: { readonly bounds: Bounds; readonly wkt: string } | null;
  readonly kind: "continuous" | "categorical";
  /** `registered`, `tiling`, `ready`, `failed` or `stale`. */
  readonly processingStatus: string;
  readonly active: boolean;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly updated: number;
}

/** What the file says of itself. */
export interface DatasetInfo {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  /** NumPy's name: `uint8`, `int16`, `float32`, … */
  readonly dtype: string;
  /** A string for what a JSON number can't hold: `"nan"`, `"inf"`, 64-bit integers. */
  readonly nodata: number | string | null;
  /** `EPSG:n`, else WKT or a PROJ string, else `null`. */
  readonly crs: string | null;
  /** Six numbers in GDAL's order. */
  readonly geotransform: readonly number[] | null;
  /** In the file's CRS. */
  readonly bbox: Bounds | null;
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** GDAL's name in lower case: `none`, `deflate`, `lzw`, … */
  readonly compression: string;
  /** TIFF's number: 1 none, 2 horizontal differencing, 3 floating point. */
  readonly predictor: number;
  /** TIFF's number: 1 samples of a pixel together, 2 bands apart. */
  readonly planar: number;
  /** Most detailed first. */
  readonly overviews: readonly { readonly width: number; readonly height: number }[];
  /** Mask pages, those of overviews included. */
  readonly masks: number;
  /** GDAL's default metadata domain. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The hints of GDAL's ghost area; `null` where the file has none. */
  readonly layout: Readonly<Record<string, string>> | null;
  /** Per band, as are the next three. */
  readonly bandDescriptions: readonly (string | null)[];
  /** Factor and summand of `unscale`. */
  readonly scales: readonly number[];
  readonly offsets: readonly number[];
  /** Of the unscaled values. */
  readonly units: readonly (string | null)[];
  /** Per band: the items of its default metadata domain (`STATISTICS_MEAN`, …). Absent where no band has any. */
  readonly bandMetadata?: readonly Readonly<Record<string, string>>[];
  /** Red, green and blue, 0 to 255, of each value of a palette image. */
  readonly colorTable?: readonly (readonly [number, number, number])[];
  /** Ground control points, where they take the place of a geotransform. */
  readonly gcps?: readonly GroundControlPoint[];
  /** Rational polynomial coefficients by their names in GDAL's RPC domain. */
  readonly rpc?: Readonly<Record<string, number | readonly number[]>>;
  /** `EPSG:n` of the vertical CRS, or its name: `crs` is the horizontal one. */
  readonly verticalCrs?: string;
}

/** A place of the image (the upper left corner of the first pixel is 0, 0) and where it lies in the file's CRS. */
export interface GroundControlPoint {
  readonly pixel: number;
  readonly line: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export interface ReadOptions extends SignalOption {
  /** 1-based. Default: all bands. */
  readonly band?: number | undefined;
  /** Pixels of the level that is read. Default: all. */
  readonly window?: Window | undefined;
  /** 0 is full resolution (the default), `k` the k-th overview. */
  readonly overview?: number | undefined;
  /** Apply the file's scale and offset; samples become `float64`. Default false. */
  readonly unscale?: boolean | undefined;
  /**
   * Memory for the samples, at least as many bytes as they take, instead of new memory. It is moved, as by
   * `postMessage`: `into` itself is empty afterwards, and `data.buffer` of the answer is the same memory, ready to be
   * given to the next call. A call that fails lets go of it.
   */
  readonly into?: ArrayBuffer | undefined;
}

export type SampleArray =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | BigUint64Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Int32Array<ArrayBuffer>
  | BigInt64Array<ArrayBuffer>
  | Float32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** Samples of a window, row-major. */
export interface Samples {
  /**
   * The type of the samples, in NumPy's name. Half floats come as `float32`; of complex numbers `data` holds the real
   * and the imaginary part of each, twice as many as `shape` says.
   */
  readonly dtype: string;
  /** `[rows, columns]` of one band, else `[bands, rows, columns]`. */
  readonly shape: readonly number[];
  readonly data: SampleArray;
}

export interface StatisticsOptions extends SignalOption {
  /** 1-based. Default 1. */
  readonly band?: number | undefined;
  /** 0 is full resolution (the default). */
  readonly overview?: number | undefined;
}

/** Statistics of the valid pixels; all but `count` are `null` when there is none. */
export interface Statistics {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Of the population. */
  readonly stdev: number | null;
  /** Valid pixels. */
  readonly count: number;
}

export interface PointOptions extends SignalOption {
  /** 1-based. Default: all bands. */
  readonly band?: number | undefined;
  /** CRS of the two coordinates. Default `EPSG:4326`. */
  readonly crs?: string | undefined;
  readonly unscale?: boolean | undefined;
}

/** Values of the pixel that holds a place; `null` where it isn't valid. */
export interface PointValues {
  readonly values: readonly (number | null)[];
  /** `b1`, `b2`, … */
  readonly bandNames: readonly string[];
}

export interface DiagnoseOptions extends SignalOption {
  /** How long each request to the server may take, ms. Default 10 000. */
  readonly timeoutMs?: number | undefined;
}

/** One finding of {@link Diagnosis}. */
export interface DiagnosisCheck {
  /**
   * Of the server: `reachable`, `ranges`, `encoding`, `cors`, `exposed_headers`, `version`. Of the file: `format`,
   * `header`, `tiles`, `overviews`, `compression`, `crs`, `georeference`, `nodata`, `pixels`.
   */
  readonly name: string;
  /** `warning`: it works, but slower or with less certainty than it could. */
  readonly status: "ok" | "warning" | "problem";
  readonly message: string;
  /** The header, the setting or the command that mends it. */
  readonly fix?: string | null | undefined;
}

/** What is good and what is bad about a source for reading it in parts. */
export interface Diagnosis {
  /** The worst of the checks. */
  readonly verdict: "ok" | "warning" | "problem";
  readonly checks: readonly DiagnosisCheck[];
  /** What the file says of itself; `null` where it doesn't open. */
  readonly info: DatasetInfo | null;
}

interface LatticeDefinition {
  /** `EPSG:n`, `ESRI:n`, a PROJ string or WKT. */
  readonly crs: string;
  /** Units of the CRS: side of a square, distance between opposite edges of a hexagon. */
  readonly cellSize: number;
  readonly bounds: Bounds;
  /** CRS of `bounds`. Default: `crs`. */
  readonly boundsCrs?: string | undefined;
}

export interface SquareGrid extends LatticeDefinition {
  readonly type: "square";
  /** A corner of the lattice. Default: the origin of the CRS. */
  readonly origin?: readonly [x: number, y: number] | undefined;
}

export interface HexagonGrid extends LatticeDefinition {
  readonly type: "hexagon";
  /** Where the corners point. Default `pointy`. */
  readonly orientation?: "pointy" | "flat" | undefined;
}

/** H3 cells whose centre lies in `bounds` and in `polygon`, of which at least one is given. */
export interface H3Grid {
  readonly type: "h3";
  /** 0 (cells of 4 million km²) to 15 (of 1 m²). */
  readonly resolution: number;
  readonly bounds?: Bounds | undefined;
  /** CRS of `bounds`. Default: longitude and latitude. */
  readonly boundsCrs?: string | undefined;
  /** In longitude and latitude. */
  readonly polygon?: ZoneFeatures | undefined;
}

/** Polygons and multipolygons as GeoJSON. */
export type ZoneFeatures = FeatureCollection | Feature | Polygon | MultiPolygon;

/** Polygons of your own as cells. They may have holes and parts, and overlap. */
export interface ZonesGrid {
  readonly type: "zones";
  readonly features: ZoneFeatures;
  /** Default: the collection's `crs` member, else longitude and latitude. */
  readonly crs?: string | undefined;
  /** The property that is the id of a feature that has no `id`; else it is the feature's position. */
  readonly idField?: string | undefined;
  /** Mend polygons that cross themselves, are not closed, … ; without it they are errors. Default false. */
  readonly repair?: boolean | undefined;
}

/** The rule that makes a grid's cells. The same rule always gives the same cell ids. */
export type GridDefinition = SquareGrid | HexagonGrid | H3Grid | ZonesGrid;

/** A grid with a digest in place of its polygons. It can be used as long as the grid is stored. */
export type GridSummary =
  | SquareGrid
  | HexagonGrid
  | (Omit<H3Grid, "polygon"> & { readonly digest?: string | undefined })
  | {
      readonly type: "zones";
      readonly crs: string;
      readonly zones: number;
      readonly digest: string;
      /** `[minX, minY, maxX, maxY]` of the positions as they are written. */
      readonly bounds?: readonly [number, number, number, number] | undefined;
    };

/** A stored grid. */
export interface GridRecord {
  readonly id: string;
  readonly name: string;
  readonly definition: GridDefinition;
  readonly cells: number;
  /** Milliseconds since 1970. */
  readonly created: number;
}

/** A stored grid as lists have it: without the features of its polygons. */
export interface GridDescription extends Omit<GridRecord, "definition"> {
  readonly definition: GridSummary;
}

export interface ResampleOptions extends SignalOption {
  /**
   * One or several, in one pass over the pixels. At the centre: `nearest`, `bilinear`, `cubic`, `cubicspline`,
   * `lanczos`. Over the covered pixels: `average` (`mean`), `count`, `sum`, `min`, `max`, `variance`, `stdev`, `rms`,
   * `mode` (`majority`), `minority`, `variety`, `median`, `quantile(q)` with q from 0 to 1. Default: `bilinear`, or
   * `nearest` for a categorical source.
   */
  readonly method?: string | readonly string[] | undefined;
  /**
   * 1-based. Default 1. Several are answered in one pass: what lies in the same blocks is decoded once. Their columns are
   * `b2_average` and the like, with a `b2_confidence` for each.
   */
  readonly band?: number | readonly number[] | undefined;
  /** `none` reads full resolution (the default); `auto` the overview that fits; a number that level. */
  readonly overview?: "none" | "auto" | number | undefined;
  /** Apply the file's scale and offset. Default false. */
  readonly unscale?: boolean | undefined;
  /**
   * `area` weighs a pixel by its true area in square metres in every statistic but `count`, `min`, `max` and `variety`.
   * Default `none`.
   */
  readonly weights?: "none" | "area" | undefined;
  /** Neither look into nor fill the stored results. Default false. */
  readonly noCache?: boolean | undefined;
  /** Send the cells' outlines along; `toGeoJSON` needs them. Default: up to 100 000 cells. */
  readonly outlines?: boolean | undefined;
  /** First of the grid's chunks that are wanted and one past the last, as `explain` counts them. Default: all. */
  readonly chunks?: readonly [start: number, end: number] | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** What a resampling would read, before anything is fetched. */
export interface Plan {
  readonly level: number;
  /** Source pixels per cell along each axis of the source. */
  readonly scale: readonly [x: number, y: number];
  readonly cells: number;
  readonly chunks: number;
  readonly blocks: number;
  readonly ranges: number;
  readonly bytes: number;
  /** The most memory that the request will take. */
  readonly peakBytes: number;
  /** Chunks that would be served from storage. */
  readonly storedChunks: number;
  /** What the caller should know. */
  readonly notes: readonly string[];
}

/** What a result was made from, and how. */
export interface Provenance {
  readonly source: string;
  readonly etag?: string | null;
  readonly fingerprint: string;
  /** 0 is full resolution. */
  readonly level: number;
  readonly scale: readonly [x: number, y: number];
  readonly methods: readonly string[];
  /** Names of the columns, but for `confidence`: the methods; of several bands `b2_average` and the like. */
  readonly columns: readonly string[];
  /** 1-based; a list where several were asked for. */
  readonly band: number | readonly number[];
  /** Blocks decoded, ranges and bytes read for this result: 0 when it came from storage. */
  readonly blocks: number;
  readonly ranges: number;
  readonly bytes: number;
  readonly cacheHits: number;
  readonly cacheMisses: number;
  readonly cells: number;
  readonly durationMs: number;
  /** What the caller should know of this result. */
  readonly notes: readonly string[];
  /** What went wrong without stopping it: storage that was full, for example. */
  readonly warnings: readonly string[];
}

/** A stored result; the same request to `resample` reopens it without reading the source. */
export interface ResultSummary {
  readonly id: string;
  /** Name of the source; its location where it is not registered. */
  readonly source: string;
  readonly sourceId: string;
  /** Name of the stored grid, else `null`. */
  readonly grid: string | null;
  /** Of polygons a digest only: they are found again while the grid is stored. */
  readonly definition: GridSummary;
  readonly methods: readonly string[];
  /** 1-based. */
  readonly band: number;
  readonly overview: "none" | "auto" | number;
  readonly unscale: boolean;
  /** 0 is full resolution. */
  readonly level: number;
  readonly cells: number;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly lastAccessed: number;
  /** Whether every chunk of the grid is there. */
  readonly complete: boolean;
  /** Whether the file has changed since: the result is not served any more. */
  readonly stale: boolean;
}

export interface MapTileOptions extends SignalOption {
  /** Side in pixels. Default 256. */
  readonly size?: number | undefined;
  /** 1-based. Default 1. */
  readonly band?: number | undefined;
  /** Value of the first colour. Default: from the file's statistics. */
  readonly min?: number | undefined;
  /** Value of the last colour. */
  readonly max?: number | undefined;
  readonly colormap?: string | undefined;
}

/** A picture of a Web Mercator tile: RGBA, 4 bytes a pixel, row-major; transparent where not valid. */
export interface MapTile {
  readonly rgba: Uint8ClampedArray;
  /** Side in pixels. */
  readonly size: number;
  /** Values of the first and the last colour. */
  readonly min: number;
  readonly max: number;
}
