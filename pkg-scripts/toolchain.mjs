// The Rust toolchain by one of two routes: rustup with the release pinned in rust-toolchain.toml, or Debian's
// `rustc-web` packages. Both give the same wasm; Debian's has no prebuilt wasm `std`, so it is built from source.
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { attempt, cacheFolder, pathWith, root, run, StepError, say, step, which } from "./steps.mjs";

/**
 * @typedef {object} Toolchain
 * @property {"rustup" | "debian"} route
 * @property {string} version such as `rustc 1.95.0 (…)`
 * @property {Record<string, string>} env what `cargo`, `rustc` and `wasm-pack` must run under
 * @property {string[]} linkFlags RUSTFLAGS that every wasm build needs
 * @property {boolean} hasWasmStd false: even the single-thread build needs `-Z build-std`
 * @property {boolean} hasClippy
 * @property {boolean} hasRustfmt
 */

const channel = /channel = "([^"]+)"/.exec(readFileSync(join(root, "rust-toolchain.toml"), "utf8"))?.[1] ?? "stable";
const target = "wasm32-unknown-unknown";
const rustupInstall = `rustup toolchain install ${channel} --profile minimal -t ${target} -c rust-src -c clippy -c rustfmt`;
const debianPackages = ["rustc-web", "cargo-web", "rust-web-src", "lld-22", "gcc", "libc6-dev"];
const debianLintPackages = ["rustfmt-web", "rust-web-clippy"];
const rustupTimeoutMs = 300_000;

/**
 * Finds or installs a toolchain. `COGRID_TOOLCHAIN` picks the route: `rustup`, `debian` or `auto` (rustup if it
 * delivers, else Debian).
 * @returns {Promise<Toolchain>}
 */
export async function ensureToolchain() {
  const wanted = process.env.COGRID_TOOLCHAIN || "auto";
  if (!["auto", "rustup", "debian"].includes(wanted)) {
    throw new StepError(`COGRID_TOOLCHAIN: expected rustup, debian or auto, got ${wanted}`);
  }
  if (wanted !== "debian") {
    const found = await rustup();
    if (found) return withLinker(found);
    if (wanted === "rustup") throw missing(`rustup does not deliver Rust ${channel} with the wasm target`);
    say("  rustup does not deliver: trying Debian's packages");
  }
  const found = await debian();
  if (found) return withLinker(found);
  throw missing("no Rust toolchain that compiles to wasm");
}

/** @param {string} message */
function missing(message) {
  const get = "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal";
  return new StepError(
    message,
    [
      `${which("rustup") ? "" : `${get} && `}${rustupInstall}`,
      "# or, on Debian 12 with its security archive:",
      `sudo apt-get install -y --no-install-recommends ${debianPackages.join(" ")}`,
    ].join("\n"),
  );
}

/** @returns {Promise<Toolchain | undefined>} */
async function rustup() {
  const cargoBin = join(process.env.CARGO_HOME || join(homedir(), ".cargo"), "bin");
  const rustupPath = which("rustup") ?? which("rustup", cargoBin);
  if (!rustupPath) return undefined;
  const env = { RUSTUP_TOOLCHAIN: channel, PATH: pathWith(dirname(rustupPath)) };
  let version = await rustupVersion(rustupPath, env);
  if (!version) {
    const outcome = await step(`Rust ${channel} with its wasm target, by rustup`, () =>
      attempt(rustupPath, rustupInstall.split(" ").slice(1), { env, timeoutMs: rustupTimeoutMs }),
    );
    if (outcome.timedOut) say(`  gave up after ${rustupTimeoutMs / 1000} s`);
    if (outcome.status !== 0) return undefined;
    version = await rustupVersion(rustupPath, env);
  }
  if (!version) return undefined;
  return { route: "rustup", version, env, linkFlags: [], hasWasmStd: true, hasClippy: true, hasRustfmt: true };
}

/**
 * The compiler's version when every component is there.
 * @param {string} rustupPath @param {Record<string, string>} env
 */
