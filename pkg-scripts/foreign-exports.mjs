// proj4rs exports its own JavaScript classes from every wasm module that links it. Nobody may come to rely on them as a
// part of this package, and they keep code alive: they are taken out of the glue, its types, and the module's export
// section.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const classes = ["Point", "Projection"];
const functions = ["transform", "add_nadgrid"];

/**
 * Removes proj4rs' exports from `NAME.js`, `NAME.d.ts`, `NAME_bg.wasm` and `NAME_bg.wasm.d.ts`.
 * @param {string} folder @param {string} name
 */
export function dropForeignExports(folder, name) {
  edit(join(folder, `${name}.js`), withoutForeignCode);
  edit(join(folder, `${name}.d.ts`), withoutForeignTypes);
  edit(join(folder, `${name}_bg.wasm.d.ts`), withoutForeignTypes);
  const module = join(folder, `${name}_bg.wasm`);
  writeFileSync(module, withoutExports(readFileSync(module), isForeignExport));
}

/** @param {string} text wasm-bindgen's glue @returns {string} */
export function withoutForeignCode(text) {
  let result = text;
  for (const name of classes) {
    result = result
      .replace(block(`(?:export )?class ${name} \\{`), "")
      .replace(new RegExp(`^if \\(Symbol\\.dispose\\) ${name}\\.prototype.*\\n`, "m"), "")
      .replace(new RegExp(`^const ${name}Finalization = [\\s\\S]*?;\\n`, "m"), "");
  }
  for (const name of functions) result = result.replace(block(`(?:export )?function ${name}\\(`), "");
  // wasm-bindgen may list its exports in one statement instead.
  return result.replace(/^export \{([^}]*)\}/gm, (_, names) => {
    const kept = names.split(",").filter((/** @type {string} */ entry) => {
      const exported = entry.trim().split(/\s+as\s+/)[0] ?? "";
      return ![...classes, ...functions].includes(exported);
    });
    return `export {${kept.join(",")}}`;
  });
}

/** @param {string} text wasm-bindgen's type declarations @returns {string} */
export function withoutForeignTypes(text) {
  let result = text;
  for (const name of classes) result = result.replace(block(`export class ${name} \\{`), "");
  for (const name of functions) {
    result = result.replace(new RegExp(`${docComment}^export function ${name}\\(.*\\n+`, "m"), "");
  }
  return result.replace(/^\s*(?:readonly|export const) (\w+): .*\n/gm, (line, name) =>
    isForeignExport(name) ? "" : line,
  );
}

/** @param {string} name of an export in the wasm module */
export function isForeignExport(name) {
  return classes.some((c) => name.startsWith(`${c.toLowerCase()}_`) || name.includes(`_${c.toLowerCase()}_`))
    ? /^(__wbg_(get_|set_)?)?(point|projection)_/.test(name)
    : functions.includes(name);
}

/**
 * The module without the exports that `drop` picks; wasm-opt then removes what only they reached.
 * @param {Uint8Array} module @param {(name: string) => boolean} drop @returns {Uint8Array}
 */
export function withoutExports(module, drop) {
  const exportSection = 7;
  /** @type {Uint8Array[]} */
  const parts = [module.subarray(0, 8)];
  let at = 8;
  while (at < module.length) {
    const start = at;
    const id = module[at];
    const size = readLeb(module, at + 1);
    const end = size.next + size.value;
    parts.push(
      id === exportSection ? section(id, filterExports(module, size.next, drop)) : module.subarray(start, end),
    );
    at = end;
  }
  return Buffer.concat(parts);
}

/**
 * @param {Uint8Array} module @param {number} start of the section's contents @param {(name: string) => boolean} drop
 */
function filterExports(module, start, drop) {
  const count = readLeb(module, start);
  /** @type {Uint8Array[]} */
  const kept = [];
  let at = count.next;
  for (let i = 0; i < count.value; i++) {
    const length = readLeb(module, at);
    const nameEnd = length.next + length.value;
    // After the name: one byte of kind, then an index.
    const end = readLeb(module, nameEnd + 1).next;
    const name = Buffer.from(module.subarray(length.next, nameEnd)).toString("utf8");
    if (!drop(name)) kept.push(module.subarray(at, end));
    at = end;
  }
  return Buffer.concat([leb(kept.length), ...kept]);
}

/** @param {number} id @param {Uint8Array} contents */
function section(id, contents) {
  return Buffer.concat([Uint8Array.of(id), leb(contents.length), contents]);
}

/** @param {Uint8Array} bytes @param {number} at @returns {{ value: number, next: number }} */
function readLeb(bytes, at) {
  let value = 0;
  let scale = 1;
  let next = at;
  for (;;) {
    const byte = bytes[next++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return { value, next };
    scale *= 0x80;
  }
}

/** @param {number} value */
function leb(value) {
  /** @type {number[]} */
  const bytes = [];
  let rest = value;
  do {
    const byte = rest & 0x7f;
    rest = Math.floor(rest / 0x80);
    bytes.push(rest > 0 ? byte | 0x80 : byte);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

const docComment = "(?:^\\/\\*\\*\\n(?: \\*.*\\n)*? \\*\\/\\n)?";

/**
 * A top-level declaration with its comment, up to the brace that closes it at the line's start.
 * @param {string} head
 */
function block(head) {
  return new RegExp(`${docComment}^${head}[\\s\\S]*?^\\}\\n+`, "m");
}

/** @param {string} path @param {(text: string) => string} change */
function edit(path, change) {
  writeFileSync(path, change(readFileSync(path, "utf8")));
}
