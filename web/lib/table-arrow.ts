import type { Table } from "./table.js";
import { columnFromArray, float64, tableFromColumns, tableToIPC, utf8 } from "./vendor/arrow.js";

/** The Arrow IPC file of a table: `cell_id`, a column a method, `confidence`; null for no value. */
export function arrowBytes(table: Table): Uint8Array {
  const columns = ["confidence", ...table.methods].map((name) => [
    name,
    columnFromArray([...table.column(name)].map(orNull), float64()),
  ]) as [string, ReturnType<typeof columnFromArray>][];
  const [confidence, ...values] = columns;
  const ids = columnFromArray([...table.ids], utf8());
  const all = [["cell_id", ids], ...values, confidence] as [string, ReturnType<typeof columnFromArray>][];
  const bytes = tableToIPC(tableFromColumns(all), { format: "file" });
  if (bytes === null) throw new TypeError("the Arrow writer gave no bytes");
  return bytes;
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
