import { diagnoseServer, httpUrl, verdictOf } from "./diagnose.js";
import type { EngineClient, EngineSource, StoreKind } from "./engine.js";
import { CogridError } from "./errors.js";
import { createFeatures, type Features } from "./features.js";
import { isFileHandle } from "./kept-files.js";
import { isRangeSource } from "./protocol.js";
import { createQueue, type Queue, type QueueHost } from "./queue.js";
import { lonelyQueueHost } from "./queue-host-alone.js";
import type { CacheStats, Cleanup, CleanupOptions, Tiling } from "./queue-types.js";
import { createSettings, forgetfulSettings, type Settings, settle } from "./settings.js";
import { chunksOf, Table } from "./table.js";
import { tables } from "./table-stream.js";
import type {
  DatasetInfo,
  DiagnoseOptions,
  Diagnosis,
  GridDefinition,
  GridDescription,
  GridRecord,
  GridSummary,
  MapTile,
  MapTileOptions,
  Plan,
  PointOptions,
  PointValues,
  Progress,
  Provenance,
  ReadOptions,
  RegisterOptions,
  ResampleOptions,
  ResultSummary,
  Samples,
  SignalOption,
  SourceInput,
  SourceRecord,
  Statistics,
  StatisticsOptions,
} from "./types.js";

/** A source: its record, id, name or URL; or bytes, for this one call. */
export type SourceRef = SourceRecord | SourceInput;

/** A grid: its record, id or name; or its definition, for this one call. */
export type GridRef = GridRecord | GridDescription | GridDefinition | GridSummary | string;

/** Sources, grids and results that belong together. Open one with `openWorkspace`. */
export interface Workspace extends AsyncDisposable {
  readonly sources: Sources;
  readonly grids: Grids;
  readonly results: Results;
  /** Values of a grid's cells under names, joined into one table. */
  readonly features: Features;
  /** Work that waits. */
  readonly queue: Queue;
  /** What of the results is stored, and how it was used. */
  readonly cache: Cache;
  /** The configuration in force. */
  readonly settings: Settings;
  /** Threads or workers that may compute at once. */
  readonly threads: number;
  /** What keeps sources, grids and results: `memory` forgets them with the session. */
  readonly storeKind: StoreKind;
  /**
   * Values of the source's pixels on the grid's cells.
   *
   * @throws CogridError `usage.method`, `usage.grid_type`, `crs.missing`, `source.http_status`, … ; AbortError.
   */
  resample(source: SourceRef, grid: GridRef, options?: ResampleOptions): Promise<Table>;
  /**
   * As {@link Workspace.resample}, a table per chunk of the grid (up to 16 384 cells), in its order, while the others
   * are computed. Whoever is slow to take them holds the work back; leaving the loop ends it.
   *
   * A table's provenance is that of the answer so far; the iterator's return value is the whole one.
   */
  resampleChunks(source: SourceRef, grid: GridRef, options?: ResampleOptions): AsyncGenerator<Table, Provenance, void>;
  /** What {@link Workspace.resample} would read: blocks, ranges, bytes, level and memory. Fetches no pixels. */
  explain(source: SourceRef, grid: GridRef, options?: ResampleOptions): Promise<Plan>;
  /**
   * A Cloud-Optimized GeoTIFF of a table on squares: a pixel a cell, a float64 band a method and one of `confidence`,
   * NaN (its nodata value) where there is none.
   *
   * @throws CogridError `usage.output` for another grid or a CRS without an EPSG code, `limit.exceeded`.
   */
  toGeoTIFF(table: Table): Promise<Uint8Array>;
  /** A picture of the Web Mercator tile `z`/`x`/`y`. */
  mapTile(source: SourceRef, z: number, x: number, y: number, options?: MapTileOptions): Promise<MapTile>;
  /**
   * What is good and what is bad about a source and the server that it comes from, and how to mend it: range support,
   * CORS, headers, layout, overviews, CRS. What is wrong is a finding, not an error.
   */
  diagnose(source: SourceRef, options?: DiagnoseOptions): Promise<Diagnosis>;
  /** Ends the engine and its threads; calls that still run reject with `usage.closed`. What is stored stays. */
  close(): Promise<void>;
}

