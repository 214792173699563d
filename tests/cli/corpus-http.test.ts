import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as Node from "../../web/lib/node.js";
import { startRangeServer } from "../server/range-server.mjs";

const root = process.env.COGRID_SHARED_DATA ?? fileURLToPath(new URL("../../../shared/data", import.meta.url));
const manifest = `${root}/manifest.json`;
const isThere = existsSync(manifest);
if (!isThere) console.warn(`skipped: no shared rasters at ${root}; COGRID_SHARED_DATA names another place`);

interface Entry {
  readonly file: string;
  readonly size: number;
  readonly compare: string;
  readonly gdal: { readonly bands?: readonly { readonly sha256?: string }[] };
}

/** Differ on purpose, see tests/native/corpus.rs. */
const KNOWN = ["dev/format/gdal__cint32_big_endian.tif"];
const MAX_FILE_BYTES = 1_500_000;

function entries(): Entry[] {
  // Python writes numbers that JSON doesn't know; none is needed here.
  const text = readFileSync(manifest, "utf8").replace(/(?<=[[:, ])-?(?:NaN|Infinity)(?=\s*[,\]}])/g, "null");
  const { files } = JSON.parse(text) as { files: Entry[] };
  const isWanted = ({ file, size, compare, gdal }: Entry) =>
    /^dev\/(real|format)\//.test(file) &&
    size <= MAX_FILE_BYTES &&
    compare === "exact" &&
    gdal.bands !== undefined &&
    !KNOWN.includes(file);
  return files.filter(isWanted);
}

describe.skipIf(!isThere)("real files over HTTP", () => {
  let server: Awaited<ReturnType<typeof startRangeServer>>;
  let workspace: Node.Workspace;
  beforeAll(async () => {
    server = await startRangeServer({ folder: root });
    const built = fileURLToPath(new URL("../../dist/node.js", import.meta.url));
    const { openWorkspace } = (await import(built)) as typeof Node;
    workspace = await openWorkspace({ store: "memory" });
  });
  afterAll(async () => {
    await workspace.close();
    await server.close();
  });

  it("gives GDAL's samples in every band", { timeout: 300_000 }, async () => {
    const wrong: string[] = [];
    const refused: string[] = [];
    let bands = 0;
    for (const { file, gdal } of entries()) {
      const url = `${server.url}/${file}`;
      try {
        for (const [index, { sha256 }] of (gdal.bands ?? []).entries()) {
          const { data } = await workspace.sources.read(url, { band: index + 1 });
          const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
          const found = createHash("sha256").update(bytes).digest("hex");
          if (found !== sha256) wrong.push(`${file} band ${index + 1}`);
          bands += 1;
        }
      } catch (error) {
        const { code = "", message } = error as { code?: string; message: string };
        if (code.startsWith("unsupported.")) refused.push(`${file}: ${code}`);
        else wrong.push(`${file}: ${code} ${message}`);
      }
    }
    console.info(`${bands} bands over HTTP; refused: ${refused.join(", ") || "none"}`);
    expect(wrong).toEqual([]);
    expect(bands).toBeGreaterThan(150);
    // Ranges only: nothing was fetched whole that is longer than the first read.
    const whole = server.log.filter((request) => request.range === null && request.method === "GET");
    expect(whole).toEqual([]);
  });
});
