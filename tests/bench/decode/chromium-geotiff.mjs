// As chromium.mjs, with geotiff.js in the page's thread: chromium-geotiff.mjs FILE.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inChromium } from "../in-chromium.mjs";

const bundle = join(import.meta.dirname, "node_modules", "geotiff", "dist-browser", "geotiff.js");
const [path] = process.argv.slice(2);
const { result, wall, cpu } = await inChromium(1, path, decode, readFileSync(bundle, "utf8"));
if (result === 0) throw new Error(`no sample of ${path} came out`);
console.log(JSON.stringify({ wall, cpu }));

/** Runs in the page; gives the number of samples. */
async function decode(code) {
  const script = document.createElement("script");
  script.textContent = code;
  document.head.append(script);
  const image = await (await globalThis.GeoTIFF.fromBlob(globalThis.file)).getImage();
  const [width, height, step] = [image.getWidth(), image.getHeight(), image.getTileHeight()];
  let samples = 0;
  for (let top = 0; top < height; top += step) {
    const bands = await image.readRasters({ window: [0, top, width, Math.min(height, top + step)] });
    for (const band of bands) samples += band.length;
  }
  return samples;
}