/** A workspace's stored sources. */
export interface Sources {
  /**
   * The new record of a stored source. Bytes (File, Blob, ArrayBuffer, an object with `read`) are not stored: in a
   * later session give them again with {@link Sources.attach}.
   *
   * @throws CogridError `usage.name_taken`, `source.not_found`, `format.…`
   */
  register(source: SourceInput, options?: RegisterOptions): Promise<SourceRecord>;
  list(): Promise<SourceRecord[]>;
  /** The record of a source, by id or name. @throws CogridError `usage.unknown_source` */
  get(ref: string): Promise<SourceRecord>;
  /** Forgets the source and its results. */
  remove(ref: SourceRecord | string): Promise<void>;
  info(source: SourceRef, options?: SignalOption): Promise<DatasetInfo>;
  /**
   * Samples of a window, in the file's own type.
   *
   * @throws CogridError `usage.window`, `usage.band`, `usage.overview`, `usage.option` where `into` is too small or can't
   * be moved, `limit.exceeded`; those of reading and decoding.
   */
  read(source: SourceRef, options?: ReadOptions): Promise<Samples>;
  /** Exact statistics of the valid pixels of one band. */
  stats(source: SourceRef, options?: StatisticsOptions): Promise<Statistics>;
  /** Values of the pixel at a place; longitude and latitude unless `crs` says otherwise. */
  point(source: SourceRef, lon: number, lat: number, options?: PointOptions): Promise<PointValues>;
  /**
   * Builds the index of tiles (whole blocks, about `tileSize` pixels square) with the place of their bytes and exact
   * statistics. A run that was stopped goes on where it ended.
   */
  tile(
    source: SourceRef,
    options?: SignalOption & {
      readonly tileSize?: number | undefined;
      readonly onProgress?: ((progress: Progress) => void) | undefined;
    },
  ): Promise<Tiling>;
  /**
   * Gives a file that the browser kept for a stored source its bytes back. The user may be asked: call it from a click.
   * False where no handle was kept or the answer is no: then the file must be chosen again and be given to `attach`.
   */
  reopen(ref: SourceRecord | string): Promise<boolean>;
  /** Gives a stored source its bytes again. @throws CogridError `source.changed` when they are others. */
  attach(ref: SourceRecord | string, bytes: Exclude<SourceInput, string | URL>): Promise<void>;
}

/** A workspace's stored grids. */
export interface Grids {
  add(definition: GridDefinition, options?: { readonly name?: string | undefined }): Promise<GridRecord>;
  list(): Promise<GridDescription[]>;
  remove(ref: GridRecord | GridDescription | string): Promise<void>;
}

/** A workspace's stored results. */
export interface Results {
  list(): Promise<ResultSummary[]>;
  remove(ref: ResultSummary | string): Promise<void>;
}

/** A workspace's stored results as a cache. */
export interface Cache {
  /** Rows, bytes, hits and misses of every source. */
  stats(): Promise<CacheStats[]>;
  /** Removes what was not used for long and is little used, and what can't be served any more. */
  cleanUp(options?: CleanupOptions): Promise<Cleanup>;
}

/** What the host adds to an engine. */
export interface WorkspaceHost {
  readonly queue: QueueHost;
  readonly settings: Settings;
  /** Gives a stored source the bytes of the file that the host kept for it; false where it can't. */
  readonly reopen?: ((ref: string) => Promise<boolean>) | undefined;
}

