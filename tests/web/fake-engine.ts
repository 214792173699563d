import type { Engine, EngineConstructor, EngineOptions, ResultData } from "../../web/lib/engine.js";
import type { ResampleOptions, SourceRecord } from "../../web/lib/types.js";

/** A result of two chunks: 3 squares, then 1; values are literal. */
export function sampleResult(): ResultData {
  return {
    chunks: [
      {
        index: 0,
        runs: Int32Array.of(5, -1, 2, 4, 7, 1),
        columns: { average: Float64Array.of(1.5, Number.NaN, -3), sum: Float64Array.of(3, Number.NaN, -6) },
        confidence: Float64Array.of(1, 0, 0.25),
        outlines: Float64Array.of(-1, 5, 0, 5, 0, 6, -1, 6, 0, 5, 1, 5, 1, 6, 0, 6, 7, 4, 8, 4, 8, 5, 7, 5),
        vertices: 4,
      },
      {
        index: 1,
        runs: Int32Array.of(0, 9, 1),
        columns: { average: Float64Array.of(1e21), sum: Float64Array.of(0.1) },
        confidence: Float64Array.of(0.5),
        outlines: Float64Array.of(179, 0, -179, 0, -179, 1, 179, 1),
        vertices: 4,
      },
    ],
    idRule: "square",
    grid: { type: "square", crs: "EPSG:4326", cellSize: 1, bounds: [-1, 0, 10, 6] },
    provenance: {
      source: "s1",
      etag: '"abc"',
      fingerprint: "f1",
      level: 0,
      scale: [2, 2],
      methods: ["average", "sum"],
      columns: ["average", "sum"],
      band: 1,
      blocks: 4,
      ranges: 1,
      bytes: 1024,
      cacheHits: 0,
      cacheMisses: 2,
      cells: 4,
      durationMs: 7,
      notes: [],
      warnings: [],
    },
  };
}

export interface FakeEngineControls {
  /** What `Engine.open` was given, in order. */
  readonly opened: EngineOptions[];
  /** Method, arguments of every call. */
  readonly calls: [method: string, ...args: unknown[]][];
  /** Replaces a method's answer. */
  readonly answers: Partial<Record<keyof Engine, (...args: unknown[]) => unknown>>;
}

/** An engine class without wasm that notes what it is asked. */
export function fakeEngine(): { Engine: EngineConstructor; controls: FakeEngineControls } {
  const controls: FakeEngineControls = { opened: [], calls: [], answers: {} };
  const record = (id: string, location: string): SourceRecord => ({ id, name: id, location }) as SourceRecord;
  const defaults: Record<string, (...args: unknown[]) => unknown> = {
    registerSource: (location) => record("s1", typeof location === "string" ? location : "file:x"),
    sources: () => [record("s1", "https://example.org/a.tif")],
    source: (ref) => record(ref as string, "https://example.org/a.tif"),
    resample: (_source, _grid, options) => {
      (options as ResampleOptions).onProgress?.({ phase: "read", done: 1, total: 2, bytes: 512 });
      return sampleResult();
    },
    grids: () => [],
    attach: () => undefined,
    removeSource: () => undefined,
    threads: () => 3,
    storeKind: () => "memory",
    warnings: () => [],
    close: () => undefined,
  };
  const engine = new Proxy({} as Engine, {
    get: (_, method: string) => {
      // A promise resolves with this object: it must not look like one.
      if (method === "then") return undefined;
      const answer = controls.answers[method as keyof Engine] ?? defaults[method] ?? (() => ({ method }));
      if (method === "threads" || method === "storeKind" || method === "warnings" || method === "close") return answer;
      return async (...args: unknown[]) => {
        controls.calls.push([method, ...args]);
        return answer(...args);
      };
    },
  });
  return {
    controls,
    Engine: {
      open: async (options) => {
        controls.opened.push(options);
        return engine;
      },
    },
  };
}
