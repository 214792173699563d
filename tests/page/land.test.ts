import { describe, expect, it } from "vitest";
import { unrolled } from "../../web/app/src/map/rings";

describe("unrolled", () => {
  it("goes on beyond 180° where a ring crosses it", () => {
    expect(
      unrolled([
        [170, 0],
        [-170, 0],
        [-170, 10],
        [160, 10],
        [170, 0],
      ]),
    ).toEqual([
      [170, 0],
      [190, 0],
      [190, 10],
      [160, 10],
      [170, 0],
    ]);
  });

  it("closes a ring around the pole along the lower edge", () => {
    expect(
      unrolled([
        [-180, -70],
        [-60, -70],
        [60, -70],
        [180, -70],
      ]),
    ).toEqual([
      [-180, -70],
      [-60, -70],
      [60, -70],
      [180, -70],
      [180, -90],
      [-180, -90],
      [-180, -70],
    ]);
  });

  it("keeps what lies on one side, on the turn of the world around its middle", () => {
    expect(
      unrolled([
        [-170, 60],
        [150, 60],
        [40, 60],
        [-170, 60],
      ])[0],
    ).toEqual([190, 60]);
    expect(
      unrolled([
        [48, 40],
        [50, 40],
        [50, 42],
        [48, 40],
      ]),
    ).toEqual([
      [48, 40],
      [50, 40],
      [50, 42],
      [48, 40],
    ]);
  });
});
