import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DatasetInfo, Progress, ReadOptions, Samples, Workspace } from "cogrid";
import { describe, expect, it } from "vitest";
import { npyHeader } from "../../web/cli/npy.js";
import { readToFile } from "../../web/cli/read.js";

const folder = mkdtempSync(join(tmpdir(), "cogrid-read-"));

/** Two bands of 10 × 100 samples in blocks of 16 rows, half of it as an overview: band × 10 000 + row × 100 + column. */
function raster(dtype = "int32") {
  const windows: number[][] = [];
  const info = { width: 10, height: 100, bands: 2, dtype, tileHeight: 16, overviews: [{ width: 5, height: 50 }] };
  const read = async (_: string, { band, window, into, overview = 0 }: ReadOptions): Promise<Samples> => {
    const [left, top, right, bottom] = window ?? [0, 0, 0, 0];
    if (right > (overview === 0 ? 10 : 5)) throw new Error("no such window");
    windows.push([top, bottom]);
    const bands = band === undefined ? [1, 2] : [band];
    const shape = [...(band === undefined ? [2] : []), bottom - top, right - left];
    const numbers = bands.flatMap((band) =>
      Array.from(
        { length: (bottom - top) * (right - left) },
        (_, at) => band * 10_000 + (top + Math.floor(at / (right - left))) * 100 + left + (at % (right - left)),
      ),
    );
    const memory = into ?? new ArrayBuffer(numbers.length * 4);
    const data = new (dtype === "float16" ? Float32Array : Int32Array)(memory, 0, numbers.length);
    data.set(dtype === "float16" ? numbers.map(small) : numbers);
    return { dtype, shape, data };
  };
  const workspace = { sources: { info: async () => info as unknown as DatasetInfo, read } } as unknown as Workspace;
  return { workspace, windows };
}

/** What a half float holds exactly. */
const small = (number: number): number => number % 2048;

/** The samples of these bands, rows and columns in order. */
const whole = (bands: readonly number[], rows: [number, number], columns: [number, number]): number[] =>
  bands.flatMap((band) =>
    Array.from({ length: rows[1] - rows[0] }, (_, row) =>
      Array.from(
        { length: columns[1] - columns[0] },
        (_, column) => band * 10_000 + (rows[0] + row) * 100 + columns[0] + column,
      ),
    ).flat(),
  );

/** The numbers behind the header of these facts. */
function numbersOf(output: string, dtype: string, shape: readonly number[]): number[] {
  const bytes = readFileSync(output);
  const header = npyHeader(dtype, shape);
  expect(bytes.subarray(0, header.length)).toEqual(Buffer.from(header));
  const body = bytes.buffer.slice(bytes.byteOffset + header.length, bytes.byteOffset + bytes.length);
  return [...new (dtype === "float16" ? Float16Array : Int32Array)(body)];
}

describe("read to a file", () => {
  // A row of blocks of both bands takes 1280 bytes.
  it.each([
    [1, 7],
    [2559, 7],
    [2560, 4],
    [5000, 3],
    [8000, 2],
    [1 << 20, 1],
  ])("is the same with at most %i bytes at once", async (bytesAtOnce, reads) => {
    const { workspace, windows } = raster();
    const output = join(folder, `all-${bytesAtOnce}.npy`);
    const heard: Progress[] = [];
    const answer = await readToFile(workspace, "a", output, {}, (progress) => heard.push(progress), bytesAtOnce);
    expect(answer.json).toEqual({ output, dtype: "int32", shape: [2, 100, 10] });
    expect(numbersOf(output, "int32", [2, 100, 10])).toEqual(whole([1, 2], [0, 100], [0, 10]));
    expect(windows).toHaveLength(reads);
    expect(windows.flat().filter((row) => row % 16 !== 0 && row !== 100)).toEqual([]);
    expect(heard.at(-1)).toMatchObject({ phase: "read", done: 100, total: 100, bytes: 8000 });
  });

  it("writes a window of one band, also of an overview and of half floats", async () => {
    const output = join(folder, "window.npy");
    const { workspace, windows } = raster();
    const options = { band: 2, window: [2, 21, 5, 50] } as const;
    expect((await readToFile(workspace, "a", output, options, () => undefined, 1)).json).toMatchObject({
      shape: [29, 3],
    });
    expect(windows).toEqual([
      [21, 32],
      [32, 48],
      [48, 50],
    ]);
    expect(numbersOf(output, "int32", [29, 3])).toEqual(whole([2], [21, 50], [2, 5]));
    await readToFile(workspace, "a", output, { band: 1, overview: 1 }, () => undefined, 1);
    expect(numbersOf(output, "int32", [50, 5])).toEqual(whole([1], [0, 50], [0, 5]));
    const halves = raster("float16").workspace;
    await readToFile(halves, "a", output, { band: 1, window: [0, 0, 2, 20] }, () => undefined, 1);
    expect(numbersOf(output, "float16", [20, 2])).toEqual(whole([1], [0, 20], [0, 2]).map(small));
  });

  it("leaves no file behind when it fails, and reads nothing of a window that can't be", async () => {
    const output = join(mkdtempSync(join(tmpdir(), "cogrid-read-")), "none.npy");
    const { workspace, windows } = raster();
    const options = { window: [0, 0, 11, 100] } as const;
    await expect(readToFile(workspace, "a", output, options, () => undefined, 1)).rejects.toThrow("no such window");
    expect(windows).toEqual([]);
    expect(readdirSync(dirname(output))).toEqual([]);
  });
});
