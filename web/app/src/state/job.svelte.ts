import {
  type GridDefinition,
  type GridSummary,
  isAbortError,
  type Progress,
  type ResultSummary,
  type SourceRecord,
  type Table,
} from "cogrid";
import { recall, remember } from "./memory";
import { problems } from "./problems.svelte";
import { session } from "./session.svelte";

interface MethodChoice {
  readonly name: string;
  readonly title: string;
  /** A sentence without its full stop. */
  readonly note: string;
  /** Those without one are always in view. */
  readonly group?: "Statistics" | "Classes" | "Quantiles" | "At the centre";
}

export const METHODS: readonly MethodChoice[] = [
  { name: "average", title: "Average", note: "Mean of the pixels, each by the share that the cell covers" },
  { name: "nearest", title: "Nearest", note: "The pixel under the cell's centre" },
  { name: "bilinear", title: "Bilinear", note: "Smooth, from the 2 × 2 pixels around the centre" },
  { name: "cubic", title: "Cubic", note: "Sharper, from the 4 × 4 pixels around the centre" },
  {
    name: "sum",
    title: "Sum",
    note: "The pixels added up, each by the share that the cell covers",
    group: "Statistics",
  },
  { name: "count", title: "Count", note: "How many pixels with a value the cell covers", group: "Statistics" },
  { name: "min", title: "Least", note: "The least value that the cell touches", group: "Statistics" },
  { name: "max", title: "Greatest", note: "The greatest value that the cell touches", group: "Statistics" },
  { name: "stdev", title: "Deviation", note: "Standard deviation of the covered pixels", group: "Statistics" },
  { name: "variance", title: "Variance", note: "Variance of the covered pixels", group: "Statistics" },
  {
    name: "rms",
    title: "Root mean square",
    note: "Root of the mean square of the covered pixels",
    group: "Statistics",
  },
  { name: "mode", title: "Most frequent", note: "The value that covers most of the cell", group: "Classes" },
  { name: "minority", title: "Least frequent", note: "The value that covers least of the cell", group: "Classes" },
  { name: "variety", title: "Variety", note: "How many different values the cell touches", group: "Classes" },
  { name: "median", title: "Median", note: "Half of the covered pixels are below it", group: "Quantiles" },
  {
    name: "quantile(0.1)",
    title: "Lowest tenth",
    note: "A tenth of the covered pixels is below it",
    group: "Quantiles",
  },
  {
    name: "quantile(0.25)",
    title: "Lower quartile",
    note: "A quarter of the covered pixels is below it",
    group: "Quantiles",
  },
  {
    name: "quantile(0.75)",
    title: "Upper quartile",
    note: "A quarter of the covered pixels is above it",
    group: "Quantiles",
  },
  {
    name: "quantile(0.9)",
    title: "Highest tenth",
    note: "A tenth of the covered pixels is above it",
    group: "Quantiles",
  },
  {
    name: "cubicspline",
    title: "Spline",
    note: "Smoothest, from the 4 × 4 pixels around the centre",
    group: "At the centre",
  },
  {
    name: "lanczos",
    title: "Lanczos",
    note: "Sharpest, from the 6 × 6 pixels around the centre",
    group: "At the centre",
  },
];

/** What people call a method. */
export function methodTitle(name: string): string {
  return METHODS.find((method) => method.name === name)?.title ?? name;
}

/** A finished result with what it was made of. */
export interface Result {
  readonly source: SourceRecord;
  readonly definition: GridDefinition | GridSummary;
  readonly method: string;
  readonly table: Table;
  /** Time from the click to the table, milliseconds. */
  readonly waitedMs: number;
}

/** The running resampling, the result on show, and the list of stored ones. */
class Job {
  method = $state<string>("average");
  running = $state(false);
  progress = $state.raw<Progress | null>(null);
  /** Told to those who can't see the bar. */
  message = $state("");
  result = $state.raw<Result | null>(null);
  stored = $state.raw<readonly ResultSummary[]>([]);
  /** Which of them is on show. */
  storedId = $state<string | null>(null);
  #stop: AbortController | null = null;

  /** Computes, or reopens what was computed before. True when there is a new result. */
  async run(source: SourceRecord, definition: GridDefinition | GridSummary, method: string): Promise<boolean> {
    const { workspace } = session;
    if (!workspace || this.running) return false;
    const stop = new AbortController();
    const started = performance.now();
    this.#stop = stop;
    this.running = true;
    this.progress = null;
    this.message = "Working";
    try {
      // Of stored polygons there is a digest only, which finds them.
      const grid = isDefinition(definition) ? await workspace.grids.add(definition) : definition;
      const table = await workspace.resample(source, grid, {
        method,
        outlines: true,
        signal: stop.signal,
        onProgress: (progress) => {
          this.progress = progress;
        },
      });
      this.result = { source, definition, method, table, waitedMs: performance.now() - started };
      this.message = `Done: ${table.length} cells`;
      await this.refresh();
      this.#show(this.#latest(source, method));
      return true;
    } catch (error) {
      this.message = isAbortError(error) ? "Cancelled" : "Failed";
      problems.report("Could not compute the cells", error);
      return false;
    } finally {
      this.running = false;
      this.progress = null;
      this.#stop = null;
    }
  }

  cancel(): void {
    this.#stop?.abort();
  }

  close(): void {
    this.result = null;
    this.#show(null);
  }

  async refresh(): Promise<void> {
    const stored = (await session.workspace?.results.list()) ?? [];
    this.stored = stored.toSorted((a, b) => b.created - a.created);
  }

  /** Shows a stored result; nothing of the source is read. */
  async reopen({ sourceId, definition }: ResultSummary, method: string): Promise<boolean> {
    const source = session.sources.find(({ id }) => id === sourceId);
    if (!source) {
      problems.report("Could not reopen the result", new Error("its raster is no longer among the stored ones"));
      return false;
    }
    if (session.selected?.id !== source.id) await session.select(source);
    return this.run(source, definition, method);
  }

  async remove(summary: ResultSummary): Promise<void> {
    try {
      await session.workspace?.results.remove(summary.id);
      if (this.storedId === summary.id) this.close();
      await this.refresh();
    } catch (error) {
      problems.report("Could not remove the result", error);
    }
  }

  /** Reopens what was on show before a reload. */
  async restore(): Promise<void> {
    try {
      await this.refresh();
    } catch (error) {
      problems.report("Could not list the stored results", error);
    }
    const [last, method] = (recall("result") ?? "").split(" ");
    const summary = this.stored.find(({ id }) => id === last);
    if (summary && method && summary.methods.includes(method)) await this.reopen(summary, method);
  }

  #show(summary: ResultSummary | null): void {
    this.storedId = summary?.id ?? null;
    remember("result", summary && this.result ? `${summary.id} ${this.result.method}` : null);
  }

  /** The stored result that was used last: the one that has just been computed or served. */
  #latest(source: SourceRecord, method: string): ResultSummary | null {
    const used = this.stored.filter(({ sourceId, methods }) => sourceId === source.id && methods.includes(method));
    return used.toSorted((a, b) => b.lastAccessed - a.lastAccessed)[0] ?? null;
  }
}

export const job = new Job();

function isDefinition(grid: GridDefinition | GridSummary): grid is GridDefinition {
  return !("digest" in grid && grid.digest !== undefined);
}
