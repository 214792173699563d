/** A perceptually uniform colour map, as evenly spaced stops from low to high. */
export interface Ramp {
  readonly name: string;
  readonly title: string;
  readonly stops: readonly string[];
}

/** The colour maps on offer. All are readable with the common colour vision deficiencies. */
export const RAMPS: readonly Ramp[] = [
  {
    name: "viridis",
    title: "Viridis",
    stops: [
      "#440154",
      "#482878",
      "#3e4989",
      "#31688e",
      "#26828e",
      "#1f9e89",
      "#35b779",
      "#6ece58",
      "#b5de2b",
      "#fde725",
    ],
  },
  {
    name: "cividis",
    title: "Cividis",
    stops: [
      "#00224e",
      "#123570",
      "#3b496c",
      "#575d6d",
      "#707173",
      "#8a8678",
      "#a59c74",
      "#c3b369",
      "#e1cc55",
      "#fee838",
    ],
  },
  {
    name: "magma",
    title: "Magma",
    stops: [
      "#000004",
      "#180f3d",
      "#440f76",
      "#721f81",
      "#9e2f7f",
      "#cd4071",
      "#f1605d",
      "#fd9668",
      "#feca8d",
      "#fcfdbf",
    ],
  },
];

/** The ramp of that name, or the first one. */
export function rampNamed(name: string): Ramp {
  return RAMPS.find((ramp) => ramp.name === name) ?? viridis;
}

/** Colour at `t` (0 low to 1 high) as red, green, blue, 0 to 255. */
export function colourAt(ramp: Ramp, t: number): readonly [number, number, number] {
  const position = Math.min(Math.max(t, 0), 1) * (ramp.stops.length - 1);
  const low = Math.min(Math.floor(position), ramp.stops.length - 2);
  const from = parse(ramp.stops[low] ?? "#000000");
  const to = parse(ramp.stops[low + 1] ?? "#000000");
  const mix = (k: 0 | 1 | 2) => Math.round(from[k] + (to[k] - from[k]) * (position - low));
  return [mix(0), mix(1), mix(2)];
}

/** `colourAt` as a CSS colour. */
export function cssColourAt(ramp: Ramp, t: number): string {
  return `rgb(${colourAt(ramp, t).join(" ")})`;
}

/** The ramp as a row of `size` RGBA pixels, for a texture. */
export function rampTexture(ramp: Ramp, size: number): Uint8Array {
  const pixels = new Uint8Array(size * 4);
  for (let k = 0; k < size; k++) {
    const [red, green, blue] = colourAt(ramp, k / (size - 1));
    pixels.set([red, green, blue, 255], k * 4);
  }
  return pixels;
}

const viridis = RAMPS[0] as Ramp;

function parse(hex: string): [number, number, number] {
  const bits = Number.parseInt(hex.slice(1), 16);
  return [(bits >> 16) & 255, (bits >> 8) & 255, bits & 255];
}
