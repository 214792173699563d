// Makes everything that building and testing need, on a machine that has Node ≥ 20, a package registry, and rustup or
// Debian's archive. Plain Node and no packages. Run again it only looks; every step says what it does.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findBrowser, installBrowser } from "./browser.mjs";
import { attempt, cacheFolder, main, pathWith, root, run, StepError, say, step, which } from "./steps.mjs";
import { ensureToolchain } from "./toolchain.mjs";

/** @typedef {import("./toolchain.mjs").Toolchain} Toolchain */
/**
 * @typedef {{ wasmBindgen: string, wasmPack: string | undefined }} WasmTools paths of the programs; no wasm-pack: the build goes by hand
 */

const wasmPackVersion = "0.15.1";

/**
 * npm packages, and this script run again under the Node that is one of them. Call it before importing a package:
 * where Node has to change, this process becomes the parent of another and does not return.
 */
export async function bootstrap() {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new StepError(`Node ≥ 20 is needed, this is ${process.versions.node}`, "see https://nodejs.org/en/download");
  }
  if (!packagesAreCurrent()) {
    await step("npm packages (npm ci)", () => npm(["ci", "--no-audit", "--no-fund"]));
  }
  const bin = join(root, "node_modules", ".bin");
  const nodePackage = join(root, "node_modules", "node");
  if (!existsSync(join(nodePackage, "bin", process.platform === "win32" ? "node.exe" : "node"))) {
    // Where npm is set not to run packages' install scripts, this one has not run.
    await step("Node of npm's package", () =>
      run(process.execPath, ["installArchSpecificPackage.js"], {
        cwd: nodePackage,
        mend: "npm ci --ignore-scripts=false",
      }),
    );
  }
  const wanted = packageVersion("node_modules/node");
  if (process.versions.node === wanted || process.env.COGRID_REEXEC) return;
  const child = spawn(which("node", bin) ?? process.execPath, process.argv.slice(1), {
    stdio: "inherit",
    env: { ...process.env, PATH: pathWith(bin), COGRID_REEXEC: "1" },
  });
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    process.on(signal, () => child.kill(signal));
  }
  process.exit(await new Promise((resolve) => child.on("close", (code) => resolve(code ?? 1))));
}

/** The Rust toolchain, installed where missing. Asked for twice it looks once. @returns {Promise<Toolchain>} */
export function rustToolchain() {
  toolchain ??= ensureToolchain().then((found) => {
    say(`✓ ${found.version}, by ${found.route === "rustup" ? "rustup" : "Debian's packages"}`);
    return found;
  });
  return toolchain;
}
/** @type {Promise<Toolchain> | undefined} */
let toolchain;

/**
 * wasm-bindgen of the version in Cargo.lock and wasm-pack, built into the user's cache folder where missing.
 * @returns {Promise<WasmTools>}
 */
export async function wasmTools() {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const bindgenVersion = /name = "wasm-bindgen"\nversion = "([^"]+)"/.exec(lock)?.[1];
  if (!bindgenVersion) throw new StepError("Cargo.lock does not name wasm-bindgen", "git checkout Cargo.lock");
  // wasm-bindgen-cli's own lock file names a crate that registries' mirrors lack, so it resolves afresh.
  const wasmBindgen = await cargoTool("wasm-bindgen", "wasm-bindgen-cli", bindgenVersion, []);
  let wasmPack;
  try {
    wasmPack = await cargoTool("wasm-pack", "wasm-pack", wasmPackVersion, ["--locked"]);
  } catch (error) {
    if (!(error instanceof StepError)) throw error;
    say(`  wasm-pack is not to be had (${error.message}): building in three steps by hand`);
  }
  return { wasmBindgen, wasmPack };
}

/**
 * Path of a Chromium for the browser tests, installed on Debian as root; throws with the command that installs it
 * elsewhere.
 */
export async function browser() {
  return findBrowser() ?? installBrowser();
}

/**
 * The program's path in the cache.
 * @param {string} program @param {string} crate @param {string} version @param {string[]} flags
 */
export async function cargoTool(program, crate, version, flags) {
  const folder = join(cacheFolder, `${program}-${version}`);
  const path = join(folder, "bin", process.platform === "win32" ? `${program}.exe` : program);
  const works = async () => (await attempt(path, ["--version"], { capture: true })).output.includes(version);
  if (existsSync(path) && (await works())) return path;
  const { env } = await rustToolchain();
  const partial = `${folder}.${process.pid}`;
  const install = ["install", crate, "--version", version, "--root", partial, ...flags];
  await step(
    `${crate} ${version} from Cargo's registry into ${folder} (3–6 min on two cores, once a machine)`,
    async () => {
      mkdirSync(cacheFolder, { recursive: true });
      try {
        await run("cargo", install, {
          env: {
            ...env,
            // These programs run for seconds: compiling them fast is worth more than their speed.
            CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
            CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
            CARGO_PROFILE_RELEASE_LTO: "false",
            CARGO_TARGET_DIR: join(partial, "target"),
            RUSTFLAGS: undefined,
          },
          ...crateCounter(),
          mend: `cargo install ${crate} --version ${version} --root ${folder} ${flags.join(" ")}`.trim(),
        });
        rmSync(join(partial, "target"), { recursive: true, force: true });
        rmSync(folder, { recursive: true, force: true });
        renameSync(partial, folder);
      } finally {
        rmSync(partial, { recursive: true, force: true });
      }
    },
  );
  if (!(await works())) throw new StepError(`${path} does not run`, `rm -r ${folder} && npm run build`);
  return path;
}

/** Tells now and then how many crates cargo has compiled, in place of a line for each. */
function crateCounter() {
  let compiled = 0;
  let toldMs = Date.now();
  return {
    capture: true,
    onOutput: (/** @type {string} */ chunk) => {
      compiled += chunk.split("Compiling ").length - 1;
      if (Date.now() - toldMs < 15_000) return;
      toldMs = Date.now();
      say(`  … ${compiled} crates compiled`);
    },
  };
}

/**
 * Whether node_modules holds what package-lock.json asks for. An interrupted install leaves no record and counts as
 * stale.
 */
function packagesAreCurrent() {
  const record = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.keys(wanted).every((path) => {
    if (path === "") return true;
    // Optional packages are other platforms' binaries.
    if (!installed[path]) return wanted[path].optional === true;
    return installed[path].version === wanted[path].version && existsSync(join(root, path));
  });
}

/** @param {string} folder */
function packageVersion(folder) {
  return JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).version;
}

/** @param {string[]} args */
async function npm(args) {
  const cli = process.env.npm_execpath;
  const [command, ...first] = cli?.endsWith(".js") ? [process.execPath, cli] : ["npm"];
  // npm names its own version of npm_config_* to scripts; passing them on would only repeat the user's settings.
  await run(command, [...first, ...args], { mend: `npm ${args.join(" ")}` });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await bootstrap();
    await rustToolchain();
    await wasmTools();
    say(`✓ browser for tests: ${await browser()}`);
  });
}
