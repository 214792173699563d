import { CogridError } from "./errors.js";
import type { WorkspaceOptions } from "./options.js";

/** Where a setting's value came from; the last one that has it wins. */
export type SettingOrigin = "default" | "workspace" | "environment" | "option";

/** A setting in force. */
export interface Setting {
  /** Dotted where it is part of a group: `lazyLoading.chunkSizeMb`. */
  readonly name: string;
  readonly value: number | string;
  readonly origin: SettingOrigin;
  /** The environment variable that sets it. */
  readonly variable: string;
  /** What it means, with its unit. */
  readonly meaning: string;
}

/** Values of one origin, by dotted name. */
export type SettingValues = Readonly<Record<string, unknown>>;

/** What a workspace keeps of its settings. */
export interface SettingStore {
  read(): SettingValues;
  write(values: SettingValues): void;
}

/** A workspace's configuration. */
export interface Settings {
  /** Every setting with its value and where that came from. */
  info(): Setting[];
  /**
   * Keeps a setting in the workspace, for sessions to come; `undefined` forgets it.
   *
   * @throws CogridError `usage.option` for a name or a value that can't be.
   */
  set(name: string, value: number | string | undefined): void;
}

/** What the machine allows. */
export interface Machine {
  readonly cores: number;
  /** Memory that a page may count on, MiB, where the browser tells. */
  readonly memoryMb?: number | undefined;
}

/**
 * The options as they are with what the workspace and the environment set, and every setting in force.
 *
 * @throws CogridError `usage.option` for a name or a value that can't be, saying where it was set.
 */
export function settle(
  options: WorkspaceOptions,
  layers: { readonly workspace: SettingValues; readonly environment: SettingValues },
  machine: Machine,
): { readonly options: WorkspaceOptions; readonly settings: Setting[] } {
  const ofOptions = Object.fromEntries(Object.entries(options).filter(([name]) => isSetting(name)));
  const given = [
    { origin: "workspace" as const, values: checked(flat(layers.workspace), "workspace") },
    { origin: "environment" as const, values: checked(flat(layers.environment), "environment") },
    { origin: "option" as const, values: checked(flat(ofOptions), "option") },
  ];
  const settings = Object.entries(SETTINGS).map(([name, { initial, meaning }]): Setting => {
    const found = given.findLast(({ values }) => values[name] !== undefined);
    const value = limited(name, found?.values[name] ?? initial, machine);
    return { name, value, origin: found?.origin ?? "default", variable: variableOf(name), meaning };
  });
  return { options: { ...options, ...grouped(settings) }, settings };
}

/** What differs from the defaults, in the shape of options: those of the core are the core's. */
function grouped(settings: readonly Setting[]): WorkspaceOptions {
  const options: Record<string, unknown> = {};
  for (const { name, value } of settings) {
    if (value === SETTINGS[name]?.initial) continue;
    const [group = name, field] = name.split(".");
    if (field === undefined) options[name] = value;
    else options[group] = { ...(options[group] as object | undefined), [field]: value };
  }
  return options;
}

/** The settings among environment variables: `COGRID_TILE_SIZE` and its like. */
export function environmentSettings(environment: Readonly<Record<string, string | undefined>>): SettingValues {
  const values: Record<string, unknown> = {};
  for (const [name, { initial }] of Object.entries(SETTINGS)) {
    const text = environment[variableOf(name)];
    if (text === undefined || text === "") continue;
    // A text that is no number is refused where values are checked.
    values[name] = typeof initial === "number" ? (text.trim() === "" ? Number.NaN : Number(text)) : text;
  }
  return values;
}

/** The configuration of a workspace whose settings are kept in `store`. */
export function createSettings(inForce: readonly Setting[], store: SettingStore): Settings {
  return {
    info: () => [...inForce],
    set: (name, value) => {
      const values: Record<string, unknown> = { ...flat(store.read()) };
      if (value === undefined) {
        checked({ [name]: SETTINGS[name]?.initial }, "workspace");
        delete values[name];
      } else {
        values[name] = value;
      }
      store.write(checked(values, "workspace"));
    },
  };
}

/** Settings that end with the session. */
export function forgetfulSettings(): SettingStore {
  let values: SettingValues = {};
  return {
    read: () => values,
    write: (next) => {
      values = next;
    },
  };
}

/** The default of a setting that is a number. */
export function initialNumber(name: string): number {
  return Number(SETTINGS[name]?.initial);
}

