import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { Workspace } from "../../web/lib/workspace.js";
import { codecFiles } from "../support/codec-files.js";

// What wasm decodes, the module of rare compressions included, which Node loads when the first file needs it.
const built = new URL("../../dist/node.js", import.meta.url).href;

test.each(["off", "auto"])("each compression gives the samples that GDAL gives, threads: %s", async (threads) => {
  const { openWorkspace } = (await import(built)) as { openWorkspace(options: object): Promise<Workspace> };
  const workspace = await openWorkspace({ threads, parallelWorkers: 2 });
  const wrong: string[] = [];
  let memory = new ArrayBuffer(1 << 21);
  for (const { name, file, sha256 } of codecFiles) {
    const bytes = new Uint8Array(Buffer.from(file, "base64"));
    for (const [band0, expected] of sha256.entries()) {
      try {
        const { data } = await workspace.sources.read(bytes.buffer, { band: band0 + 1 });
        const hash = createHash("sha256").update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
        if (hash.digest("hex") !== expected) wrong.push(`${name} band ${band0 + 1}: samples differ`);
        const again = await workspace.sources.read(bytes.buffer, { band: band0 + 1, into: memory });
        memory = again.data.buffer;
        expect(again.data).toEqual(data);
      } catch (error) {
        wrong.push(`${name} band ${band0 + 1}: ${(error as Error).message}`);
      }
    }
  }
  await workspace.close();
  expect(wrong).toEqual([]);
  expect(codecFiles.length).toBeGreaterThan(70);
});
