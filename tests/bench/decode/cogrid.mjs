// Decodes all of a file with the built package, a row of blocks at a time; prints {wall, cpu} in seconds.
import { openWorkspace } from "../../../dist/node.js";
import { measured } from "./measure.mjs";

const [path] = process.argv.slice(2);
const workspace = await openWorkspace();
const info = await workspace.sources.info(path);
await measured(async () => {
  for (let top = 0; top < info.height; top += info.tileHeight) {
    const bottom = Math.min(info.height, top + info.tileHeight);
    await workspace.sources.read(path, { window: [0, top, info.width, bottom] });
  }
});
await workspace.close();
