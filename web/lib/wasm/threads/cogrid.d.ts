// Types of the generated glue, so that the sources type-check before the wasm is built.
import type { EngineConstructor } from "../../engine.js";

export const Engine: EngineConstructor;
export default function init(input?: {
  module_or_path: BufferSource | WebAssembly.Module | URL | string;
}): Promise<unknown>;
export function initThreadPool(threads: number): Promise<unknown>;
/** Sets what is called when a file first needs the module of rare compressions. */
export function setCodecs(loader: () => Promise<ArrayBuffer | Uint8Array | WebAssembly.Module>): void;
