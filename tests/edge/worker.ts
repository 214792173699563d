import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { build } from "vite";

/** The path of a file that the build left. */
export const dist = (path: string): string => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

/** workerd with a Worker of `script` and these files of `dist/wasm` as modules. */
export async function startWorker(script: string, wasm: readonly string[]): Promise<Miniflare> {
  const modules = wasm.map((path) => ({
    type: "CompiledWasm" as const,
    path: basename(path),
    contents: readFileSync(dist(`wasm/${path}`)),
  }));
  return new Miniflare({
    modules: [{ type: "ESModule", path: "worker.js", contents: await bundle(script) }, ...modules],
    compatibilityDate: "2026-07-01",
    cf: false,
  });
}

// What wrangler does: the workerd condition, one file, the wasm beside it as modules.
async function bundle(script: string): Promise<string> {
  const entry = join(mkdtempSync(join(tmpdir(), "cogrid-edge-")), "worker.js");
  writeFileSync(entry, script);
  const result = await build({
    configFile: false,
    logLevel: "warn",
    resolve: { conditions: ["workerd"] },
    plugins: [
      {
        name: "wasm-beside",
        enforce: "pre",
        resolveId: (id) => (id.endsWith(".wasm") ? { id: `./${basename(id)}`, external: true } : undefined),
      },
    ],
    build: { write: false, target: "esnext", minify: false, lib: { entry, formats: ["es"], fileName: "worker" } },
  });
  const [{ output }] = result as { output: { code: string }[] }[] as [{ output: { code: string }[] }];
  return output[0]?.code ?? "";
}
