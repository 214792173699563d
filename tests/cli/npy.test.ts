import { describe, expect, it } from "vitest";
import { npyHeader, npySamples } from "../../web/cli/npy.js";

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString("latin1");

describe("NPY", () => {
  it("writes the bytes that numpy.save writes", () => {
    const header = npyHeader("int16", [2, 3]);
    const data = npySamples({ dtype: "int16", data: Int16Array.of(1, 2, 3, -1, -2, -3) });
    // numpy: np.save(file, np.array([[1, 2, 3], [-1, -2, -3]], dtype="<i2"))
    const dictionary = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
    expect(text(header)).toBe(`\x93NUMPY\x01\x00v\x00${dictionary}${" ".repeat(128 - 10 - dictionary.length - 1)}\n`);
    expect([...data]).toEqual([1, 0, 2, 0, 3, 0, 255, 255, 254, 255, 253, 255]);
  });

  it("starts the samples at a multiple of 64 bytes", () => {
    for (const shape of [[4], [2, 2], [1, 2, 2], [1000000, 1000000, 1000000]]) {
      expect(npyHeader("uint8", shape).length % 64).toBe(0);
    }
  });

  it("writes single-byte types without a byte order, and one dimension with its comma", () => {
    expect(text(npyHeader("uint8", [1]))).toContain("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }");
  });

  it("gives back the half floats that float32 samples came from", () => {
    const values = [
      0,
      -0,
      1,
      -2,
      65504,
      0.5,
      2 ** -14,
      2 ** -24,
      1023 * 2 ** -24,
      Number.POSITIVE_INFINITY,
      Number.NaN,
    ];
    const data = npySamples({ dtype: "float16", data: Float32Array.from(values) });
    expect([...new Uint16Array(data.buffer, data.byteOffset, values.length)]).toEqual([
      0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x3800, 0x0400, 0x0001, 0x03ff, 0x7c00, 0x7e00,
    ]);
  });

  it("refuses what NumPy has no type for", () => {
    expect(() => npyHeader("cint16", [1])).toThrow(expect.objectContaining({ code: "usage.dtype" }));
  });
});
