// The doctor before healthy and sick servers and files.
import { execFile } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Diagnosis } from "cogrid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fault, startRangeServer } from "../server/range-server.mjs";
import { tiledTiff, tinyTiff } from "../support/tiny-tiff.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "cogrid-diagnose-"));

let server: Awaited<ReturnType<typeof startRangeServer>>;
beforeAll(async () => {
  server = await startRangeServer({ files: { "/good.tif": tinyTiff() } });
});
afterAll(() => server.close());

function cogrid(...args: string[]): Promise<{ status: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [cli, ...args], { cwd: folder }, (error, out, err) =>
      resolve({ status: typeof error?.code === "number" ? error.code : 0, out, err }),
    );
  });
}

async function diagnosis(source: string): Promise<Diagnosis> {
  const { status, out, err } = await cogrid("diagnose", source, "--timeout", "1500", "--json");
  expect({ status, err }).toEqual({ status: 0, err: "" });
  return JSON.parse(out);
}

const check = ({ checks }: Diagnosis, name: string) => checks.find((one) => one.name === name);

describe("cogrid diagnose", () => {
  it("finds nothing wrong with a good server, and says what it saw", async () => {
    const found = await diagnosis(`${server.url}/good.tif`);
    expect(found.checks.map(({ name }) => name)).toEqual([
      "reachable",
      "ranges",
      "encoding",
      "cors",
      "exposed_headers",
      "version",
      "format",
      "header",
      "tiles",
      "overviews",
      "compression",
      "crs",
      "georeference",
      "nodata",
      "pixels",
    ]);
    expect(found.checks.filter(({ status }) => status !== "ok").map(({ name }) => name)).toEqual(["compression"]);
    expect(check(found, "ranges")?.message).toContain(`${tinyTiff().length} bytes`);
    expect(found.info).toMatchObject({ width: 32, crs: "EPSG:4326" });
    const { out, status } = await cogrid("diagnose", `${server.url}/good.tif`);
    expect(status).toBe(0);
    expect(out).toMatch(/^✓ reachable: .*\n✓ ranges: /);
    expect(out).toMatch(/! compression: none.*\n {4}fix: gdal_translate -of COG .* good\.tif good_cog\.tif\n/);
  });

  it.each<[Fault, string, "warning" | "problem", RegExp]>([
    [{ kind: "ignore-range" }, "ranges", "problem", /206/],
    [{ kind: "wrong-range" }, "ranges", "problem", /Content-Range/],
    [{ kind: "gzip-part" }, "encoding", "problem", /gzip off/],
    [{ kind: "no-cors" }, "cors", "warning", /^Access-Control-Allow-Origin: \*$/],
    [{ kind: "no-expose" }, "exposed_headers", "warning", /^Access-Control-Expose-Headers: Content-Range, ETag$/],
    [{ kind: "no-validators" }, "version", "warning", /Last-Modified/],
    [{ kind: "redirect", to: "/good.tif" }, "reachable", "warning", /that address/],
    [{ kind: "status", status: 403 }, "reachable", "problem", /signed/],
    [{ kind: "status", status: 404 }, "reachable", "problem", /address/],
    [{ kind: "silent" }, "reachable", "problem", /server/],
    [{ kind: "reset" }, "reachable", "problem", /server/],
  ])("%j is found, with what mends it", async (fault, name, status, fix) => {
    const path = `/${name}-${fault.kind}.tif`;
    server.put(path, tiledTiff({ width: 256, height: 256, block: 128 }));
    server.fault(path, fault);
    const found = await diagnosis(server.url + path);
    expect(check(found, name)).toMatchObject({ status, fix: expect.stringMatching(fix) });
    expect(found.verdict).toBe(status);
    server.fault(path, undefined);
    expect(check(await diagnosis(server.url + path), name)).toMatchObject({ status: "ok" });
  });

  it("nobody listens: told, not thrown", async () => {
    const gone = await startRangeServer();
    await gone.close();
    const found = await diagnosis(`${gone.url}/a.tif`);
    expect(found).toMatchObject({ verdict: "problem", info: null, checks: [{ name: "reachable", status: "problem" }] });
    expect(found.checks[0]?.message).toMatch(/ECONNREFUSED/);
  });

  it("a page in place of a raster, and a raster of this machine", async () => {
    server.put("/page.html", new TextEncoder().encode("<!doctype html><title>sign in</title>"));
    const page = await diagnosis(`${server.url}/page.html`);
    expect(check(page, "format")).toMatchObject({ status: "problem", message: expect.stringMatching(/not_tiff/) });
    const path = join(folder, "here.tif");
    writeFileSync(path, tinyTiff());
    const local = await diagnosis(path);
    expect(local.checks[0]?.name).toBe("format");
    expect(check(local, "crs")).toMatchObject({ status: "ok", message: "EPSG:4326" });
  });
});
