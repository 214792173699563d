// Sizes of the wasm modules, held to the budget in wasm-budget.json: what a page downloads before it can read a file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { root, StepError, say } from "./steps.mjs";

/** @typedef {{ rawKiB: number, gzipKiB: number, brotliKiB: number }} Sizes */

/** Says the module's size and fails where it is over its budget. @param {string} name @param {string} module */
export function checkSize(name, module) {
  const sizes = sizesOf(readFileSync(module));
  const budget = budgetOf(name);
  say(
    `  ${sizes.rawKiB.toFixed(0)} KiB, gzip ${sizes.gzipKiB.toFixed(0)}, brotli ${sizes.brotliKiB.toFixed(0)} of at most ${budget}`,
  );
  const excess = excessOf(name, sizes, budget);
  if (excess !== undefined) throw new StepError(excess);
}

/** @param {Uint8Array} bytes @returns {Sizes} */
export function sizesOf(bytes) {
  return {
    rawKiB: bytes.length / 1024,
    gzipKiB: gzipSync(bytes, { level: 9 }).length / 1024,
    brotliKiB: brotliCompressSync(bytes).length / 1024,
  };
}

/** What is wrong with the size, if anything. @param {string} name @param {Sizes} sizes @param {number} budget */
export function excessOf(name, sizes, budget) {
  if (sizes.brotliKiB <= budget) return undefined;
  return (
    `wasm ${name}: ${sizes.brotliKiB.toFixed(1)} KiB brotli, the budget in pkg-scripts/wasm-budget.json is ${budget}. ` +
    "Make it smaller, move what is rare into the codecs module, or raise the budget with the reason in the commit"
  );
}

/** @param {string} name @returns {number} */
function budgetOf(name) {
  const budgets = JSON.parse(readFileSync(join(root, "pkg-scripts", "wasm-budget.json"), "utf8"));
  const budget = budgets[name]?.brotliKiB;
  if (typeof budget !== "number") throw new StepError(`pkg-scripts/wasm-budget.json has no budget for ${name}`);
  return budget;
}