async function rustupVersion(rustupPath, env) {
  const list = await attempt(rustupPath, ["component", "list", "--installed", "--toolchain", channel], {
    env,
    capture: true,
  });
  const needed = [`rust-std-${target}`, "rust-src", "clippy", "rustfmt", "cargo"];
  if (list.status !== 0 || !needed.every((name) => list.output.includes(name))) return undefined;
  const rustc = await attempt(rustupPath, ["run", channel, "rustc", "--version"], { env, capture: true });
  return rustc.status === 0 ? rustc.output.trim() : undefined;
}

/** @returns {Promise<Toolchain | undefined>} */
async function debian() {
  const complete = () =>
    ["/usr/bin/cargo", "/usr/bin/rustc", "/usr/bin/wasm-ld-22", "/usr/lib/rustlib/src/rust/library/Cargo.lock"].every(
      existsSync,
    );
  if (!complete()) {
    if (!existsSync("/usr/bin/apt-get")) return undefined;
    await aptInstall(debianPackages, "Rust from Debian's packages");
    await attempt("apt-get", ["install", "-y", "--no-install-recommends", ...debianLintPackages], { capture: true });
  }
  if (!complete()) return undefined;
  const version = (await run("/usr/bin/rustc", ["--version"], { capture: true })).trim();
  const shim = shimFolder();
  return {
    route: "debian",
    version,
    env: {
      PATH: pathWith(shim),
      RUSTC: "/usr/bin/rustc",
      RUSTDOC: "/usr/bin/rustdoc",
      // Debian's stable compiler then takes `-Z build-std`.
      RUSTC_BOOTSTRAP: "1",
    },
    linkFlags: ["-Clinker=wasm-ld-22"],
    hasWasmStd: false,
    hasClippy: existsSync("/usr/bin/cargo-clippy"),
    hasRustfmt: existsSync("/usr/bin/cargo-fmt"),
  };
}

/**
 * A folder that puts Debian's tools before rustup's proxies without putting all of /usr/bin before npm's Node. Its
 * `rustc` answers wasm-pack's question for the wasm target's library folder, which Debian's compiler doesn't have.
 */
function shimFolder() {
  const folder = join(cacheFolder, "debian-shim");
  mkdirSync(join(folder, "lib"), { recursive: true });
  for (const name of ["cargo", "rustdoc", "rustfmt", "cargo-fmt", "cargo-clippy", "clippy-driver"]) {
    const link = join(folder, name);
    const exists = existsSync(join("/usr/bin", name));
    const linked = lstatSync(link, { throwIfNoEntry: false }) !== undefined;
    if (exists && !linked) symlinkSync(join("/usr/bin", name), link);
    if (!exists && linked) rmSync(link);
  }
  const shim = `#!/bin/sh
case "$*" in "--target ${target} --print target-libdir") echo "${folder}/lib"; exit 0 ;; esac
exec /usr/bin/rustc "$@"
`;
  writeFileSync(join(folder, "rustc"), shim, { mode: 0o755 });
  return folder;
}

/** Rust links native programs with the system's C compiler. @param {Toolchain} toolchain */
async function withLinker(toolchain) {
  if (!which("cc") && process.platform === "linux") {
    if (existsSync("/usr/bin/apt-get")) await aptInstall(["gcc", "libc6-dev"], "C linker");
    else throw new StepError("no C linker (cc), which Rust needs", "install gcc with your system's package manager");
  }
  return toolchain;
}

/**
 * Installs Debian packages, when run as root; otherwise says the command that does.
 * @param {string[]} packages @param {string} title
 */
export async function aptInstall(packages, title) {
  const command = `apt-get install -y --no-install-recommends ${packages.join(" ")}`;
  if (process.getuid?.() !== 0) throw new StepError(`${title}: not installed`, `sudo ${command}`);
  await step(`${title} (${command})`, async () => {
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const install = () => attempt("apt-get", command.split(" ").slice(1), { env, capture: true });
    let outcome = await install();
    if (outcome.status !== 0) {
      await attempt("apt-get", ["update", "-q"], { env, capture: true });
      outcome = await install();
    }
    if (outcome.status !== 0) {
      console.error(outcome.output);
      throw new StepError(`${title}: apt-get failed`, `sudo apt-get update && sudo ${command}`);
    }
  });
}
