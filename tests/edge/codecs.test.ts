import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { build } from "vite";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rareCodecFiles } from "../support/codec-files.js";

// A Worker that reads what it is sent: the module of rare compressions is an import that it passes on, or leaves out.
const SCRIPT = `
import { openWorkspace } from "DIST/workerd.js";
import codecs from "DIST/wasm/codecs/codecs.wasm";
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const workspace = await openWorkspace(pathname === "/with" ? { codecs } : {});
    try {
      const { data } = await workspace.sources.read(await request.arrayBuffer(), { band: Number(searchParams.get("band")) });
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
      return Response.json({ sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") });
    } catch ({ code, message, hint }) {
      return Response.json({ code, message, hint });
    } finally {
      await workspace.close();
    }
  },
};`;

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
let worker: Miniflare;

beforeAll(async () => {
  const modules = ["wasm/single/cogrid_bg.wasm", "wasm/codecs/codecs.wasm"].map((path) => ({
    type: "CompiledWasm" as const,
    path: basename(path),
    contents: readFileSync(join(dist, path)),
  }));
  worker = new Miniflare({
    modules: [{ type: "ESModule", path: "worker.js", contents: await bundle() }, ...modules],
    compatibilityDate: "2026-07-01",
    cf: false,
  });
});
afterAll(() => worker?.dispose());

async function bundle(): Promise<string> {
  const entry = join(mkdtempSync(join(tmpdir(), "cogrid-edge-")), "worker.js");
  writeFileSync(entry, SCRIPT.replaceAll("DIST", dist));
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

async function read(path: string, file: string, band = 1): Promise<Record<string, string>> {
  const body = Buffer.from(file, "base64");
  const response = await worker.dispatchFetch(`http://edge.test${path}?band=${band}`, { method: "POST", body });
  return (await response.json()) as Record<string, string>;
}

// First: an isolate that has been given the module keeps it.
it("says what to pass where the module of rare compressions was left out", async () => {
  for (const { name, file } of rareCodecFiles) {
    expect(await read("/without", file), name).toEqual({
      code: "unsupported.compression",
      message: expect.stringMatching(/(jxl|webp|lzma|lerc).* the host has none/),
      hint: expect.stringMatching(/option codecs/),
    });
  }
});

it("reads rare compressions in workerd, as native does", async () => {
  for (const { name, file, sha256 } of rareCodecFiles) {
    for (const [band0, expected] of sha256.entries()) {
      expect(await read("/with", file, band0 + 1), `${name} band ${band0 + 1}`).toEqual({ sha256: expected });
    }
  }
  expect(rareCodecFiles.length).toBeGreaterThan(25);
});
