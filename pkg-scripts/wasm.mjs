// Both wasm builds of the crate into dist/wasm/{single,threads}, by wasm-pack or, where it can't be had, by the same
// three steps by hand; and the module of rare compressions into dist/wasm/codecs.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dropForeignExports } from "./foreign-exports.mjs";
import { bootstrap, rustToolchain, wasmTools } from "./setup.mjs";
import { main, pathWith, root, run, StepError, stepUnlessCurrent } from "./steps.mjs";
import { checkSize } from "./wasm-size.mjs";

/** @typedef {import("./toolchain.mjs").Toolchain} Toolchain */
/** @typedef {import("./setup.mjs").WasmTools} WasmTools */
/** @typedef {"single" | "threads"} Variant */
/** @typedef {Variant | "codecs"} Module */

const maxMemoryBytes = 4_294_967_296;

// Without it every function with one caller is put into it, whatever its size: the folds of all sample types became one
// function of 150 KB, over which V8's optimising compiler sat for more than a second before the first run was fast.
const inlining = "--one-caller-inline-max-function-size=100";

/** RUSTFLAGS of each build. @type {Record<Variant, string[]>} */
export const wasmFlags = {
  single: ["-Ctarget-feature=+simd128"],
  threads: [
    "-Ctarget-feature=+atomics,+bulk-memory,+mutable-globals,+simd128",
    "-Clink-arg=--shared-memory",
    `-Clink-arg=--max-memory=${maxMemoryBytes}`,
    "-Clink-arg=--import-memory",
    ...["__wasm_init_tls", "__tls_size", "__tls_align", "__tls_base"].map((name) => `-Clink-arg=--export=${name}`),
  ],
};

/** Builds what has changed. @param {Module[]} [modules] */
export async function buildWasm(modules = ["single", "threads", "codecs"]) {
  const toolchain = await rustToolchain();
  if (modules.includes("codecs")) await buildCodecs(toolchain);
  const variants = modules.filter((module) => module !== "codecs");
  if (variants.length === 0) return;
  const tools = await wasmTools();
  for (const variant of variants) {
    const outputs = ["cogrid.js", "cogrid.d.ts", "cogrid_bg.wasm"].map((name) => `dist/wasm/${variant}/${name}`);
    await stepUnlessCurrent(
      `wasm, ${variant} build${toolchain.hasWasmStd && variant === "single" ? "" : ", with std from source"}`,
      {
        stamp: `wasm-${variant}`,
        inputs: ["crate", "Cargo.toml", "Cargo.lock", "pkg-scripts/wasm.mjs", "pkg-scripts/foreign-exports.mjs"],
        outputs,
        facts: { version: toolchain.version, flags: wasmFlags[variant], linkFlags: toolchain.linkFlags },
      },
      () => buildVariant(variant, toolchain, tools),
    );
    await checkSizeOf(variant, `dist/wasm/${variant}/cogrid_bg.wasm`);
  }
}

/** Apart from the builds, so that another budget builds nothing anew. @param {Module} module @param {string} file */
async function checkSizeOf(module, file) {
  await stepUnlessCurrent(
    `size of wasm, ${module}`,
    {
      stamp: `wasm-size-${module}`,
      inputs: [file, "pkg-scripts/wasm-size.mjs", "pkg-scripts/wasm-budget.json"],
      outputs: [file],
      facts: {},
    },
    async () => checkSize(module, join(root, file)),
  );
}

/** A module without glue: the core calls it by name. @param {Toolchain} toolchain */
async function buildCodecs(toolchain) {
  const module = "dist/wasm/codecs/codecs.wasm";
  await stepUnlessCurrent(
    `wasm, codecs module${toolchain.hasWasmStd ? "" : ", with std from source"}`,
    {
      stamp: "wasm-codecs",
      inputs: ["codecs", "Cargo.toml", "Cargo.lock", "pkg-scripts/wasm.mjs"],
      outputs: [module],
      facts: { version: toolchain.version, flags: wasmFlags.single, linkFlags: toolchain.linkFlags },
    },
    async () => {
      const { env, cargoFlags } = cargoSettings("single", toolchain);
      const target = "wasm32-unknown-unknown";
      await run("cargo", ["build", "-p", "cogrid-codecs", "--lib", "--release", "--target", target, ...cargoFlags], {
        env,
      });
      const final = join(root, module);
      mkdirSync(join(final, ".."), { recursive: true });
      copyFileSync(join(targetFolder(), target, "release", "cogrid_codecs.wasm"), final);
      await optimise(final);
    },
  );
  await checkSizeOf("codecs", module);
}

/** The single build with the stores' conformance suite into build/wasm-conformance: made fast, not small. */
export async function buildConformance() {
  const toolchain = await rustToolchain();
  const tools = await wasmTools();
  await stepUnlessCurrent(
    "wasm, the stores' conformance suite",
    {
      stamp: "wasm-conformance",
      inputs: ["crate", "Cargo.toml", "Cargo.lock", "pkg-scripts/wasm.mjs"],
      outputs: ["cogrid.js", "cogrid_bg.wasm"].map((name) => `build/wasm-conformance/${name}`),
      facts: { version: toolchain.version, linkFlags: toolchain.linkFlags },
    },
    async () => {
      const { env, cargoFlags } = cargoSettings("single", toolchain);
      const quick = {
        ...env,
        CARGO_PROFILE_RELEASE_LTO: "off",
        CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
        CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
      };
      const out = join(root, "build", "wasm-conformance");
      rmSync(out, { recursive: true, force: true });
      await byHand(out, quick, ["--features", "conformance", ...cargoFlags], tools);
    },
  );
}

