import type {
  GridDefinition,
  GridDescription,
  GridRecord,
  Progress,
  ResampleOptions,
  SignalOption,
  SourceRecord,
} from "./types.js";

export type TaskType = "raster_tiling" | "resampling" | "validation";
export type TaskStatus = "pending" | "running" | "done" | "failed" | "cancelled";

/** A piece of work in the queue. Times are milliseconds since 1970; `null` where it does not apply. */
export interface Task {
  readonly id: string;
  readonly queueType: TaskType;
  /** Id of the source; its location where it is not registered. */
  readonly source: string;
  /** Id of a stored grid, or a definition. */
  readonly grid: string | GridDefinition | null;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Larger ones come first. */
  readonly priority: number;
  readonly status: TaskStatus;
  readonly workerId: string | null;
  /** Until when its worker is taken to live without a sign of it. */
  readonly leaseUntil: number | null;
  /** Not tried again before this. */
  readonly notBefore: number | null;
  /** Runs that failed in a way that may pass. */
  readonly retryCount: number;
  readonly maxRetries: number;
  /** Runs whose worker died. */
  readonly lostCount: number;
  /** 0–1. */
  readonly progress: number;
  readonly error: { readonly code: string; readonly message: string; readonly hint: string | null } | null;
  /** What the work says of what it did. */
  readonly result: unknown;
  readonly dependsOn: readonly string[];
  /** The first of them that is not done. */
  readonly waitsFor: string | null;
  readonly created: number;
  readonly started: number | null;
  readonly finished: number | null;
}

/** A new task; what a resampling takes is as in `resample`. */
export interface EnqueueOptions extends Pick<ResampleOptions, "method" | "band" | "overview" | "unscale" | "weights"> {
  readonly type: TaskType;
  /** A stored source, or a URL. */
  readonly source: SourceRecord | string | URL;
  /** `resampling` only. */
  readonly grid?: GridRecord | GridDescription | GridDefinition | string | undefined;
  /** `raster_tiling` only: about how many pixels a side of a tile has. Default: the workspace's `tileSize`. */
  readonly tileSize?: number | undefined;
  /** Larger ones come first. Default 0. */
  readonly priority?: number | undefined;
  /** Tasks that must be done before. */
  readonly dependsOn?: readonly (Task | string)[] | undefined;
  /** Further runs after failures that may pass. Default: the workspace's `taskRetries`. */
  readonly maxRetries?: number | undefined;
}

export interface TaskFilter {
  readonly type?: TaskType | undefined;
  readonly status?: TaskStatus | undefined;
}

export interface QueueSummary {
  readonly summary: readonly {
    readonly queueType: TaskType;
    readonly status: TaskStatus;
    readonly taskCount: number;
  }[];
  readonly failed: readonly Task[];
  /** Since the oldest task that is not done was added. */
  readonly oldestAgeMs: number | null;
}

export interface ProcessOptions extends SignalOption {
  /** Default: all. */
  readonly types?: readonly TaskType[] | undefined;
  /** Claims at most this many tasks. */
  readonly maxTasks?: number | undefined;
  /** Tasks at once in this session. Default 1. */
  readonly workers?: number | undefined;
  /** Called after each run. */
  readonly onTask?: ((task: Task) => void) | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

export interface ProcessorOptions extends Omit<ProcessOptions, "signal" | "maxTasks"> {
  /** Called when the workers end by themselves: the store failed, for example. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** How the runs ended. */
export interface ProcessSummary {
  readonly done: number;
  readonly failed: number;
  /** Failed runs of tasks that will be tried again. */
  readonly retried: number;
  readonly cancelled: number;
  /** Runs that another worker took over. */
  readonly lost: number;
}

/** What is in a source's tile index. */
export interface Tiling {
  /** Tiles of all bands. */
  readonly tiles: number;
  readonly across: number;
  readonly down: number;
  readonly bands: number;
  /** Pixels of a tile that no edge cuts. */
  readonly tileWidth: number;
  readonly tileHeight: number;
  /** Tiles that were there already. */
  readonly kept: number;
}

/** What is stored of one source's results, and how it was used. */
export interface CacheStats {
  /** Name of the source; its location where it is not registered. */
  readonly source: string;
  readonly sourceId: string;
  /** Columns (a method's values in one chunk of a grid) that were served, and that had to be computed. */
  readonly hits: number;
  readonly misses: number;
  readonly bytesServed: number;
  /** Columns that are stored, and their bytes. */
  readonly rows: number;
  readonly bytes: number;
  /** Of these, those that a changed file or their age makes useless. */
  readonly staleRows: number;
  readonly lastAccessed: number | null;
}

export interface CleanupOptions {
  /** Not used for this many days. Default: `cacheTtlDays`. */
  readonly daysOld?: number | undefined;
  /** And used less often than this. Default 2. */
  readonly minAccess?: number | undefined;
}

/** What was cleaned away. */
export interface Cleanup {
  readonly rows: number;
  readonly bytes: number;
  /** Tasks that ended as long ago. */
  readonly tasks: number;
}

/** A stored feature: a named value of every cell of a grid. */
export interface FeatureSummary {
  readonly id: string;
  readonly featureType: string;
  readonly featureName: string;
  /** Name of the stored grid, else `null`. */
  readonly grid: string | null;
  readonly definition: GridDefinition;
  readonly cells: number;
  /** `user`: what was given with it; `from`: what it was made from. */
  readonly metadata: { readonly user: unknown; readonly from: unknown };
  readonly created: number;
  /** Whether every chunk of the grid is there. */
  readonly complete: boolean;
}

export interface AddFeaturesOptions extends Omit<ResampleOptions, "outlines" | "noCache"> {
  /** Groups features. Default `raster`. */
  readonly featureType?: string | undefined;
  /** Default: the source's name. With several methods each one's name is added. */
  readonly featureName?: string | undefined;
  readonly metadata?: unknown;
}

export interface FeatureTableOptions {
  readonly featureType?: string | undefined;
  /** Columns, in this order. Default: all features of the grid. */
  readonly featureNames?: readonly string[] | undefined;
}
