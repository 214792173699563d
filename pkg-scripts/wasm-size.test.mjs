import assert from "node:assert/strict";
import { test } from "node:test";
import { excessOf, sizesOf } from "./wasm-size.mjs";

test("a module over its budget is named with both numbers", () => {
  const sizes = { rawKiB: 2000, gzipKiB: 1100, brotliKiB: 900.4 };
  assert.equal(excessOf("single", sizes, 901), undefined);
  assert.match(excessOf("single", sizes, 900) ?? "", /^wasm single: 900\.4 KiB brotli, the budget .* is 900/);
});

test("sizes are those of the bytes", () => {
  const sizes = sizesOf(new Uint8Array(64 * 1024));
  assert.equal(sizes.rawKiB, 64);
  assert.ok(sizes.brotliKiB < 1 && sizes.gzipKiB < 1);
});
