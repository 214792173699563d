import type { EngineClient, EngineSource, ResultData } from "./engine.js";
import type { AddFeaturesOptions, FeatureSummary, FeatureTableOptions } from "./queue-types.js";
import { Table } from "./table.js";
import type { GridDefinition, GridSummary } from "./types.js";
import type { GridRef, SourceRef } from "./workspace.js";

/** A workspace's features: named values of grids' cells. */
export interface Features {
  /**
   * Stores the values of a source on a grid under a name; one of the same type and name on the same grid is replaced.
   * What is stored of the result is not computed again.
   */
  add(source: SourceRef, grid: GridRef, options?: AddFeaturesOptions): Promise<FeatureSummary[]>;
  list(): Promise<FeatureSummary[]>;
  /** The features of a grid joined by cell: a column each; `confidence` is `NaN`. @throws CogridError `usage.unknown_feature` */
  table(grid: GridRef, options?: FeatureTableOptions): Promise<Table>;
  remove(feature: FeatureSummary | string): Promise<void>;
}

export function createFeatures(
  client: EngineClient,
  sourceOf: (source: SourceRef) => EngineSource,
  gridOf: (grid: GridRef) => string | GridDefinition | GridSummary,
): Features {
  return {
    add: async (source, grid, options = {}) => {
      const { signal, onProgress, ...rest } = options;
      const method = typeof rest.method === "string" ? [rest.method] : rest.method;
      return client.call("addFeatures", [sourceOf(source), gridOf(grid), { ...rest, method }], { signal, onProgress });
    },
    list: () => client.call("features", []),
    table: async (grid, options = {}) => {
      const { names, chunks, ...rest } = await client.call("featureTable", [gridOf(grid), options]);
      const cells = (runs: Int32Array): number => runs.reduce((sum, n, k) => (k % 3 === 2 ? sum + n : sum), 0);
      const data: ResultData = {
        ...rest,
        chunks: chunks.map((chunk) => ({
          ...chunk,
          confidence: new Float64Array(cells(chunk.runs)).fill(Number.NaN),
        })),
        provenance: {
          source: "features",
          etag: null,
          fingerprint: "",
          level: 0,
          scale: [1, 1],
          methods: names,
          columns: names,
          band: 1,
          blocks: 0,
          ranges: 0,
          bytes: 0,
          cacheHits: 0,
          cacheMisses: 0,
          cells: chunks.reduce((sum, { runs }) => sum + cells(runs), 0),
          durationMs: 0,
          notes: [],
          warnings: [],
        },
      };
      return new Table(data);
    },
    remove: (feature) => client.call("removeFeature", [typeof feature === "string" ? feature : feature.id]),
  };
}