function isSetting(name: string): boolean {
  return Object.keys(SETTINGS).some((known) => known === name || known.startsWith(`${name}.`));
}

function checked(values: SettingValues, origin: SettingOrigin): SettingValues {
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) continue;
    const setting = SETTINGS[name];
    const where = origin === "environment" ? ` in the environment (${variableOf(name)})` : ` (${origin})`;
    if (setting === undefined) {
      throw new CogridError(
        "usage.option",
        `expected one of ${Object.keys(SETTINGS).join(", ")}, got "${name}"${where}`,
      );
    }
    const { initial, least = 0 } = setting;
    if (typeof initial === "number" && !(typeof value === "number" && Number.isFinite(value) && value >= least)) {
      throw new CogridError("usage.option", `expected a number ≥ ${least} for ${name}, got ${String(value)}${where}`);
    }
    if (typeof initial === "string" && typeof value !== "string") {
      throw new CogridError("usage.option", `expected a text for ${name}, got ${String(value)}${where}`);
    }
  }
  return values;
}

function limited(name: string, value: unknown, machine: Machine): number | string {
  if (name === "parallelWorkers") return Math.max(1, Math.min(Math.floor(value as number), machine.cores));
  if (name === "memoryLimitMb" && machine.memoryMb !== undefined)
    return Math.min(value as number, machine.memoryMb / 2);
  return value as number | string;
}

/** `{ a: { b: 1 } }` as `{ "a.b": 1 }`. */
function flat(values: SettingValues): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    if (typeof value !== "object" || value === null) all[name] = value;
    else for (const [field, inner] of Object.entries(value)) all[`${name}.${field}`] = inner;
  }
  return all;
}

function variableOf(name: string): string {
  return `COGRID_${name.replaceAll(".", "_").replaceAll(/[A-Z]/g, "_$&").toUpperCase()}`;
}

interface Definition {
  readonly initial: number | string;
  readonly least?: number;
  readonly meaning: string;
}

/** Every setting with its default. */
const SETTINGS: Readonly<Record<string, Definition>> = {
  tileSize: { initial: 1000, least: 1, meaning: "side of a tile of the index, pixels, about" },
  cacheTtlDays: { initial: 30, meaning: "stored results that are older are not served, days" },
  cacheLimitMb: { initial: 2048, meaning: "space of stored results, MiB: the least recently used make room" },
  memoryLimitMb: {
    initial: 4096,
    least: 1,
    meaning: "memory of one request, MiB; in browsers at most half the device's",
  },
  blockCacheMb: {
    initial: 0,
    meaning: "bytes of remote files that the workspace keeps for later sessions, MiB; 0 keeps none",
  },
  blockMemoryMb: { initial: 128, meaning: "memory that holds what was read, MiB" },
  parallelWorkers: { initial: 4, least: 1, meaning: "threads and workers at once, at most the cores" },
  "lazyLoading.chunkSizeMb": {
    initial: 100,
    least: 1,
    meaning: "decoded samples held while a file is gone through, MiB",
  },
  "lazyLoading.prefetchTiles": { initial: 2, meaning: "tiles that are read ahead" },
  "resamplingMethods.default": { initial: "bilinear", meaning: "method for sources of unknown kind" },
  "resamplingMethods.categorical": { initial: "nearest", meaning: "method for categorical sources" },
  "resamplingMethods.continuous": { initial: "bilinear", meaning: "method for continuous sources" },
  concurrencyPerOrigin: { initial: 6, least: 1, meaning: "requests to one host at a time" },
  maxRangeMb: { initial: 16, meaning: "largest merged read, MiB" },
  mergeGapKb: { initial: 32.6, meaning: "ranges nearer than this are read as one, KiB" },
  retries: { initial: 3, meaning: "further tries of a read that failed in a way that may pass" },
  timeoutMs: { initial: 30_000, least: 1, meaning: "a read without a byte for this long has failed, ms" },
  leaseMs: {
    initial: 30_000,
    least: 10,
    meaning: "a worker without a sign of life for this long is taken for dead, ms",
  },
  taskRetries: { initial: 3, meaning: "further runs of a task that failed in a way that may pass" },
  taskRetryDelayMs: { initial: 2000, meaning: "wait before the first of them, ms; doubled after each" },
  log: { initial: "", meaning: "debug log: a level, or SUBSYSTEM=LEVEL,…; off, error, warn, info, debug" },
};
