/**
 * A tiled GeoTIFF of 32 × 16 pixels of 1° from (0, 16) to (32, 0), EPSG:4326, int16, uncompressed, 16 × 16 blocks.
 * Pixel (column, row) is `row * 32 + column`, but the first one is nodata (−9999).
 */
export function tinyTiff(): Uint8Array<ArrayBuffer> {
  return tiledTiff({ width: 32, height: 16, block: 16 });
}

/**
 * A tiled GeoTIFF from (0, height / scale) to (width / scale, 0), EPSG:4326, int16, uncompressed. Pixel (column, row)
 * is `(row * width + column) % 32000 + plus`, but the first one is nodata (−9999).
 */
export function tiledTiff({
  width,
  height,
  block,
  scale = 1,
  plus = 0,
  gap = 0,
}: {
  readonly width: number;
  readonly height: number;
  /** Side in pixels; divides width and height. */
  readonly block: number;
  /** Pixels per degree. */
  readonly scale?: number;
  readonly plus?: number;
  /** Unused bytes before each block. */
  readonly gap?: number;
}): Uint8Array<ArrayBuffer> {
  const blockBytes = block * block * 2;
  const across = width / block;
  const count = across * (height / block);
  const entries: [tag: number, type: number, values: number[] | string][] = [
    [256, SHORT, [width]],
    [257, SHORT, [height]],
    [258, SHORT, [16]],
    [259, SHORT, [1]],
    [262, SHORT, [1]],
    [277, SHORT, [1]],
    [284, SHORT, [1]],
    [322, SHORT, [block]],
    [323, SHORT, [block]],
    [324, LONG, new Array<number>(count).fill(0)],
    [325, LONG, new Array<number>(count).fill(blockBytes)],
    [339, SHORT, [2]],
    [33550, DOUBLE, [1 / scale, 1 / scale, 0]],
    [33922, DOUBLE, [0, 0, 0, 0, height / scale, 0]],
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
  const blocks = Array.from({ length: count }, (_, k) => end + gap + k * (blockBytes + gap));
  entries[9] = [324, LONG, blocks];
  const bytes = new Uint8Array(end + count * (blockBytes + gap));
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
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const start = blocks[Math.floor(row / block) * across + Math.floor(column / block)] as number;
      const at = start + ((row % block) * block + (column % block)) * 2;
      view.setInt16(at, row + column === 0 ? -9999 : ((row * width + column) % 32000) + plus, true);
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

const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const DOUBLE = 12;
const SIZES = { [ASCII]: 1, [SHORT]: 2, [LONG]: 4, [DOUBLE]: 8 } as const;
