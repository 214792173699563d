// Types of the generated glue, so that the sources type-check before the wasm is built.
import type { EngineConstructor } from "../../engine.js";

export const Engine: EngineConstructor;
export default function init(input?: {
  module_or_path: BufferSource | WebAssembly.Module | URL | string;
}): Promise<unknown>;
export function initThreadPool(threads: number): Promise<unknown>;
