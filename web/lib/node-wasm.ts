import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { EngineConstructor } from "./engine.js";
import { OpenFiles } from "./node-open-files.js";

/**
 * The core's class in a module instance of its own.
 *
 * A trapped instance can't be used again and its module holds it for ever: another number gives another module.
 */
export async function loadEngine(instance: number): Promise<EngineConstructor> {
  const glueUrl = new URL(`./wasm/single/cogrid.js${instance === 0 ? "" : `?instance=${instance}`}`, import.meta.url);
  const glue = (await import(glueUrl.href)) as typeof import("./wasm/single/cogrid.js");
  const bytes = await read(new URL("./wasm/single/cogrid_bg.wasm", import.meta.url));
  await glue.default({ module_or_path: bytes });
  // Freed now where the host can: while it waits for the garbage collector, that one runs sooner.
  if ("transfer" in bytes) bytes.transfer(0);
  glue.setCodecs(() => readFile(new URL("./wasm/codecs/codecs.wasm", import.meta.url)));
  return glue.Engine;
}

/** All bytes of a file, in memory of their own: what `readFile` gives may be somebody's cache. */
async function read(url: URL): Promise<ArrayBuffer> {
  const files = new OpenFiles();
  try {
    const file = await files.openUnchanged(fileURLToPath(url));
    const { buffer } = (await file.read(0, file.size, {})) as Uint8Array<ArrayBuffer>;
    return buffer;
  } finally {
    await files.close();
  }
}
