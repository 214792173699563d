import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createSettings, environmentSettings, type Setting, settle } from "../../web/lib/settings.js";
import { settingsFile } from "../../web/lib/settings-file.js";

const machine = { cores: 64 };
const nothing = { workspace: {}, environment: {} };

function named(settings: readonly Setting[], name: string): Setting | undefined {
  return settings.find((setting) => setting.name === name);
}

describe("settings", () => {
  it("have the contract's defaults", () => {
    const { settings, options } = settle({}, nothing, machine);
    const values = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
    expect(values).toMatchObject({
      tileSize: 1000,
      cacheTtlDays: 30,
      memoryLimitMb: 4096,
      parallelWorkers: 4,
      "lazyLoading.chunkSizeMb": 100,
      "lazyLoading.prefetchTiles": 2,
      "resamplingMethods.default": "bilinear",
      "resamplingMethods.categorical": "nearest",
      "resamplingMethods.continuous": "bilinear",
      concurrencyPerOrigin: 6,
      maxRangeMb: 16,
    });
    expect(settings.every(({ origin }) => origin === "default")).toBe(true);
    // What nobody set is left to the core.
    expect(options).toEqual({});
  });

  // Each of them, from each place; the next place wins over the one before.
  it.each(settle({}, nothing, machine).settings)(
    "$name comes from where it was set last",
    ({ name, value, variable }) => {
      const values = typeof value === "number" ? [value + 1, value + 2, value + 3] : ["max", "min", "sum"];
      const nested = (inner: unknown): object => {
        const [group = name, field] = name.split(".");
        return { [group]: field === undefined ? inner : { [field]: inner } };
      };
      const [stored, inEnvironment, asOption] = values;
      const workspace = { [name]: stored };
      const environment = environmentSettings({ [variable]: String(inEnvironment) });
      const from = (layers: Parameters<typeof settle>[1], options = {}): unknown[] => {
        const settled = settle(options, layers, machine);
        const setting = named(settled.settings, name);
        expect(settled.options).toMatchObject(nested(setting?.value));
        return [setting?.value, setting?.origin];
      };
      expect(from({ ...nothing, workspace })).toEqual([stored, "workspace"]);
      expect(from({ workspace, environment })).toEqual([inEnvironment, "environment"]);
      expect(from({ workspace, environment }, nested(asOption))).toEqual([asOption, "option"]);
    },
  );

  it("end where the machine does", () => {
    const small = { cores: 2, memoryMb: 4096 };
    const { settings, options } = settle({ parallelWorkers: 8 }, nothing, small);
    expect(named(settings, "parallelWorkers")).toMatchObject({ value: 2, origin: "option" });
    expect(named(settings, "memoryLimitMb")).toMatchObject({ value: 2048, origin: "default" });
    expect(options).toEqual({ parallelWorkers: 2, memoryLimitMb: 2048 });
  });

  it("are refused with the place where they were set", () => {
    const environment = environmentSettings({ COGRID_TILE_SIZE: "big" });
    expect(() => settle({}, { ...nothing, environment }, machine)).toThrow(
      expect.objectContaining({ code: "usage.option", message: expect.stringContaining("COGRID_TILE_SIZE") }),
    );
    expect(() => settle({}, { ...nothing, workspace: { tilesize: 1 } }, machine)).toThrow(
      /got "tilesize" \(workspace\)/,
    );
    expect(() => settle({ lazyLoading: { prefetchTiles: -1 } }, nothing, machine)).toThrow(
      /lazyLoading\.prefetchTiles/,
    );
  });

  it("are kept in the workspace's folder", () => {
    const directory = join(mkdtempSync(join(tmpdir(), "cogrid-settings-")), "new");
    const file = settingsFile(directory);
    expect(file.read()).toEqual({});
    const settings = createSettings([], file);
    settings.set("tileSize", 512);
    settings.set("lazyLoading.prefetchTiles", 0);
    expect(file.read()).toEqual({ tileSize: 512, "lazyLoading.prefetchTiles": 0 });
    settings.set("tileSize", undefined);
    expect(JSON.parse(readFileSync(join(directory, "config.json"), "utf8"))).toEqual({
      "lazyLoading.prefetchTiles": 0,
    });
    expect(() => settings.set("tilesize", 1)).toThrow(expect.objectContaining({ code: "usage.option" }));
    expect(() => settings.set("tileSize", "wide")).toThrow(expect.objectContaining({ code: "usage.option" }));
    writeFileSync(join(directory, "config.json"), "{");
    expect(() => file.read()).toThrow(expect.objectContaining({ code: "usage.config_file" }));
  });
});
