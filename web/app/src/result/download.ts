import type { Result } from "../state/job.svelte";

/** Hands the result to the browser as a file. */
export function save(result: Result, format: "csv" | "geojson"): void {
  const [text, type] =
    format === "csv"
      ? [result.table.toCSV(), "text/csv"]
      : [JSON.stringify(result.table.toGeoJSON()), "application/geo+json"];
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${fileStem(result)}.${format}`;
  link.click();
  // The download has its own hold on the bytes by then.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function fileStem({ source, method, definition }: Result): string {
  const size = "cellSize" in definition ? definition.cellSize : "resolution" in definition ? definition.resolution : "";
  const words = `${source.name} ${method} ${definition.type} ${size}`;
  return words
    .toLowerCase()
    .replaceAll(/[^a-z0-9.]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}
