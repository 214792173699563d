import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CogridError } from "cogrid";
import { describe, expect, it } from "vitest";
import { run } from "../../web/cli/run.js";
import { LocalClient } from "../../web/lib/invoke.js";
import type { WorkspaceOptions } from "../../web/lib/options.js";
import { createWorkspace } from "../../web/lib/workspace.js";
import { fakeEngine } from "../web/fake-engine.js";

const folder = mkdtempSync(join(tmpdir(), "cogrid-cli-"));

async function cogrid(args: string[], environment: Record<string, string> = {}) {
  const { Engine, controls } = fakeEngine();
  Object.assign(controls.answers, answers);
  const opened: WorkspaceOptions[] = [];
  let out = "";
  let err = "";
  const status = await run(args, {
    openWorkspace: async (options) => {
      opened.push(options);
      return createWorkspace(new LocalClient(await Engine.open({ name: "default", store: "memory", config: {} })));
    },
    version: "1.2.3",
    environment: { COGRID_WORKSPACE: join(folder, "workspace"), ...environment },
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    isTerminal: false,
    onInterrupt: () => undefined,
    runAgain: async () => ({ status: 0, out: "{}", killed: false }),
  });
  return { status, out, err, opened, calls: controls.calls };
}

const answers: Record<string, (...args: unknown[]) => unknown> = {
  statistics: () => ({ min: 1, max: 4, mean: 2.5, stdev: 1.25, count: 4 }),
  read: () => ({ dtype: "uint8", shape: [2, 2], data: Uint8Array.of(3, 4, 5, 6) }),
  info: (ref) => {
    if (ref === "gone")
      throw new CogridError("source.http_status", "expected 206, got 404", {
        hint: "check the address",
        url: "https://example.org/x.tif",
        status: 404,
      });
    if (ref === "samples") return { width: 3, height: 3, bands: 2, dtype: "uint8", tileHeight: 16, overviews: [] };
    return { width: 3, height: 2, nodata: null, bbox: [0, 0, 1, 1] };
  },
  grids: () => [
    {
      id: "g1",
      name: "hexes",
      definition: { type: "hexagon", crs: "EPSG:6933", cellSize: 1000, bounds: [0, 0, 1, 1] },
      cells: 12,
      created: 0,
    },
  ],
  addGrid: (definition, options) => ({ id: "g2", definition, ...(options as object) }),
};

