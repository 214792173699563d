import type { Miniflare } from "miniflare";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rareCodecFiles } from "../support/codec-files.js";
import { dist, startWorker } from "./worker.js";

// A Worker that reads what it is sent: the module of rare compressions is an import that it passes on, or leaves out.
const SCRIPT = `
import { openWorkspace } from "DIST/workerd.js";
import codecs from "DIST/wasm/codecs/codecs.wasm";
export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const workspace = await openWorkspace(pathname === "/with" ? { codecs } : {});
    try {
      const options = { band: Number(searchParams.get("band")), into: new ArrayBuffer(1 << 20) };
      const { data } = await workspace.sources.read(await request.arrayBuffer(), options);
      const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
      if (data.buffer.byteLength !== 1 << 20) throw new Error("expected the samples in the memory that was given");
      return Response.json({ sha256: [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("") });
    } catch ({ code, message, hint }) {
      return Response.json({ code, message, hint });
    } finally {
      await workspace.close();
    }
  },
};`;

let worker: Miniflare;

beforeAll(async () => {
  const script = SCRIPT.replaceAll("DIST/", dist(""));
  worker = await startWorker(script, ["single/cogrid_bg.wasm", "codecs/codecs.wasm"]);
});
afterAll(() => worker?.dispose());

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
