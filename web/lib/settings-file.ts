import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CogridError } from "./errors.js";
import type { SettingStore, SettingValues } from "./settings.js";

/** The settings of the workspace in `directory`: its `config.json`, which may also be edited by hand. */
export function settingsFile(directory: string): SettingStore {
  const path = join(directory, "config.json");
  return {
    read: () => {
      let text: string;
      try {
        text = readFileSync(path, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
        throw unusable(path, error);
      }
      try {
        const values: unknown = JSON.parse(text);
        if (typeof values === "object" && values !== null && !Array.isArray(values)) return values as SettingValues;
      } catch (error) {
        throw unusable(path, error);
      }
      throw unusable(path, "expected an object");
    },
    write: (values) => {
      mkdirSync(directory, { recursive: true });
      const partial = `${path}.${process.pid}.part`;
      writeFileSync(partial, `${JSON.stringify(values, undefined, 2)}\n`);
      renameSync(partial, path);
    },
  };
}

function unusable(path: string, cause: unknown): CogridError {
  return new CogridError("usage.config_file", `the settings ${path} cannot be used: ${String(cause)}`, {
    url: path,
    cause,
    hint: 'it holds an object such as {"tileSize": 1000}',
  });
}
