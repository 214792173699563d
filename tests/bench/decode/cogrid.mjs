// Decodes all of a file with the built package, a row of blocks at a time; prints {wall, cpu} in seconds.
//
//   node cogrid.mjs FILE THREADS [MEMORY]
//
// With more than one thread, each is a worker with an engine of its own and rows of its own. MEMORY is `new` for each
// row, as geotiff.js does it and as is the default, or the `same` for all.
import { once } from "node:events";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { openWorkspace } from "../../../dist/node.js";
import { measured } from "./measure.mjs";

if (isMainThread) {
  const [path, threads] = [process.argv[2], Number(process.argv[3] ?? 1)];
  if (threads === 1) {
    const decode = await decoder(path, 0, 1, process.argv[4] === "same");
    await measured(decode);
    process.exit();
  }
  const workers = Array.from({ length: threads }, (_, part) => {
    return new Worker(new URL(import.meta.url), { workerData: { path, part, parts: threads } });
  });
  await Promise.all(workers.map((worker) => once(worker, "message")));
  await measured(() =>
    Promise.all(
      workers.map((worker) => {
        worker.postMessage("go");
        return once(worker, "message");
      }),
    ),
  );
  process.exit();
} else {
  const decode = await decoder(workerData.path, workerData.part, workerData.parts);
  parentPort.postMessage("ready");
  await once(parentPort, "message");
  await decode();
  parentPort.postMessage("done");
}

/** What reads every `parts`-th row of blocks, from row `part`. */
async function decoder(path, part, parts, isSameMemory = false) {
  const workspace = await openWorkspace({ threads: "off" });
  const { width, height, bands, dtype, tileHeight } = await workspace.sources.info(path);
  return async () => {
    let into = isSameMemory ? new ArrayBuffer(width * tileHeight * bands * bytesOf(dtype)) : undefined;
    for (let top = part * tileHeight; top < height; top += parts * tileHeight) {
      const window = [0, top, width, Math.min(height, top + tileHeight)];
      const { data } = await workspace.sources.read(path, { window, into });
      if (isSameMemory) into = data.buffer;
    }
  };
}

/** Bytes of a number whose type NumPy calls `dtype`. */
function bytesOf(dtype) {
  return Number(/[0-9]+$/.exec(dtype)[0]) / 8;
}
