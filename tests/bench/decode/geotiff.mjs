// Decodes all of a file with geotiff.js in this thread, a row of blocks at a time; prints {wall, cpu} in seconds.
import { fromFile } from "geotiff";
import { measured } from "./measure.mjs";

const [path] = process.argv.slice(2);
const file = await fromFile(path);
const image = await file.getImage();
await measured(async () => {
  const step = image.getTileHeight();
  for (let top = 0; top < image.getHeight(); top += step) {
    const bottom = Math.min(image.getHeight(), top + step);
    await image.readRasters({ window: [0, top, image.getWidth(), bottom] });
  }
});
await file.close();
