import { CogridError, type Samples } from "cogrid";

/**
 * What a NumPy `.npy` file, format 1.0, starts with; the samples follow in C order.
 *
 * @throws CogridError `usage.dtype` for a sample type that NumPy doesn't have.
 */
export function npyHeader(dtype: string, shape: readonly number[]): Uint8Array {
  const descr = DESCR[dtype];
  if (descr === undefined)
    throw new CogridError("usage.dtype", `expected one of ${Object.keys(DESCR).join(", ")}, got ${dtype}`);
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const length = Math.ceil((PREFIX_BYTES + dictionary.length + 1) / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const header = new Uint8Array(length).fill(0x20);
  header.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]);
  new DataView(header.buffer).setUint16(8, length - PREFIX_BYTES, true);
  new TextEncoder().encodeInto(dictionary, header.subarray(PREFIX_BYTES));
  header[length - 1] = 0x0a;
  return header;
}

/** The samples as they stand in the file. */
export function npySamples({ dtype, data }: Pick<Samples, "dtype" | "data">): Uint8Array {
  const numbers = dtype === "float16" && data instanceof Float32Array ? halves(data) : data;
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}

// The samples come from half floats: every one fits exactly, so nothing is rounded here.
function halves(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (single) => {
    const sign = (single >>> 16) & 0x8000;
    const exponent = (single >>> 23) & 0xff;
    const fraction = single & 0x7fffff;
    if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : Math.max(1, fraction >>> 13));
    if (exponent === 0) return sign;
    const half = exponent - 127 + 15;
    if (half >= 1) return sign | (half << 10) | (fraction >>> 13);
    return sign | ((fraction | 0x800000) >>> (14 - half));
  });
}

/** NumPy's array-protocol type strings; typed arrays are little-endian wherever JavaScript runs. */
const DESCR: Readonly<Record<string, string>> = {
  uint8: "|u1",
  int8: "|i1",
  uint16: "<u2",
  int16: "<i2",
  uint32: "<u4",
  int32: "<i4",
  uint64: "<u8",
  int64: "<i8",
  float16: "<f2",
  float32: "<f4",
  float64: "<f8",
  complex64: "<c8",
  complex128: "<c16",
};

/** Magic, version and length of the header. */
const PREFIX_BYTES = 10;
/** NumPy starts the samples at a multiple of this. */
const ALIGNMENT_BYTES = 64;
