// Puts the libraries that web/lib/vendor names into dist/vendor: the package then runs in pages without a bundler, and
// brings only what it uses of them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, StepError } from "./steps.mjs";

/** Packages of each file of dist/vendor, whose licences it carries. @type {Record<string, string[]>} */
export const vendored = { arrow: ["@uwdata/flechette"], parquet: ["hyparquet-writer", "hyparquet"] };

/** Bundles every file of web/lib/vendor over what tsc made of it. */
export async function bundleVendored() {
  const { build } = await import("vite");
  const names = Object.keys(vendored);
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    build: {
      target: "es2023",
      outDir: "dist/vendor",
      emptyOutDir: false,
      minify: "oxc",
      lib: {
        entry: Object.fromEntries(names.map((name) => [name, join(root, "web", "lib", "vendor", `${name}.ts`)])),
        formats: ["es"],
      },
      rolldownOptions: {
        output: {
          entryFileNames: "[name].js",
          postBanner: (chunk) => `/*!\n${(vendored[chunk.name] ?? []).map(licence).join("\n")}*/`,
        },
      },
    },
  });
  for (const name of names) {
    const text = readFileSync(join(root, "dist", "vendor", `${name}.js`), "utf8");
    if (/\bfrom\s*["'][^."']/.test(text)) throw new StepError(`dist/vendor/${name}.js still imports a package`);
  }
}

/** Name, version and licence text of a package. @param {string} name */
function licence(name) {
  const folder = join(root, "node_modules", name);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8") : undefined;
  if (text === undefined) throw new StepError(`${name} has no licence text: it can't be shipped`);
  return `${name} ${version}\n\n${text.replaceAll("*/", "* /")}\n`;
}
