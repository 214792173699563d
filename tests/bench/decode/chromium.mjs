// Decodes all of a file with the built package in Chromium, a row of blocks at a time: chromium.mjs THREADS FILE. Prints
// {wall, cpu} in seconds.
import { inChromium } from "../in-chromium.mjs";

const [threads, path] = process.argv.slice(2);
const { result, wall, cpu } = await inChromium(Number(threads), path, decode);
if (result === 0) throw new Error(`no sample of ${path} came out`);
console.log(JSON.stringify({ wall, cpu }));

/** Runs in the page; gives the number of samples. */
async function decode() {
  const { workspace, file } = globalThis;
  const { width, height, tileHeight } = await workspace.sources.info(file);
  let samples = 0;
  for (let top = 0; top < height; top += tileHeight) {
    const { data } = await workspace.sources.read(file, {
      window: [0, top, width, Math.min(height, top + tileHeight)],
    });
    samples += data.length;
  }
  return samples;
}
