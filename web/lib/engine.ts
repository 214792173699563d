import type {
  AddFeaturesOptions,
  CacheStats,
  Cleanup,
  CleanupOptions,
  FeatureSummary,
  FeatureTableOptions,
  QueueSummary,
  Task,
  TaskFilter,
  TaskType,
  Tiling,
} from "./queue-types.js";
import type {
  DatasetInfo,
  DiagnosisCheck,
  FileHandle,
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
  RangeSource,
  ReadOptions,
  RegisterOptions,
  ResampleOptions,
  ResultSummary,
  Samples,
  SourceRecord,
  Statistics,
  StatisticsOptions,
} from "./types.js";

/** A source by id, name or URL; or its bytes, for this one call. The core itself takes no handles. */
export type EngineSource = string | Blob | ArrayBuffer | RangeSource | FileHandle;

/** A host's SQL database, as the core uses it. */
export interface SqlConnection {
  /** Rows of one statement: an object per row, `[]` where there are none. Parameters take the place of `?`. */
  execute(sql: string, params: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
  /** All of the statements in one transaction, or none: one that fails undoes those before it. */
  batch(statements: readonly (readonly [sql: string, params: readonly unknown[]])[]): Promise<unknown>;
}

/** What keeps a workspace's tables: `memory` forgets them with the session. */
export type StoreKind = "memory" | "indexeddb" | "sql";

/** Where a workspace keeps its tables. */
export type EngineStore = "memory" | "indexeddb" | SqlConnection;

/** How an engine is opened. */
export interface EngineOptions {
  readonly name: string;
  readonly store: EngineStore;
  readonly config: Readonly<Record<string, unknown>>;
  /** The bytes of a source that was registered as a file, where the host still has them. Engines in this thread only. */
  readonly openFile?: ((name: string) => Promise<RangeSource | Blob | undefined>) | undefined;
  /** The workspace whose kept files an engine in a browser's worker may open. */
  readonly files?: string | undefined;
}

/** Cells of one part of a grid, as columns. */
export interface ResultChunk {
  /** Position among the grid's chunks. */
  readonly index: number;
  /** Triples of row, first column, number of cells: of a lattice, or of H3 cells under `ancestors[row]`. */
  readonly runs: Int32Array;
  /** Ancestors of the chunk's H3 cells; a cell's column is its position among the descendants of one. */
  readonly ancestors?: BigUint64Array | undefined;
  /** Resolution of the H3 cells. */
  readonly resolution?: number | undefined;
  /** Ids of the zones. */
  readonly ids?: readonly string[] | undefined;
  readonly columns: Readonly<Record<string, Float64Array>>;
  readonly confidence: Float64Array;
  /** Longitude and latitude of every vertex, cell after cell. */
  readonly outlines?: Float64Array | undefined;
  /** Vertices of one cell in `outlines`, where all cells have as many. */
  readonly vertices?: number | undefined;
  /** Else the end of each ring, counted in vertices … */
  readonly ringEnds?: Uint32Array | undefined;
  /** … and the end of each cell, counted in rings. */
  readonly cellEnds?: Uint32Array | undefined;
}

/** What `resample` of the core gives: all chunks, or one of them where they are taken as they are finished. */
export interface ResultData {
  readonly chunks: readonly ResultChunk[];
  readonly idRule: "square" | "hexagon" | "h3" | "zones";
  /** The grid's definition, in its canonical form; of polygons a digest. */
  readonly grid: GridSummary;
  readonly provenance: Provenance;
}

/** What `featureTable` of the core gives: the columns carry the features' names. */
export interface FeatureTableData extends Pick<ResultData, "idRule" | "grid"> {
  readonly chunks: readonly Omit<ResultChunk, "confidence">[];
  readonly names: readonly string[];
}

/** The calls that the core answers, by name. Cancelling and progress travel beside the arguments. */
export interface EngineCalls {
  registerSource(location: EngineSource, options?: RegisterOptions): Promise<SourceRecord>;
  sources(): Promise<SourceRecord[]>;
  source(ref: string): Promise<SourceRecord>;
  removeSource(ref: string): Promise<void>;
  attach(ref: string, bytes: EngineSource): Promise<void>;
  info(ref: EngineSource, options?: { signal?: AbortSignal | undefined }): Promise<DatasetInfo>;
  read(ref: EngineSource, options?: ReadOptions): Promise<Samples>;
  statistics(ref: EngineSource, options?: StatisticsOptions): Promise<Statistics>;
  point(ref: EngineSource, lon: number, lat: number, options?: PointOptions): Promise<PointValues>;
  addGrid(definition: GridDefinition, options?: { name?: string | undefined }): Promise<GridRecord>;
  grids(): Promise<GridDescription[]>;
  removeGrid(ref: string): Promise<void>;
  resample(
    ref: EngineSource,
    grid: string | GridDefinition | GridSummary,
    options?: ResampleOptions,
  ): Promise<ResultData>;
  explain(ref: EngineSource, grid: string | GridDefinition | GridSummary, options?: ResampleOptions): Promise<Plan>;
  cog(grid: GridSummary, chunks: readonly ResultChunk[]): Promise<Uint8Array>;
  examine(
    ref: EngineSource,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<{ checks: DiagnosisCheck[]; info: DatasetInfo | null }>;
  tile(
    ref: EngineSource,
    options?: { tileSize?: number | undefined; signal?: AbortSignal | undefined },
  ): Promise<Tiling>;
  enqueue(task: unknown): Promise<Task>;
  tasks(filter?: TaskFilter): Promise<Task[]>;
  queueSummary(): Promise<QueueSummary>;
  retryTasks(ids: string[]): Promise<Task[]>;
  cancelTasks(ids: string[]): Promise<Task[]>;
  runTask(options: { worker: string; types: readonly TaskType[] }): Promise<{
    task: Task | null;
    /** Whether the run was this worker's to its end. */
    isOurs: boolean;
    /** Without a task: something may come within this time; `null` when nothing will. */
    waitMs: number | null;
  }>;
  queueWorkers(): Promise<string[]>;
  releaseWorkers(workers: string[]): Promise<number>;
  cacheStats(): Promise<CacheStats[]>;
  cleanCache(options?: CleanupOptions): Promise<Cleanup>;
  addFeatures(
    ref: EngineSource,
    grid: string | GridDefinition | GridSummary,
    options?: AddFeaturesOptions,
  ): Promise<FeatureSummary[]>;
  features(): Promise<FeatureSummary[]>;
  removeFeature(id: string): Promise<void>;
  featureTable(grid: string | GridDefinition | GridSummary, options?: FeatureTableOptions): Promise<FeatureTableData>;
  results(): Promise<ResultSummary[]>;
  removeResult(id: string): Promise<void>;
  mapTile(ref: EngineSource, z: number, x: number, y: number, options?: MapTileOptions): Promise<MapTile>;
}

/** The core's class in both wasm builds. */
export interface Engine extends EngineCalls {
  threads(): number;
  /** What went wrong without stopping a call, since this was last asked. */
  warnings(): string[];
  /** Where rows are kept. */
  storeKind(): StoreKind;
  close(): void;
}

export interface EngineConstructor {
  open(options: EngineOptions): Promise<Engine>;
}

export type EngineMethod = keyof EngineCalls;
export type EngineArgs<M extends EngineMethod> = Parameters<EngineCalls[M]>;
export type EngineResult<M extends EngineMethod> = Awaited<ReturnType<EngineCalls[M]>>;

/** What travels beside the arguments of a call. */
export interface CallHooks {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** `resample` only: takes parts of one chunk in order; the result has none then. Work waits for promises it gives. */
  readonly onChunk?: ((part: ResultData) => void | Promise<void>) | undefined;
  /** `resample` only: engines that may compute some of the chunks. */
  readonly helpers?: EngineHelpers | undefined;
}

/** Some chunks of a request, for another engine. */
export interface HelperJob {
  /** Id of the stored source; its location where it is not stored. */
  readonly sourceId: string;
  readonly location: string;
  readonly grid: GridDefinition;
  /** Those of `resample`, with `chunks`. */
  readonly options: ResampleOptions;
}

/** Engines that may help, by number. */
export interface HelperTeam {
  /** How many may work at once. */
  readonly count: number;
  /** How many of them run and have nothing to do; the others have to be started, or waited for. */
  readonly running: number;
}

/** Engines that compute for another one. */
export interface EngineHelpers extends HelperTeam {
  /** What the job took; its chunks have been handed out by then, in order. */
  compute(job: HelperJob, hooks: Pick<CallHooks, "signal" | "onProgress" | "onChunk">): Promise<Provenance>;
}

/** The core, wherever it runs: in this thread, or in a worker. */
export interface EngineClient {
  call<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks?: CallHooks): Promise<EngineResult<M>>;
  /** Threads that compute. */
  threads(): number;
  /** Where rows are kept. */
  storeKind(): StoreKind;
  /** Ends it; calls that still run reject with `usage.closed`. */
  close(): Promise<void>;
}