describe("cogrid", () => {
  it("registers a source and prints its id", async () => {
    const { status, out, calls } = await cogrid([
      "register",
      "https://example.org/a.tif",
      "--name",
      "a",
      "--units",
      "mm",
      "--meta",
      '{"year":2001}',
    ]);
    expect({ status, out }).toEqual({ status: 0, out: "s1\n" });
    expect(calls[0]?.slice(0, 3)).toEqual([
      "registerSource",
      "https://example.org/a.tif",
      expect.objectContaining({ name: "a", units: "mm", metadata: { year: 2001 } }),
    ]);
  });

  it("prints one JSON document with --json, wherever the flag stands", async () => {
    for (const args of [
      ["--json", "stats", "a"],
      ["stats", "a", "--json"],
    ]) {
      const { status, out } = await cogrid(args);
      expect(status).toBe(0);
      expect(JSON.parse(out)).toEqual({ min: 1, max: 4, mean: 2.5, stdev: 1.25, count: 4 });
    }
  });

  it("prints facts a line each without it", async () => {
    expect((await cogrid(["info", "a"])).out).toBe("width: 3\nheight: 2\nnodata: null\nbbox: [0,0,1,1]\n");
  });

  it("writes samples as NPY", async () => {
    const output = join(folder, "deep", "a.npy");
    const { status, out, calls } = await cogrid([
      "read",
      "samples",
      "--band",
      "2",
      "--window",
      "0,1,2,3",
      "--overview",
      "0",
      "--output",
      output,
    ]);
    expect({ status, out }).toEqual({ status: 0, out: `${output}: uint8 (2, 2)\n` });
    const options = expect.objectContaining({ band: 2, window: [0, 1, 2, 3], overview: 0 });
    expect(calls.slice(1)).toEqual([["read", "samples", options]]);
    expect([...readFileSync(output).subarray(-4)]).toEqual([3, 4, 5, 6]);
  });

  it("stores a grid, negative bounds included", async () => {
    const { out, calls } = await cogrid([
      "grid",
      "add",
      "--type",
      "square",
      "--crs",
      "EPSG:4326",
      "--cell-size",
      "0.5",
      "--bounds",
      "-10,-20,10,20",
      "--name",
      "half",
    ]);
    expect(out).toBe("g2\n");
    expect(calls[0]).toEqual([
      "addGrid",
      { type: "square", crs: "EPSG:4326", cellSize: 0.5, bounds: [-10, -20, 10, 20] },
      { name: "half" },
    ]);
  });

  it("stores H3 cells and zones, with what each needs", async () => {
    const add = ["grid", "add", "--name", "n", "--type"];
    const h3 = await cogrid([...add, "h3", "--resolution", "5", "--bounds", "170,-20,-170,20"]);
    expect(h3.calls[0]?.[1]).toEqual({ type: "h3", resolution: 5, bounds: [170, -20, -170, 20] });
    const features = { type: "FeatureCollection", features: [] };
    const path = join(folder, "zones.geojson");
    writeFileSync(path, JSON.stringify(features));
    const zones = await cogrid([...add, "zones", "--zones", path, "--id-field", "name", "--repair"]);
    expect(zones.calls[0]?.[1]).toEqual({ type: "zones", features, idField: "name", repair: true });
    const within = await cogrid([...add, "h3", "--resolution", "5", "--polygon", path]);
    expect(within.calls[0]?.[1]).toEqual({ type: "h3", resolution: 5, polygon: features });
    for (const [flags, what] of [
      [["zones"], "--type zones needs --zones"],
      [["h3", "--bounds", "0,0,1,1"], "--type h3 needs --resolution"],
      [["h3", "--resolution", "5"], "--type h3 needs --bounds or --polygon"],
      [["h3", "--resolution", "5", "--bounds", "0,0,1,1", "--cell-size", "5"], "--type h3 takes no --cell-size"],
      [["square", "--crs", "EPSG:4326"], "--type square needs --cell-size"],
      [["zones", "--zones", join(folder, "none.geojson")], "cannot be read"],
    ] as const) {
      expect(await cogrid([...add, ...flags])).toMatchObject({ status: 2, err: expect.stringContaining(what) });
    }
  });

  it("resamples to CSV on stdout, to JSON with --json, and to files by extension", async () => {
    expect((await cogrid(["resample", "a", "hexes", "--method", "average,sum"])).out.split("\n").slice(0, 2)).toEqual([
      "cell_id,average,sum,confidence",
      "-1:5,1.5,3,1",
    ]);
    expect(JSON.parse((await cogrid(["resample", "a", "hexes", "--json"])).out).cells["0:5"]).toEqual({
      average: null,
      sum: null,
      confidence: 0,
    });
    for (const extension of ["csv", "json", "geojson"]) {
      const output = join(folder, `r.${extension}`);
      const { status, out, calls } = await cogrid([
        "resample",
        "a",
        "hexes",
        "--no-cache",
        "--overview",
        "auto",
        "--json",
        "--output",
        output,
      ]);
      expect(status).toBe(0);
      expect(JSON.parse(out)).toMatchObject({ output, blocks: 4, cells: 4 });
      expect(calls.at(-1)).toEqual([
        "resample",
        "a",
        "g1",
        expect.objectContaining({ noCache: true, overview: "auto", outlines: extension === "geojson" }),
      ]);
      const text = readFileSync(output, "utf8");
      if (extension === "csv") expect(text).toContain("\n0:5,,,0\n");
      else expect(Object.keys(JSON.parse(text))).toContain(extension === "json" ? "cells" : "features");
    }
  });

  it("takes a grid from a file", async () => {
    const definition = { type: "square", crs: "EPSG:6933", cellSize: 5000, bounds: [0, 0, 1, 1] };
    const path = join(folder, "grid.json");
    writeFileSync(path, JSON.stringify(definition));
    expect((await cogrid(["explain", "a", path])).calls.at(-1)?.slice(0, 3)).toEqual(["explain", "a", definition]);
    writeFileSync(path, "[1]");
    expect(await cogrid(["explain", "a", path])).toMatchObject({
      status: 2,
      err: expect.stringContaining("error[usage.grid_file]"),
    });
  });

  it("tells a failure on stderr with its hint, and with --json on stdout too", async () => {
    const { status, out, err } = await cogrid(["info", "gone"]);
    expect({ status, out }).toEqual({ status: 1, out: "" });
    expect(err).toBe(
      "error[source.http_status]: expected 206, got 404 (https://example.org/x.tif, HTTP 404)\n  check the address\n",
    );
    expect(JSON.parse((await cogrid(["info", "gone", "--json"])).out)).toEqual({
      error: {
        code: "source.http_status",
        message: expect.stringContaining("expected 206, got 404"),
        hint: "check the address",
      },
    });
    expect((await cogrid(["info", "gone", "--debug"])).err).toContain("at ");
  });

  it("names the stored grids when one is missing", async () => {
    expect(await cogrid(["resample", "a", "nothing"])).toMatchObject({
      status: 1,
      err: expect.stringContaining(
        "error[grid.not_found]: there is no grid and no file named nothing\n  stored grids: hexes",
      ),
    });
  });

  it.each([
    [["frobnicate"]],
    [["info"]],
    [["info", "a", "--frob"]],
    [["stats", "a", "--band", "0"]],
    [["read", "a"]],
    [["read", "a", "--output", "a.npy", "--window", "5,5,5,9"]],
    [["read", "a", "--output", "a.tif"]],
    [
      [
        "grid",
        "add",
        "--type",
        "circle",
        "--crs",
        "EPSG:4326",
        "--cell-size",
        "1",
        "--bounds",
        "0,0,1,1",
        "--name",
        "x",
      ],
    ],
    [
      [
        "grid",
        "add",
        "--type",
        "square",
        "--crs",
        "EPSG:4326",
        "--cell-size",
        "-1",
        "--bounds",
        "0,0,1,1",
        "--name",
        "x",
      ],
    ],
    [["resample", "a", "hexes", "--output", "a.xlsx"]],
    [[]],
  ])("exits with 2 and says what was expected: %j", async (args) => {
    const { status, err, out } = await cogrid([...args, ...(args.length === 0 ? [] : ["--json"])]);
    expect(status).toBe(2);
    expect(err).not.toBe("");
    if (args.length > 0) expect(JSON.parse(out).error.code).toMatch(/^usage\./);
  });

  it("shows help and version on stdout", async () => {
    expect(await cogrid(["--help"])).toMatchObject({ status: 0, out: expect.stringContaining("resample"), err: "" });
    expect(await cogrid(["--version"])).toMatchObject({ status: 0, out: "1.2.3\n" });
  });

  it("finds its workspace: option, environment, ./.cogrid", async () => {
    const opened = async (args: string[], environment = {}): Promise<WorkspaceOptions | undefined> =>
      (await cogrid(["register", "x", "--name", "x", ...args], environment)).opened[0];
    expect((await opened(["--workspace", "here"]))?.directory).toBe("here");
    expect(await opened([], { COGRID_TIMEOUT_MS: "5000" })).toMatchObject({
      directory: join(folder, "workspace"),
      environment: { COGRID_TIMEOUT_MS: "5000" },
    });
    expect((await opened([], { COGRID_WORKSPACE: "" }))?.directory).toBe(".cogrid");
  });

  it("leaves no folder behind when it only looks", async () => {
    const { opened } = await cogrid(["info", "a", "--workspace", join(folder, "none")]);
    expect(opened[0]).not.toHaveProperty("directory");
  });
});
