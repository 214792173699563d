/** `1234567` as `1,234,567`. */
export function formatCount(count: number): string {
  return Math.round(count).toLocaleString("en");
}

/** A count with its noun: `1 block`, `12 blocks`. */
export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** A value with about four significant digits, without needless zeros. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return "no value";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e7 || size < 1e-3)) return value.toExponential(2);
  const decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 1 ? 2 : 4;
  return value.toLocaleString("en", { maximumFractionDigits: decimals });
}

/** A value as a mark on an axis: no more decimals than `range`, the length of the axis, asks for. */
export function formatTick(value: number, range: number): string {
  if (!(range > 0) || range < 1e-4 || Math.abs(value) >= 1e7) return formatValue(value);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(range)));
  return value.toLocaleString("en", { maximumFractionDigits: decimals });
}

/** A number of bytes in words, decimal units. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return plural(bytes, "byte");
  const units = ["KB", "MB", "GB", "TB"];
  const step = Math.min(Math.floor(Math.log10(bytes) / 3), units.length);
  const amount = bytes / 1000 ** step;
  return `${amount.toFixed(amount < 10 ? 1 : 0)} ${units[step - 1]}`;
}

/** Milliseconds as seconds, in the precision that a person can use. */
export function formatDuration(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 0.095) return `${Math.max(1, Math.round(durationMs))} ms`;
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** A share of 1 as whole per cent. */
export function formatShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A cell size with its unit: `25 km`, `0.5°`. */
export function formatCellSize(size: number, unit: string): string {
  if (unit === "°") return `${Number(size.toPrecision(6))}°`;
  if (unit === "m" && size >= 1000) return `${Number((size / 1000).toPrecision(6))} km`;
  return `${Number(size.toPrecision(6))} ${unit}`;
}

/** The moment as the reader's date and time. */
export function formatMoment(moment: Date): string {
  return moment.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}
