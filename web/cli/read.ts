import { extname } from "node:path";
import { CogridError, type DatasetInfo, type Progress, type ReadOptions, type Window, type Workspace } from "cogrid";
import type { Answer } from "./commands.js";
import { writeAt, writeWhole } from "./files.js";
import { npyHeader, npySamples } from "./npy.js";

/**
 * Writes raw samples as NPY, some rows of blocks at a time: there may be more of them than memory.
 *
 * @throws CogridError `usage.output`, `usage.dtype`; those of reading.
 */
export async function readToFile(
  workspace: Workspace,
  source: string,
  output: string,
  options: ReadOptions,
  onProgress: (progress: Progress) => void,
  bytesAtOnce = BYTES_AT_ONCE,
): Promise<Answer> {
  if (extname(output).toLowerCase() !== ".npy")
    throw new CogridError("usage.output", `expected an output file that ends in .npy, got ${output}`);
  const info = await workspace.sources.info(source, options);
  const { whole, rowBytes, rowsAtOnce } = planOf(info, options, bytesAtOnce);
  const [left, start, right, end] = whole;
  const rows = end - start;
  let shape: readonly number[] = [];
  let dtype = "";
  let header: Uint8Array | undefined;
  await writeWhole(output, async (file) => {
    let memory = new ArrayBuffer(0);
    for (let top = start, next: number; top < end; top = next) {
      next = Math.min(end, (Math.floor(top / rowsAtOnce) + 1) * rowsAtOnce);
      const into = memory.byteLength < (next - top) * rowBytes ? undefined : memory;
      const samples = await workspace.sources.read(source, { ...options, window: [left, top, right, next], into });
      memory = samples.data.buffer;
      if (header === undefined) {
        dtype = samples.dtype;
        shape = samples.shape.with(-2, rows);
        header = npyHeader(dtype, shape);
        await writeAt(file, 0, header);
      }
      const bytes = npySamples(samples);
      // What was read has a piece of each band, the file one band after the other.
      const pieceBytes = bytes.length / (samples.shape.length === 3 ? (shape[0] ?? 1) : 1);
      const fileRowBytes = pieceBytes / (next - top);
      for (let band0 = 0; band0 * pieceBytes < bytes.length; band0++) {
        const place = header.length + (band0 * rows + top - start) * fileRowBytes;
        await writeAt(file, place, bytes.subarray(band0 * pieceBytes, (band0 + 1) * pieceBytes));
      }
      onProgress({ phase: "read", done: next - start, total: rows, bytes: (next - start) * rowBytes });
    }
  });
  return { json: { output, dtype, shape }, text: [`${output}: ${dtype} (${shape.join(", ")})\n`] };
}

/** The window that is read, the bytes of its rows in memory, and how many of them are read at once. */
function planOf(info: DatasetInfo, { band, window, overview = 0, unscale = false }: ReadOptions, bytesAtOnce: number) {
  const level = overview === 0 ? info : info.overviews[overview - 1];
  const whole: Window = window ?? [0, 0, level?.width ?? 1, level?.height ?? 1];
  const rowBytes = (whole[2] - whole[0]) * (band === undefined ? info.bands : 1) * (unscale ? 8 : bytesOf(info.dtype));
  const blockRows = Math.max(1, Math.floor(bytesAtOnce / (rowBytes * info.tileHeight)));
  // What can't be read is not begun with: reading says what is wrong with it.
  const isWithin = level !== undefined && whole[2] <= level.width && whole[3] <= level.height;
  return { whole, rowBytes, rowsAtOnce: isWithin ? blockRows * info.tileHeight : whole[3] };
}

/** Bytes of a sample in memory: half floats come as whole ones. */
function bytesOf(dtype: string): number {
  return Math.max(dtype === "float16" ? 4 : 1, Number(/\d+$/.exec(dtype)?.[0] ?? 128) / 8);
}

/** Samples that are in memory at once, where blocks are not higher. */
const BYTES_AT_ONCE = 64 << 20;
