import { describe, expect, it } from "vitest";
import { classOf, histogram, positionOf, scaleOf, sortedValues } from "../../web/app/src/colour/scale";

describe("scaleOf", () => {
  it("has as many values in every class", () => {
    const sorted = sortedValues(Float64Array.from({ length: 700 }, (_, k) => (k * 37) % 700));
    const scale = scaleOf(sorted, "quantile");
    expect(scale?.breaks).toHaveLength(6);
    const counts = new Array(7).fill(0);
    for (const value of sorted) counts[classOf(scale as NonNullable<typeof scale>, value)]++;
    expect(counts).toEqual(new Array(7).fill(100));
  });

  it("makes one class of a value that would fill several", () => {
    const zeros = [...new Array(90).fill(0), 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const scale = scaleOf(sortedValues(Float64Array.from(zeros)), "quantile");
    expect(scale?.breaks).toEqual([]);
    expect(positionOf(scale as NonNullable<typeof scale>, 5)).toBe(0.5);
  });

  it("is null without values, and in the middle where all are the same", () => {
    expect(scaleOf(sortedValues(Float64Array.of(Number.NaN)), "linear")).toBeNull();
    const same = scaleOf(Float64Array.of(4, 4, 4), "linear");
    expect(positionOf(same as NonNullable<typeof same>, 4)).toBe(0.5);
  });
});

describe("histogram", () => {
  it("counts every value once, the greatest in the last bar", () => {
    const bars = histogram(Float64Array.of(0, 1, 2, 3, 4), 4);
    expect(bars.map(({ count }) => count)).toEqual([1, 1, 1, 2]);
    expect(bars.at(-1)?.to).toBe(4);
  });

  it("is one bar where all values are the same", () => {
    expect(histogram(Float64Array.of(2, 2), 10)).toEqual([{ from: 2, to: 2, count: 2 }]);
  });
});
