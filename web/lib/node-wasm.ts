import { readFile } from "node:fs/promises";
import type { EngineConstructor } from "./engine.js";

/**
 * The core's class in a module instance of its own.
 *
 * A trapped instance can't be used again and its module holds it for ever: another number gives another module.
 */
export async function loadEngine(instance: number): Promise<EngineConstructor> {
  const glueUrl = new URL(`./wasm/single/cogrid.js${instance === 0 ? "" : `?instance=${instance}`}`, import.meta.url);
  const glue = (await import(glueUrl.href)) as typeof import("./wasm/single/cogrid.js");
  await glue.default({ module_or_path: await readFile(new URL("./wasm/single/cogrid_bg.wasm", import.meta.url)) });
  glue.setCodecs(() => readFile(new URL("./wasm/codecs/codecs.wasm", import.meta.url)));
  return glue.Engine;
}
