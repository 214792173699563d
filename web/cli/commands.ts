import { extname } from "node:path";
import {
  CogridError,
  csvLines,
  type Diagnosis,
  type GridDefinition,
  type GridDescription,
  geoJsonLines,
  jsonLines,
  type Table,
  type Workspace,
} from "cogrid";
import { writeParts } from "./files.js";
import { gridFile } from "./parse.js";

/** What a command tells: `json` with `--json`, else `text`; pieces for what may be large. */
export interface Answer {
  readonly json: unknown;
  readonly text: Iterable<string>;
  /** The JSON document piece by piece, in place of `json`. */
  readonly jsonPieces?: Iterable<string>;
}

/** `key: value`, a line each. */
export function lines(record: object): string[] {
  return Object.entries(record).map(
    ([key, value]) =>
      `${key}: ${typeof value === "object" && value !== null ? JSON.stringify(value) : String(value)}\n`,
  );
}

/** A line a check, and below it how to mend what is wrong. */
export function findings({ checks }: Diagnosis): string[] {
  const marks = { ok: "✓", warning: "!", problem: "✗" } as const;
  return checks.map(
    ({ name, status, message, fix }) => `${marks[status]} ${name}: ${message}\n${fix ? `    fix: ${fix}\n` : ""}`,
  );
}

/** Rows with aligned columns. */
export function columns(rows: readonly (readonly unknown[])[]): string[] {
  const texts = rows.map((row) => row.map((value) => String(value ?? "")));
  const widths = (texts[0] ?? []).map((_, k) => Math.max(...texts.map((row) => (row[k] ?? "").length)));
  return texts.map(
    (row) =>
      `${row
        .map((text, k) => text.padEnd(widths[k] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
  );
}

/** Which writer an output file's name asks for; CSV on standard output. @throws CogridError `usage.output` */
export function formatOf(output: string | undefined): Format {
  if (output === undefined) return "csv";
  const extension = extname(output).toLowerCase().slice(1);
  if (Object.hasOwn(WRITERS, extension)) return extension as Format;
  throw new CogridError(
    "usage.output",
    `expected an output file that ends in ${Object.keys(WRITERS)
      .map((name) => `.${name}`)
      .join(", ")}, got ${output}`,
  );
}

/** Whether a format shows the cells' outlines. */
export function hasOutlines(format: Format): boolean {
  return format === "geojson" || format === "parquet";
}

/** Writes a result where it was asked for, or hands it out. */
export async function tellTable(
  workspace: Workspace,
  table: Table,
  format: Format,
  output: string | undefined,
): Promise<Answer> {
  if (output === undefined) return { json: undefined, jsonPieces: jsonLines(table), text: csvLines(table) };
  await writeParts(output, await WRITERS[format](table, workspace));
  const { provenance } = table;
  return {
    json: { output, ...provenance },
    text: [
      `${output}: ${table.length} cells (${table.methods.join(", ")}), ${provenance.blocks} blocks in ${provenance.ranges} ranges, ${provenance.bytes} bytes read\n`,
    ],
  };
}

/**
 * A stored grid by name or id, else the definition in the file of that path.
 *
 * @throws CogridError `grid.not_found`, `usage.grid_file`
 */
export async function findGrid(workspace: Workspace, ref: string): Promise<GridDescription | GridDefinition> {
  const grids = await workspace.grids.list();
  const found = grids.find(({ name }) => name === ref) ?? grids.find(({ id }) => id === ref) ?? (await gridFile(ref));
  if (found !== undefined) return found;
  throw new CogridError("grid.not_found", `there is no grid and no file named ${ref}`, {
    hint:
      grids.length === 0
        ? "store one with cogrid grid add"
        : `stored grids: ${grids.map(({ name, id }) => name ?? id).join(", ")}`,
  });
}

type Format = "csv" | "json" | "geojson" | "parquet" | "arrow" | "tif";

type Parts = Iterable<string | Uint8Array>;

const WRITERS: Readonly<Record<Format, (table: Table, workspace: Workspace) => Parts | Promise<Parts>>> = {
  csv: csvLines,
  json: jsonLines,
  geojson: geoJsonLines,
  parquet: async (table) => [await table.toParquet()],
  arrow: (table) => [table.toArrow()],
  tif: async (table, workspace) => [await workspace.toGeoTIFF(table)],
};
