import type { EngineOptions, SqlConnection } from "./engine.js";
import { CogridError } from "./errors.js";
import { initialNumber } from "./settings.js";

/** How {@link openWorkspace} opens; every field is optional. */
export interface WorkspaceOptions {
  /** Tells workspaces of one origin or directory apart. Default `"default"`. */
  readonly name?: string | undefined;
  /**
   * Where sources, grids and results are kept. Default: IndexedDB in browsers, SQLite where a `directory` is given,
   * memory elsewhere.
   */
  readonly store?: "memory" | "indexeddb" | SqlConnection | undefined;
  /** Node only: folder of the workspace's database and settings; made when missing. */
  readonly directory?: string | undefined;
  /** Node only: variables such as `COGRID_TILE_SIZE`. Default: the process's. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * `off` computes in one thread. `auto` (the default) in several: threads with shared memory where the page is
   * cross-origin isolated and they work, else workers that each compute a part.
   */
  readonly threads?: "auto" | "off" | undefined;
  /** Threads that compute, at most the number of cores. Default 4. */
  readonly parallelWorkers?: number | undefined;
  /** Memory that one request may take, MiB. Default 4096; in browsers at most half of what the device reports. */
  readonly memoryLimitMb?: number | undefined;
  /** Memory that holds what was read, so that it is not read again, MiB. Default 128. */
  readonly blockMemoryMb?: number | undefined;
  /**
   * Bytes of remote files that the workspace keeps, so that a later session does not read them again, MiB. The longest
   * unused go first; a file that has changed is never served from them. Where there are no threads with shared memory,
   * requests are then computed by one engine alone. Default 0: none are kept.
   */
  readonly blockCacheMb?: number | undefined;
  /** Requests to one host at a time. Default 6. */
  readonly concurrencyPerOrigin?: number | undefined;
  /** Largest merged read, MiB. Default 16. */
  readonly maxRangeMb?: number | undefined;
  /**
   * Ranges nearer than this are read as one, KiB, while what is read in vain stays below 5 % of the request, or one such
   * gap. Default 32.6: what a line of 40 Mbit/s carries while a request is on its way.
   */
  readonly mergeGapKb?: number | undefined;
  /** Further tries of a read that failed in a way that may pass. */
  readonly retries?: number | undefined;
  /** A read without a byte for this long fails with `source.timeout`, ms. */
  readonly timeoutMs?: number | undefined;
  /** Methods where a request names none. Default `bilinear`, and `nearest` for a categorical source. */
  readonly resamplingMethods?:
    | {
        readonly default?: string | undefined;
        readonly continuous?: string | undefined;
        readonly categorical?: string | undefined;
      }
    | undefined;
  /** About how many pixels a side of a tile of the index has. Default 1000. */
  readonly tileSize?: number | undefined;
  /** Stored results that are older are not served, days. Default 30. */
  readonly cacheTtlDays?: number | undefined;
  /** Space of stored results, MiB: the least recently used make room. Default 2048. */
  readonly cacheLimitMb?: number | undefined;
  /** How much is held while a whole file is gone through. Default 100 MiB of samples, 2 tiles ahead. */
  readonly lazyLoading?:
    | { readonly chunkSizeMb?: number | undefined; readonly prefetchTiles?: number | undefined }
    | undefined;
  /** A queue's worker without a sign of life for this long is taken for dead, ms. Default 30 000. */
  readonly leaseMs?: number | undefined;
  /** Further runs of a task that failed in a way that may pass. Default 3. */
  readonly taskRetries?: number | undefined;
  /** Wait before the first of them, ms; doubled after each. Default 2000. */
  readonly taskRetryDelayMs?: number | undefined;
  /** Debug log on the console: a level, or `SUBSYSTEM=LEVEL,…` (`queue=debug`). Default none. */
  readonly log?: string | undefined;
  /**
   * Edge runtimes only: the module that decodes LERC, JPEG XL, WebP and LZMA, imported from `cogrid/codecs.wasm`. Elsewhere
   * it is loaded when a file first needs it.
   */
  readonly codecs?: WebAssembly.Module | undefined;
  /** `manual` refuses redirects (`source.http_status`). Default `follow`. */
  readonly redirect?: "follow" | "manual" | undefined;
  /** Browsers only: makes the engine's worker, for bundlers that don't know `new Worker(new URL(…))`: the script is `cogrid/worker`. */
  readonly createWorker?: (() => Worker) | undefined;
  /** Browsers only: how long loading the engine may take, ms. Default 60 000. */
  readonly bootTimeoutMs?: number | undefined;
}

/**
 * The settings that the core reads, without those that are not set.
 *
 * @throws CogridError `usage.option` for an option that doesn't exist or can't have that value.
 */
export function engineConfig(options: WorkspaceOptions): Record<string, unknown> {
  for (const key of Object.keys(options)) {
    if (!(key in KINDS))
      throw new CogridError("usage.option", `expected one of ${Object.keys(KINDS).join(", ")}, got "${key}"`);
  }
  const config: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options)) {
    const kind = KINDS[key as keyof WorkspaceOptions];
    if (value === undefined || kind === "host") continue;
    if (kind === "number" && !(typeof value === "number" && Number.isFinite(value) && value >= 0)) {
      throw new CogridError("usage.option", `expected a number ≥ 0 for ${key}, got ${String(value)}`);
    }
    config[key] = value;
  }
  return config;
}

/** Threads that may compute: what was asked for, at most the cores. */
export function parallelWorkers(options: WorkspaceOptions, cores: number): number {
  return Math.max(1, Math.floor(Math.min(options.parallelWorkers ?? initialNumber("parallelWorkers"), cores)));
}

/**
 * Whether engines of their own may share the work of one with this configuration. Not where it keeps bytes of files for
 * later sessions: helpers have no tables to keep them in.
 */
export function mayHaveHelpers(config: Readonly<Record<string, unknown>>): boolean {
  return !(Number(config.blockCacheMb ?? 0) > 0);
}

/** How one of `count` engines is opened that share the work of one with this configuration, and its limits. */
export function helperOptions(config: Readonly<Record<string, unknown>>, count: number): EngineOptions {
  const {
    memoryLimitMb = initialNumber("memoryLimitMb"),
    concurrencyPerOrigin = initialNumber("concurrencyPerOrigin"),
  } = config as Record<string, number | undefined>;
  return {
    name: "helper",
    store: "memory",
    config: {
      ...config,
      memoryLimitMb: memoryLimitMb / count,
      concurrencyPerOrigin: Math.max(1, Math.floor(concurrencyPerOrigin / count)),
    },
  };
}

const KINDS: Record<keyof WorkspaceOptions, "host" | "number" | "other"> = {
  name: "host",
  store: "host",
  directory: "host",
  environment: "host",
  threads: "host",
  parallelWorkers: "number",
  memoryLimitMb: "number",
  blockCacheMb: "number",
  blockMemoryMb: "number",
  concurrencyPerOrigin: "number",
  maxRangeMb: "number",
  mergeGapKb: "number",
  retries: "number",
  timeoutMs: "number",
  resamplingMethods: "other",
  tileSize: "number",
  cacheTtlDays: "number",
  cacheLimitMb: "number",
  lazyLoading: "other",
  leaseMs: "number",
  taskRetries: "number",
  taskRetryDelayMs: "number",
  log: "other",
  codecs: "host",
  redirect: "other",
  createWorker: "host",
  bootTimeoutMs: "host",
};
