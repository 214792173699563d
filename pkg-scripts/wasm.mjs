// Both wasm builds of the crate into dist/wasm/{single,threads}, by wasm-pack or, where it can't be had, by the same
// three steps by hand.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { dropForeignExports } from "./foreign-exports.mjs";
import { bootstrap, rustToolchain, wasmTools } from "./setup.mjs";
import { main, pathWith, root, run, StepError, stepUnlessCurrent } from "./steps.mjs";
import { checkSize } from "./wasm-size.mjs";

/** @typedef {import("./toolchain.mjs").Toolchain} Toolchain */
/** @typedef {import("./setup.mjs").WasmTools} WasmTools */
/** @typedef {"single" | "threads"} Variant */

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

/** Builds what has changed. @param {Variant[]} [variants] */
export async function buildWasm(variants = ["single", "threads"]) {
  const toolchain = await rustToolchain();
  const tools = await wasmTools();
  for (const variant of variants) {
    const outputs = ["cogrid.js", "cogrid.d.ts", "cogrid_bg.wasm"].map((name) => `dist/wasm/${variant}/${name}`);
    await stepUnlessCurrent(
      `wasm, ${variant} build${toolchain.hasWasmStd && variant === "single" ? "" : ", with std from source"}`,
      {
        stamp: `wasm-${variant}`,
        inputs: [
          "crate",
          "Cargo.toml",
          "Cargo.lock",
          "pkg-scripts/wasm.mjs",
          "pkg-scripts/wasm-size.mjs",
          "pkg-scripts/wasm-budget.json",
          "pkg-scripts/foreign-exports.mjs",
        ],
        outputs,
        facts: { version: toolchain.version, flags: wasmFlags[variant], linkFlags: toolchain.linkFlags },
      },
      async () => {
        await buildVariant(variant, toolchain, tools);
        checkSize(variant, join(root, "dist", "wasm", variant, "cogrid_bg.wasm"));
      },
    );
  }
}

/** @param {Variant} variant @param {Toolchain} toolchain @param {WasmTools} tools */
async function buildVariant(variant, toolchain, tools) {
  const partial = join(root, "build", `wasm-${variant}`);
  rmSync(partial, { recursive: true, force: true });
  const buildsStd = variant === "threads" || !toolchain.hasWasmStd;
  const env = {
    ...toolchain.env,
    PATH: [join(tools.wasmBindgen, ".."), toolchain.env.PATH ?? pathWith()].join(
      process.platform === "win32" ? ";" : ":",
    ),
    RUSTFLAGS: undefined,
    // Unlike RUSTFLAGS, keeps each flag whole whatever it contains, and wins over a user's own settings.
    CARGO_ENCODED_RUSTFLAGS: [...wasmFlags[variant], ...toolchain.linkFlags].join("\x1f"),
    // Lets the stable compiler build std with these flags.
    ...(buildsStd ? { RUSTC_BOOTSTRAP: "1" } : {}),
  };
  const cargoFlags = ["--locked", ...(buildsStd ? ["-Zbuild-std=std,panic_abort"] : [])];
  const build = tools.wasmPack ? byWasmPack : byHand;
  await build(partial, env, cargoFlags, tools);
  finish(partial, variant);
  await optimise(partial);
  const final = join(root, "dist", "wasm", variant);
  rmSync(final, { recursive: true, force: true });
  mkdirSync(join(final, ".."), { recursive: true });
  renameSync(partial, final);
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
  const folder = process.env.CARGO_TARGET_DIR || join(root, "target");
  const module = join(folder, target, "release", "cogrid.wasm");
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

/** @param {string} folder */
async function optimise(folder) {
  const module = join(folder, "cogrid_bg.wasm");
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
    const asked = process.argv.slice(2).filter((name) => name === "single" || name === "threads");
    await buildWasm(asked.length > 0 ? /** @type {Variant[]} */ (asked) : undefined);
  });
}