/** @param {Variant} variant @param {Toolchain} toolchain @param {WasmTools} tools */
async function buildVariant(variant, toolchain, tools) {
  const partial = join(root, "build", `wasm-${variant}`);
  rmSync(partial, { recursive: true, force: true });
  const { env, cargoFlags } = cargoSettings(variant, toolchain);
  const withTools = {
    ...env,
    PATH: [join(tools.wasmBindgen, ".."), env.PATH ?? pathWith()].join(process.platform === "win32" ? ";" : ":"),
  };
  const build = tools.wasmPack ? byWasmPack : byHand;
  await build(partial, withTools, cargoFlags, tools);
  finish(partial, variant);
  await optimise(join(partial, "cogrid_bg.wasm"));
  const final = join(root, "dist", "wasm", variant);
  rmSync(final, { recursive: true, force: true });
  mkdirSync(join(final, ".."), { recursive: true });
  renameSync(partial, final);
}

/** Cargo's environment and options for a module. @param {Variant} variant @param {Toolchain} toolchain */
function cargoSettings(variant, toolchain) {
  const buildsStd = variant === "threads" || !toolchain.hasWasmStd;
  /** @type {Record<string, string | undefined>} */
  const env = {
    ...toolchain.env,
    RUSTFLAGS: undefined,
    // Unlike RUSTFLAGS, keeps each flag whole whatever it contains, and wins over a user's own settings.
    CARGO_ENCODED_RUSTFLAGS: [...wasmFlags[variant], ...toolchain.linkFlags].join("\x1f"),
    // Lets the stable compiler build std with these flags.
    ...(buildsStd ? { RUSTC_BOOTSTRAP: "1" } : {}),
  };
  return { env, cargoFlags: ["--locked", ...(buildsStd ? ["-Zbuild-std=std,panic_abort"] : [])] };
}

function targetFolder() {
  return process.env.CARGO_TARGET_DIR || join(root, "target");
}

/**
 * @param {string} out @param {Record<string, string | undefined>} env @param {string[]} cargoFlags
 * @param {WasmTools} tools
 */
async function byWasmPack(out, env, cargoFlags, tools) {
  const command = /** @type {string} */ (tools.wasmPack);
  const options = ["--mode", "no-install", "--no-opt", "--no-pack", "--target", "web", "--release"];
  await run(command, ["build", "crate", ...options, "--out-dir", out, "--out-name", "cogrid", "--", ...cargoFlags], {
    env,
  });
}

/**
 * What wasm-pack does, for where it is missing.
 * @param {string} out @param {Record<string, string | undefined>} env @param {string[]} cargoFlags
 * @param {WasmTools} tools
 */
async function byHand(out, env, cargoFlags, tools) {
  const target = "wasm32-unknown-unknown";
  await run("cargo", ["build", "-p", "cogrid", "--lib", "--release", "--target", target, ...cargoFlags], { env });
  const module = join(targetFolder(), target, "release", "cogrid.wasm");
  await run(tools.wasmBindgen, [module, "--target", "web", "--out-dir", out, "--out-name", "cogrid"]);
}

/** Turns the tools' output into what the npm package ships. @param {string} folder @param {Variant} variant */
function finish(folder, variant) {
  // wasm-pack's `.gitignore: *` would empty the npm package; a package.json without exports would shadow ours.
  for (const name of [".gitignore", "package.json", "README.md", "LICENSE-MIT", "LICENSE-APACHE"]) {
    rmSync(join(folder, name), { force: true });
  }
  dropForeignExports(folder, "cogrid");
  if (variant === "threads") patchThreadHelper(folder);
}

/**
 * wasm-bindgen-rayon's worker imports `../../..`, a folder: bundlers resolve it by package.json, browsers ask the
 * server for the folder and the pool's promise never settles. The file's own name works in both.
 * @param {string} folder
 */
function patchThreadHelper(folder) {
  const snippets = join(folder, "snippets");
  const helpers = existsSync(snippets)
    ? readdirSync(snippets).filter((name) => name.startsWith("wasm-bindgen-rayon-"))
    : [];
  const [helper] = helpers;
  if (helper === undefined || helpers.length > 1)
    throw new StepError(`expected one snippet of wasm-bindgen-rayon in ${snippets}, got ${helpers.length}`);
  const path = join(snippets, helper, "src", "workerHelpers.js");
  const text = readFileSync(path, "utf8");
  const patched = text.replace("import('../../..')", "import('../../../cogrid.js')");
  if (patched === text) throw new StepError(`${path} has changed: its import of '../../..' is not where it was`);
  writeFileSync(path, patched);
}

/** @param {string} module */
async function optimise(module) {
  await run(
    process.execPath,
    [join(root, "node_modules", "binaryen", "bin", "wasm-opt"), "-O3", inlining, module, "-o", module],
    {
      mend: "npm ci",
    },
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await bootstrap();
    const asked = process.argv.slice(2).filter((name) => name === "single" || name === "threads" || name === "codecs");
    await buildWasm(asked.length > 0 ? /** @type {Module[]} */ (asked) : undefined);
  });
}
