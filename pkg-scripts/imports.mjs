// Holds the table of docs/ARCHITECTURE.md: which room of the crate may import which, that users of the npm package
// import it by its name, and that no build links what it must not.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { bootstrap, rustToolchain } from "./setup.mjs";
import { filesBelow, main, root, run, StepError, say } from "./steps.mjs";

/** Every import that the table does not allow, one line each. @returns {string[]} */
export function importViolations() {
  const table = roomTable(readFileSync(join(root, "docs", "ARCHITECTURE.md"), "utf8"));
  const read = (/** @type {string} */ path) => ({
    path: relative(root, path).replaceAll("\\", "/"),
    text: readFileSync(path, "utf8"),
  });
  return [
    ...filesBelow(["crate/src"])
      .filter((path) => path.endsWith(".rs"))
      .flatMap((path) => rustViolations(read(path), table)),
    ...filesBelow(["web"])
      .filter((path) => /\.(ts|svelte|mjs|js)$/.test(path))
      .flatMap((path) => webViolations(read(path))),
  ];
}

/** Crates in builds that must not have them, one line each. @returns {Promise<string[]>} */
export async function linkViolations() {
  const { env } = await rustToolchain();
  const crates = async (/** @type {string} */ target) => {
    const args = [
      "tree",
      "-p",
      "cogrid",
      "-e",
      "normal",
      "--prefix",
      "none",
      "--format",
      "{p}",
      "--locked",
      "--target",
      target,
    ];
    const output = await run("cargo", args, { env: { ...env, RUSTFLAGS: undefined }, capture: true });
    return [...new Set(output.split("\n").map((line) => line.split(" ")[0] ?? ""))];
  };
  const host = /host: (\S+)/.exec(await run("rustc", ["-vV"], { env, capture: true }))?.[1] ?? "";
  return [
    ...forbidden(
      "native build",
      await crates(host),
      /^(js-sys|web-sys|wasm-bindgen|gloo|serde-wasm-bindgen|indexed_db_futures)/,
    ),
    ...forbidden("single-thread wasm build", await crates("wasm32-unknown-unknown"), /^(rayon|wasm-bindgen-rayon)/),
  ];
}

/** @param {string} build @param {string[]} crates @param {RegExp} pattern */
export function forbidden(build, crates, pattern) {
  return crates.filter((name) => pattern.test(name)).map((name) => `${build}: links ${name}`);
}

/** @typedef {Map<string, Set<string>>} RoomTable what each room may import */

/**
 * The table under "Rooms". A row's names are in backquotes; "all above" and "base" mean what they say.
 * @param {string} markdown @returns {RoomTable}
 */
export function roomTable(markdown) {
  /** @type {RoomTable} */
  const table = new Map();
  /** @type {string[]} */
  let base = [];
  for (const row of markdown.matchAll(/^\| (`[^|]+) \|[^|]+\| ([^|]+) \|$/gm)) {
    const [, head = "", allowed = ""] = row;
    const rooms = [...head.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? "");
    if (head.includes("(base)")) base = rooms;
    const above = [...table.keys()];
    const may =
      allowed.trim() === "all above"
        ? above
        : (allowed.match(/\w+/g)?.flatMap((name) => (name === "base" ? base : [name])) ?? []);
    for (const room of rooms) table.set(room, new Set([...may, ...rooms]));
  }
  if (base.length === 0 || !table.has("api"))
    throw new StepError("docs/ARCHITECTURE.md: the table of rooms is not where it was");
  return table;
}

/** @param {{ path: string, text: string }} file of the crate @param {RoomTable} table @returns {string[]} */
export function rustViolations({ path, text }, table) {
  const inside = path
    .replace(/^crate\/src\//, "")
    .replace(/(\/mod)?\.rs$/, "")
    .split("/");
  const room = inside[0] ?? "";
  // Tests may reach for whatever they compare with; lib.rs is the list of rooms.
  if (/_tests$/.test(inside.at(-1) ?? "") || path === "crate/src/lib.rs") return [];
  const allowed = table.get(room);
  if (!allowed) return [`${path}: room ${room} is not in the table of docs/ARCHITECTURE.md`];
  const code = withoutComments(text);
  const toRoot = "super::".repeat(inside.length);
  const imported = new Set(["crate::", toRoot].flatMap((prefix) => namesAfter(code, prefix)));
  return [...imported]
    .filter((name) => /^[a-z]/.test(name) && !allowed.has(name))
    .map((name) => `${path}: ${room} may not import ${table.has(name) ? name : `${name}, which is not in the table`}`);
}

/**
 * First names of the paths that start with `prefix`, alone or in a group.
 * @param {string} code @param {string} prefix @returns {string[]}
 */
function namesAfter(code, prefix) {
  /** @type {string[]} */
  const names = [];
  for (const match of code.matchAll(new RegExp(`(?<![\\w:$])${prefix}(?:(\\w+)(!?)|(\\{))`, "g"))) {
    if (match[1] && match[1] !== "super" && !match[2]) names.push(match[1]);
    if (match[3]) names.push(...groupHeads(code.slice((match.index ?? 0) + match[0].length)));
  }
  return names;
}

/** First names in a `use` group, given the text after its brace. @param {string} text */
function groupHeads(text) {
  const heads = [];
  let depth = 1;
  let atStart = true;
  for (const [token] of text.matchAll(/\w+|[{},]/g)) {
    if (token === "{") depth++;
    else if (token === "}") depth--;
    else if (token === ",") atStart = atStart || depth === 1;
    else if (atStart && depth === 1) {
      heads.push(token);
      atStart = false;
    }
    if (depth === 0) break;
  }
  return heads;
}

/** @param {string} code of Rust */
function withoutComments(code) {
  return code.replace(/\/\/.*$/gm, "").replace(/\/\*[\s\S]*?\*\//g, "");
}

/** @param {{ path: string, text: string }} file below web/ @returns {string[]} */
export function webViolations({ path, text }) {
  const part = partOf(path);
  const specifiers = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*)["']([^"'\n]+)["']/g)].map(
    (match) => match[1] ?? "",
  );
  return specifiers.flatMap((specifier) => {
    if (specifier === "cogrid" || specifier.startsWith("cogrid/")) {
      return part === "lib" ? [`${path}: the library imports itself by name (${specifier})`] : [];
    }
    if (!specifier.startsWith(".")) return [];
    const target = normalize(join(dirname(path), specifier)).replaceAll("\\", "/");
    if (partOf(target) === part || !target.startsWith("web/"))
      return target.startsWith("dist/") ? [`${path}: imports ${specifier} from the build`] : [];
    return [
      `${path}: ${part} imports ${specifier}; ${part === "lib" ? "the library stands alone" : 'import "cogrid" by name'}`,
    ];
  });
}

/**
 * `lib`, `cli`, `edge` or `app`: the folder below web/, or the file there that is a folder's entry.
 * @param {string} path
 */
function partOf(path) {
  return /^web\/(\w+)/.exec(path)?.[1] ?? "";
}

/** Both checks; throws with every violation. */
export async function checkImports() {
  const found = [...importViolations(), ...(existsSync(join(root, "Cargo.lock")) ? await linkViolations() : [])];
  if (found.length > 0)
    throw new StepError(`imports against the table of docs/ARCHITECTURE.md:\n  ${found.join("\n  ")}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await main(async () => {
    await bootstrap();
    await checkImports();
    say("✓ imports follow the table");
  });
}
