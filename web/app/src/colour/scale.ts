/** How values become colours: evenly over the range, or so that every class holds as many cells. */
export type ScaleKind = "quantile" | "linear";

/** Where the values of one result lie, and the class limits for colouring them. */
export interface Scale {
  readonly kind: ScaleKind;
  readonly min: number;
  readonly max: number;
  /** Inner class limits in ascending order; empty for a linear scale. */
  readonly breaks: readonly number[];
}

/** One bar: how many values lie in `[from, to)`, the last one including its end. */
export interface Bin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** The values that are there, in ascending order. */
export function sortedValues(values: Float64Array): Float64Array {
  return values.filter((value) => Number.isFinite(value)).sort();
}

/** A scale over `sorted`, which is in ascending order; null where there is no value. */
export function scaleOf(sorted: Float64Array, kind: ScaleKind): Scale | null {
  const min = sorted[0];
  const max = sorted[sorted.length - 1];
  if (min === undefined || max === undefined) return null;
  if (kind === "linear") return { kind, min, max, breaks: [] };
  const limits = Array.from({ length: CLASSES - 1 }, (_, k) => quantile(sorted, (k + 1) / CLASSES));
  // Where a value is so common that it fills several classes, they are one.
  const breaks = limits.filter((limit, k) => limit > (k === 0 ? min : (limits[k - 1] ?? min)) && limit <= max);
  return { kind, min, max, breaks };
}

/** Place of a value on the colour map, 0 to 1. */
export function positionOf(scale: Scale, value: number): number {
  if (scale.kind === "linear" || scale.breaks.length === 0) {
    return scale.max > scale.min ? (value - scale.min) / (scale.max - scale.min) : 0.5;
  }
  return classOf(scale, value) / scale.breaks.length;
}

/** Number of the class that holds a value, from 0. */
export function classOf(scale: Scale, value: number): number {
  return scale.breaks.filter((limit) => value >= limit).length;
}

/** The values counted in `count` bars of equal width. */
export function histogram(sorted: Float64Array, count: number): Bin[] {
  const min = sorted[0];
  const max = sorted[sorted.length - 1];
  if (min === undefined || max === undefined) return [];
  if (min === max) return [{ from: min, to: max, count: sorted.length }];
  const counts = new Uint32Array(count);
  for (const value of sorted) {
    const bar = Math.min(Math.floor(((value - min) / (max - min)) * count), count - 1);
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  const limit = (k: number) => min + ((max - min) * k) / count;
  return Array.from(counts, (n, k) => ({ from: limit(k), to: k === count - 1 ? max : limit(k + 1), count: n }));
}

const CLASSES = 7;

function quantile(sorted: Float64Array, q: number): number {
  const place = (sorted.length - 1) * q;
  const low = Math.floor(place);
  const from = sorted[low] ?? Number.NaN;
  const to = sorted[Math.min(low + 1, sorted.length - 1)] ?? from;
  return from + (to - from) * (place - low);
}
