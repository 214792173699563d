/**
 * A tiled GeoTIFF of 32 × 16 pixels of 1° from (0, 16) to (32, 0), EPSG:4326, int16, uncompressed, 16 × 16 blocks.
 * Pixel (column, row) is `row * 32 + column`, but the first one is nodata (−9999).
 */
export function tinyTiff(): Uint8Array<ArrayBuffer> {
  const entries: [tag: number, type: number, values: number[] | string][] = [
    [256, SHORT, [WIDTH]],
    [257, SHORT, [HEIGHT]],
    [258, SHORT, [16]],
    [259, SHORT, [1]],
    [262, SHORT, [1]],
    [277, SHORT, [1]],
    [284, SHORT, [1]],
    [322, SHORT, [BLOCK]],
    [323, SHORT, [BLOCK]],
    [324, LONG, [0, 0]],
    [325, LONG, [BLOCK_BYTES, BLOCK_BYTES]],
    [339, SHORT, [2]],
    [33550, DOUBLE, [1, 1, 0]],
    [33922, DOUBLE, [0, 0, 0, 0, 16, 0]],
    [34735, SHORT, [1, 1, 0, 3, 1024, 0, 1, 2, 1025, 0, 1, 1, 2048, 0, 1, 4326]],
    [42113, ASCII, "-9999\0"],
  ];
  const directory = 8;
  let end = directory + 2 + entries.length * 12 + 4;
  const places = entries.map(([, type, values]) => {
    const size = values.length * SIZES[type as 2];
    if (size <= 4) return undefined;
    const at = end;
    end += size + (size & 1);
    return at;
  });
  const blocks = [end, end + BLOCK_BYTES];
  entries[9] = [324, LONG, blocks];
  const bytes = new Uint8Array(end + 2 * BLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x4949, true);
  view.setUint16(2, 42, true);
  view.setUint32(4, directory, true);
  view.setUint16(directory, entries.length, true);
  for (const [k, [tag, type, values]] of entries.entries()) {
    const entry = directory + 2 + k * 12;
    view.setUint16(entry, tag, true);
    view.setUint16(entry + 2, type, true);
    view.setUint32(entry + 4, values.length, true);
    const at = places[k];
    if (at !== undefined) view.setUint32(entry + 8, at, true);
    const numbers = typeof values === "string" ? [...values].map((char) => char.charCodeAt(0)) : values;
    for (const [i, value] of numbers.entries()) write(view, type, (at ?? entry + 8) + i * SIZES[type as 2], value);
  }
  for (let row = 0; row < HEIGHT; row++) {
    for (let column = 0; column < WIDTH; column++) {
      const block = blocks[Math.floor(column / BLOCK)] as number;
      view.setInt16(
        block + (row * BLOCK + (column % BLOCK)) * 2,
        row + column === 0 ? -9999 : row * WIDTH + column,
        true,
      );
    }
  }
  return bytes;
}

function write(view: DataView, type: number, at: number, value: number): void {
  if (type === ASCII) view.setUint8(at, value);
  else if (type === SHORT) view.setUint16(at, value, true);
  else if (type === LONG) view.setUint32(at, value, true);
  else view.setFloat64(at, value, true);
}

const WIDTH = 32;
const HEIGHT = 16;
const BLOCK = 16;
const BLOCK_BYTES = BLOCK * BLOCK * 2;
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const SIZES = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 } as const;
