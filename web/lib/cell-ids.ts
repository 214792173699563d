import type { ResultChunk } from "./engine.js";

/** The ids of a chunk's cells: `"i:j"` of squares, `"q:r"` of hexagons, the index of H3 cells, zones' own. */
export function idsOf(chunk: ResultChunk): readonly string[] {
  if (chunk.ids !== undefined) return chunk.ids;
  const ids: string[] = [];
  const { runs, ancestors, resolution = 0 } = chunk;
  for (let i = 0; i + 2 < runs.length; i += 3) {
    const [row, start, count] = [runs[i] as number, runs[i + 1] as number, runs[i + 2] as number];
    if (ancestors === undefined) {
      // Both lattices write a cell as its column, then its row.
      for (let k = 0; k < count; k++) ids.push(`${start + k}:${row}`);
    } else {
      const id = h3Descendants(ancestors[row] as bigint, resolution);
      for (let k = 0; k < count; k++) ids.push(id(start + k));
    }
  }
  return ids;
}

/**
 * Writes the descendants of an H3 cell by their position among them.
 *
 * An index has, from bit 45 up, base cell (7 bits), resolution (4) and mode; below, three bits a level. Both halves are
 * exact in a number, and numbers are much faster than bigints.
 */
function h3Descendants(ancestor: bigint, resolution: number): (position: number) => string {
  const level = Number((ancestor >> 52n) & 15n);
  const head = (Number(ancestor >> 45n) & ~(15 << 7)) | (resolution << 7);
  let digits = Number(ancestor & ((1n << 45n) - 1n));
  for (let k = level + 1; k <= resolution; k++) digits -= 7 * 8 ** (15 - k);
  const isPentagon = PENTAGONS.has(head & 127) && Number(ancestor & ((1n << 45n) - 1n)) === unused(level);
  return (position) => {
    let rest = position;
    let inPentagon = isPentagon;
    let tail = digits;
    for (let k = level + 1; k <= resolution; k++) {
      const hexagons = 7 ** (resolution - k);
      const pentagons = 1 + (5 * (hexagons - 1)) / 6;
      let digit = 0;
      if (!inPentagon) {
        digit = Math.floor(rest / hexagons);
        rest %= hexagons;
      } else if (rest >= pentagons) {
        // A pentagon has no child 1.
        digit = Math.floor((rest - pentagons) / hexagons) + 2;
        rest = (rest - pentagons) % hexagons;
        inPentagon = false;
      }
      tail += digit * 8 ** (15 - k);
    }
    const high = head * 2 + Math.floor(tail / 2 ** 44);
    return high.toString(16) + (tail % 2 ** 44).toString(16).padStart(11, "0");
  };
}

/** The digits of a base cell's centre descendant: 0 to its level, 7 below. */
function unused(level: number): number {
  return 8 ** (15 - level) - 1;
}

const PENTAGONS = new Set([4, 14, 24, 38, 49, 58, 63, 72, 83, 97, 107, 117]);
