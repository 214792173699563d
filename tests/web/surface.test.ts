import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as browser from "../../web/lib/browser.js";
import { engineConfig } from "../../web/lib/options.js";

describe("the public surface", () => {
  // A new name is a promise: add it to the contract's page, and here.
  it("exports these names and no others", () => {
    expect(Object.keys(browser).sort()).toEqual([
      "CogridError",
      "Table",
      "csvLines",
      "geoJsonLines",
      "isAbortError",
      "isCogridError",
      "jsonLines",
      "openWorkspace",
    ]);
  });

  it("is the same on every host", () => {
    const entry = (host: string): string[] =>
      [...readFileSync(new URL(`../../web/lib/${host}.ts`, import.meta.url), "utf8").matchAll(/^export .*$/gm)]
        .map(([line]) => line)
        .sort();
    expect(entry("node")).toEqual(entry("browser"));
    expect(entry("workerd")).toEqual(entry("browser"));
  });
});

describe("engineConfig", () => {
  it("passes on the core's settings only", () => {
    expect(engineConfig({ name: "x", threads: "off", memoryLimitMb: 512, retries: 0, timeoutMs: undefined })).toEqual({
      memoryLimitMb: 512,
      retries: 0,
    });
  });

  it("refuses what it doesn't know", () => {
    expect(() => engineConfig({ memoryLimitMB: 1 } as object)).toThrow(
      expect.objectContaining({ code: "usage.option", message: expect.stringContaining('got "memoryLimitMB"') }),
    );
    expect(() => engineConfig({ retries: -1 })).toThrow(expect.objectContaining({ code: "usage.option" }));
    expect(() => engineConfig({ retries: Number.NaN })).toThrow(expect.objectContaining({ code: "usage.option" }));
  });
});
