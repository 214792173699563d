// Every check that needs no test: format, lint, types, imports, licences. `npm run lint` runs all, `npm test` the fast
// ones.
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { bin } from "./build.mjs";
import { checkImports } from "./imports.mjs";
import { bootstrap, cargoTool, rustToolchain } from "./setup.mjs";
import { cacheFolder, main, run, StepError, say, step, tell } from "./steps.mjs";
import { wasmFlags } from "./wasm.mjs";

/**
 * @typedef {{ title: string, slow?: boolean, absent?: string, check: () => Promise<unknown> }} Check `absent`: why it can't run here
 */

const cargoDenyVersion = "0.20.2";

/** @returns {Promise<Check[]>} */
export async function checks() {
  const { env, hasClippy, hasRustfmt, hasWasmStd, linkFlags } = await rustToolchain();
  const cargo = (/** @type {string[]} */ args, extra = {}) => run("cargo", args, { env: { ...env, ...extra } });
  const node = (/** @type {string} */ path, /** @type {string[]} */ args) => run(process.execPath, [path, ...args]);
  const single = { RUSTFLAGS: undefined, CARGO_ENCODED_RUSTFLAGS: [...wasmFlags.single, ...linkFlags].join("\x1f") };
  const std = hasWasmStd ? [] : ["-Zbuild-std=std,panic_abort"];
  const noClippy = hasClippy ? {} : { absent: "no cargo clippy: apt-get install rust-web-clippy" };
  return [
    { title: "imports", check: checkImports },
    {
      title: "rustfmt",
      check: () => cargo(["fmt", "--all", "--check"]),
      ...(hasRustfmt ? {} : { absent: "no cargo fmt: apt-get install rustfmt-web" }),
    },
    { title: "biome", check: () => node(bin("@biomejs/biome", "biome"), ["ci", "--colors=off"]) },
    { title: "types (tsc)", check: () => node(bin("typescript", "tsc"), ["--project", "tsconfig.json"]) },
    {
      title: "types of scripts (tsc)",
      check: () => node(bin("typescript", "tsc"), ["--project", "pkg-scripts/tsconfig.json"]),
    },
    {
      title: "page (svelte-check)",
      check: () =>
        node(bin("svelte-check", "svelte-check"), [
          "--tsconfig",
          "web/app/tsconfig.json",
          "--fail-on-warnings",
          "--output",
          "human",
        ]),
    },
    {
      title: "clippy, native",
      slow: true,
      ...noClippy,
      check: () => cargo(["clippy", "--workspace", "--all-targets", "--locked", "--quiet", "--", "-D", "warnings"]),
    },
    {
      title: "clippy, wasm",
      slow: true,
      ...noClippy,
      check: () =>
        cargo(
          [
            "clippy",
            "-p",
            "cogrid",
            "--lib",
            "--target",
            "wasm32-unknown-unknown",
            "--locked",
            "--quiet",
            ...std,
            "--",
            "-D",
            "warnings",
          ],
          single,
        ),
    },
    {
      title: "rustdoc",
      slow: true,
      check: () => cargo(["doc", "-p", "cogrid", "--no-deps", "--locked", "--quiet"], { RUSTDOCFLAGS: "-D warnings" }),
    },
    { title: "licences and sources of crates (cargo-deny)", slow: !existsSync(cargoDenyPath), check: cargoDeny },
  ];
}

const cargoDenyFolder = join(cacheFolder, `cargo-deny-${cargoDenyVersion}`, "bin");
const cargoDenyPath = join(cargoDenyFolder, "cargo-deny");

/** Advisories need a database from outside the registries, so they are not asked for. */
async function cargoDeny() {
  const { env } = await rustToolchain();
  const path = await cargoTool("cargo-deny", "cargo-deny", cargoDenyVersion, ["--locked"]);
  const folder = join(path, "..");
  await run(path, ["--offline", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"], {
    env: { ...env, PATH: [folder, env.PATH].join(delimiter) },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await bootstrap();
    /** @type {string[]} */
    const failed = [];
    for (const { title, absent, check } of await checks()) {
      if (absent) say(`- ${title}: ${absent}`);
      else {
        await step(title, check).catch((error) => {
          tell(error);
          failed.push(title);
        });
      }
    }
    if (failed.length > 0) throw new StepError(`lint: ${failed.join(", ")}`);
  });
}