/** A workspace over an engine, wherever that runs. */
export function createWorkspace(client: EngineClient, host: WorkspaceHost = lonelyHost()): Workspace {
  const close = async (): Promise<void> => {
    host.queue.close();
    await client.close();
  };
  return {
    sources: createSources(client, host.reopen),
    grids: {
      add: (definition, options) => client.call("addGrid", [definition, options]),
      list: () => client.call("grids", []),
      remove: (ref) => client.call("removeGrid", [idOf(ref)]),
    },
    results: {
      list: () => client.call("results", []),
      remove: (ref) => client.call("removeResult", [idOf(ref)]),
    },
    features: createFeatures(client, sourceOf, gridOf),
    queue: createQueue(client, host.queue),
    cache: {
      stats: () => client.call("cacheStats", []),
      cleanUp: (options = {}) => client.call("cleanCache", [options]),
    },
    settings: host.settings,
    get threads() {
      return client.threads();
    },
    get storeKind() {
      return client.storeKind();
    },
    resample: async (source, grid, options = {}) => {
      const { signal, onProgress, ...rest } = options;
      return new Table(
        await client.call("resample", [sourceOf(source), gridOf(grid), withMethods(rest)], { signal, onProgress }),
      );
    },
    resampleChunks: (source, grid, options = {}) => {
      const { signal, onProgress, ...rest } = options;
      return tables(signal, (hooks) =>
        client.call("resample", [sourceOf(source), gridOf(grid), withMethods(rest)], { ...hooks, onProgress }),
      );
    },
    explain: async (source, grid, options = {}) => {
      const { signal, onProgress: _, ...rest } = options;
      return client.call("explain", [sourceOf(source), gridOf(grid), withMethods(rest)], { signal });
    },
    toGeoTIFF: (table) =>
      client.call("cog", [
        table.grid,
        chunksOf(table).map(({ index, runs, columns, confidence }) => ({ index, runs, columns, confidence })),
      ]),
    mapTile: async (source, z, x, y, options = {}) => {
      const { signal, ...rest } = options;
      return client.call("mapTile", [sourceOf(source), z, x, y, rest], { signal });
    },
    diagnose: (source, options = {}) => diagnose(client, source, options),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function diagnose(client: EngineClient, source: SourceRef, options: DiagnoseOptions): Promise<Diagnosis> {
  const { signal, timeoutMs = 10_000 } = options;
  const ref = sourceOf(source);
  const url = typeof ref === "string" ? httpUrl(await locationOf(client, ref)) : undefined;
  const server = url === undefined ? [] : await diagnoseServer(url, { signal, timeoutMs });
  const isReadable = server[0] === undefined || server[0].status !== "problem";
  const file = isReadable ? await client.call("examine", [ref], { signal }) : { checks: [], info: null };
  const checks = [...server, ...file.checks];
  return { verdict: verdictOf(checks), checks, info: file.info };
}

/** Where a stored source is; what is not stored is a location itself. */
async function locationOf(client: EngineClient, ref: string): Promise<string> {
  if (httpUrl(ref) !== undefined) return ref;
  return client.call("source", [ref]).then(
    ({ location }) => location,
    () => ref,
  );
}

/** A host without other sessions, whose settings end with it. */
function lonelyHost(): WorkspaceHost {
  const { settings } = settle({}, { workspace: {}, environment: {} }, { cores: 1 });
  return { queue: lonelyQueueHost(), settings: createSettings(settings, forgetfulSettings()) };
}

function createSources(client: EngineClient, reopen: WorkspaceHost["reopen"]): Sources {
  return {
    register: async (source, options = {}) => {
      const { signal, ...rest } = options;
      return client.call("registerSource", [sourceOf(source), rest], { signal });
    },
    list: () => client.call("sources", []),
    get: (ref) => client.call("source", [ref]),
    remove: (ref) => client.call("removeSource", [idOf(ref)]),
    info: async (source, options = {}) => client.call("info", [sourceOf(source)], { signal: options.signal }),
    read: async (source, options = {}) => {
      const { signal, into, ...rest } = options;
      const memory = into === undefined ? {} : { into: moved(into) };
      return client.call("read", [sourceOf(source), { ...rest, ...memory }], { signal });
    },
    stats: async (source, options = {}) => {
      const { signal, ...rest } = options;
      return client.call("statistics", [sourceOf(source), rest], { signal });
    },
    point: async (source, lon, lat, options = {}) => {
      const { signal, ...rest } = options;
      return client.call("point", [sourceOf(source), lon, lat, rest], { signal });
    },
    tile: async (source, options = {}) => {
      const { signal, onProgress, ...rest } = options;
      return client.call("tile", [sourceOf(source), rest], { signal, onProgress });
    },
    reopen: async (ref) => (await reopen?.(idOf(ref))) ?? false,
    attach: (ref, bytes) => client.call("attach", [idOf(ref), sourceOf(bytes)]),
  };
}

function sourceOf(source: SourceRef): EngineSource {
  if (typeof source === "string") return source;
  if (source instanceof URL) return source.href;
  if (source instanceof ArrayBuffer || source instanceof Blob || isRangeSource(source) || isFileHandle(source))
    return source;
  if (ArrayBuffer.isView(source)) return copied(source);
  if (typeof source === "object" && source !== null && typeof source.id === "string") return source.id;
  throw new CogridError(
    "usage.source",
    `expected a URL, File, file handle, Blob, ArrayBuffer, an object with read, or a source's record, got ${describe(source)}`,
  );
}

function gridOf(grid: GridRef): string | GridDefinition | GridSummary {
  if (typeof grid === "string") return grid;
  if ("type" in grid) return grid;
  return grid.id;
}

function idOf(ref: { readonly id: string } | string): string {
  return typeof ref === "string" ? ref : ref.id;
}

function withMethods(options: ResampleOptions): ResampleOptions {
  return typeof options.method === "string" ? { ...options, method: [options.method] } : options;
}

/** `memory` under a new name, so that nobody sees it half written or gives it twice: alike wherever the engine is. */
function moved(memory: ArrayBuffer): ArrayBuffer {
  let cause: unknown;
  try {
    const clone: unknown = structuredClone(memory, { transfer: [memory] });
    if (clone instanceof ArrayBuffer) return clone;
  } catch (thrown) {
    cause = thrown;
  }
  throw new CogridError("usage.option", "expected an ArrayBuffer for into that can be moved", {
    hint: "give new memory or the data.buffer of the last answer: what another call has, is shared or belongs to wasm can't be moved",
    cause,
  });
}

function copied(view: ArrayBufferView): ArrayBuffer {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice().buffer;
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}
