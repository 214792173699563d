// Steps that say what they do and how long it took, and commands that fail with what mends them.
// Plain Node 20 and no packages: this runs before anything is installed.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** Folder of tools that outlive a checkout, keyed by version inside. */
export const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "cogrid");

export const isCi = !["", "0", "false", undefined].includes(process.env.CI);

/** A failure whose message is meant for a person; `mend` is the exact command (or edit) that gets past it. */
export class StepError extends Error {
  /** @param {string} message @param {string} [mend] */
  constructor(message, mend) {
    super(message);
    this.mend = mend;
  }
}

/** @param {number} startMs @returns {string} time since `startMs`, such as `3.2 s` or `2 min 05 s` */
export function since(startMs) {
  const seconds = (Date.now() - startMs) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** @param {string} text */
export function say(text) {
  console.log(text);
}

/**
 * Runs `work`, saying what it is before and how long it took after.
 * @template T
 * @param {string} title
 * @param {() => Promise<T> | T} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const startMs = Date.now();
  say(`▸ ${title}`);
  try {
    const result = await work();
    say(`✓ ${title} (${since(startMs)})`);
    return result;
  } catch (error) {
    say(`✗ ${title} (${since(startMs)})`);
    throw error;
  }
}

/**
 * Runs a script's main function; a failure is told in words and ends the process with status 1.
 * @param {() => Promise<unknown>} work
 */
export async function main(work) {
  try {
    await work();
  } catch (error) {
    tell(error);
    process.exitCode = 1;
  }
}

/** Prints a failure: what went wrong, and the command that mends it. @param {unknown} error */
export function tell(error) {
  if (error instanceof StepError) {
    console.error(`\nerror: ${error.message}`);
    if (error.mend) console.error(`\nmend it with:\n\n  ${error.mend.replaceAll("\n", "\n  ")}\n`);
  } else {
    console.error(error);
  }
}

/**
 * @typedef {object} RunOptions
 * @property {Record<string, string | undefined>} [env] added to the environment; `undefined` removes a name
 * @property {string} [cwd] default: the checkout
 * @property {number} [timeoutMs] the command is killed after this long
 * @property {boolean} [capture] collect the output instead of showing it
 * @property {(chunk: string) => void} [onOutput] sees the output as it is shown
 */

/**
 * Runs a command to its end; never throws for a status other than 0.
 * @param {string} command @param {string[]} args @param {RunOptions} [options]
 * @returns {Promise<{ status: number, output: string, missing: boolean, timedOut: boolean }>}
 */
export function attempt(command, args, options = {}) {
  return new Promise((resolve) => {
    const piped = options.capture || options.onOutput !== undefined;
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: clean({ ...process.env, ...options.env }),
      stdio: ["ignore", piped ? "pipe" : "inherit", piped ? "pipe" : "inherit"],
    });
    let output = "";
    let timedOut = false;
    const timer = options.timeoutMs
      ? setTimeout(() => {
          timedOut = true;
          child.kill("SIGKILL");
        }, options.timeoutMs)
      : undefined;
    for (const [stream, shown] of /** @type {const} */ ([
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ])) {
      stream?.setEncoding("utf8");
      stream?.on("data", (/** @type {string} */ chunk) => {
        output += chunk;
        options.onOutput?.(chunk);
        if (!options.capture) shown.write(chunk);
      });
    }
    const end = (/** @type {number} */ status, missing = false) => {
      clearTimeout(timer);
      resolve({ status, output, missing, timedOut });
    };
    child.on("error", () => end(127, true));
    child.on("close", (code, signal) => end(code ?? (signal ? 1 : 0)));
  });
}

/**
 * Runs a command to its end; a status other than 0 is a `StepError`.
 * @param {string} command @param {string[]} args @param {RunOptions & { mend?: string }} [options]
 */
export async function run(command, args, options = {}) {
  const { status, output, missing, timedOut } = await attempt(command, args, options);
  if (status === 0) return output;
  const line = [command, ...args].join(" ");
  if (options.capture && output) console.error(output);
  if (missing) throw new StepError(`${command}: no such command`, options.mend);
  throw new StepError(timedOut ? `gave up waiting for: ${line}` : `status ${status} from: ${line}`, options.mend);
}

/** First executable of this name on PATH, or `undefined`. @param {string} name @param {string} [path] */
export function which(name, path = process.env.PATH ?? "") {
  const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`, name] : [name];
  for (const folder of path.split(delimiter)) {
    for (const candidate of names) {
      const file = join(folder, candidate);
      if (folder && existsSync(file) && statSync(file).isFile()) return file;
    }
  }
  return undefined;
}

/** PATH with `folders` in front. @param {...string} folders */
export function pathWith(...folders) {
  return [...folders, process.env.PATH ?? ""].join(delimiter);
}

/** Files below `paths` (files or folders of the checkout), sorted. @param {string[]} paths */
export function filesBelow(paths) {
  /** @type {string[]} */
  const files = [];
  const visit = (/** @type {string} */ path) => {
    if (!existsSync(path)) return;
    if (!statSync(path).isDirectory()) return void files.push(path);
    for (const name of readdirSync(path)) if (name !== "node_modules" && name !== ".git") visit(join(path, name));
  };
  for (const path of paths) visit(join(root, path));
  return files.sort();
}

/**
 * Does `work` unless the same inputs have already been turned into outputs that still exist.
 * @param {string} title
 * @param {{ stamp: string, inputs: string[], outputs: string[], facts?: unknown }} what
 *   `stamp` names the record in `build/stamps`, `facts` is whatever else the outputs depend on
 * @param {() => Promise<unknown>} work
 */
export async function stepUnlessCurrent(title, what, work) {
  const hash = createHash("sha256").update(JSON.stringify(what.facts ?? null));
  for (const file of filesBelow(what.inputs)) hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
  const digest = hash.digest("hex");
  const record = join(root, "build", "stamps", what.stamp);
  const current =
    existsSync(record) &&
    readFileSync(record, "utf8") === digest &&
    what.outputs.every((output) => existsSync(join(root, output)));
  if (current) return say(`✓ ${title} (unchanged)`);
  await step(title, work);
  mkdirSync(dirname(record), { recursive: true });
  writeFileSync(record, digest);
}

/** @param {Record<string, string | undefined>} env @returns {Record<string, string>} */
function clean(env) {
  return /** @type {Record<string, string>} */ (
    Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
  );
}
