// `npm test [-- SUITE… [-- ARGS…]]`: sets up, builds what the suites need, runs them, ends with `N passed, N failed`.
// ARGS go to the suites' runner: `npm test -- web -- table.test.ts`, `npm test -- native -- geo::`.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bin, build, buildLibrary } from "./build.mjs";
import { checks } from "./lint.mjs";
import { bootstrap, browser, rustToolchain } from "./setup.mjs";
import { attempt, filesBelow, isCi, root, StepError, say, since, step, tell } from "./steps.mjs";
import { buildConformance } from "./wasm.mjs";

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {"nothing" | "library" | "everything"} Built what of dist/ a suite needs */
/** @typedef {{ needs: Built, run: (args: string[]) => Promise<Counts> }} Suite */

const results = join(root, "build", "test-results");

/** In the order in which they run: what fails fastest and tells most first. @type {Record<string, Suite>} */
const suites = {
  scripts: { needs: "nothing", run: scripts },
  native: { needs: "nothing", run: native },
  lint: { needs: "library", run: lint },
  web: { needs: "library", run: (args) => vitest("web", args) },
  store: { needs: "library", run: stores },
  cli: { needs: "everything", run: (args) => vitest("cli", args) },
  edge: { needs: "everything", run: (args) => vitest("edge", args) },
  browser: { needs: "everything", run: inBrowser },
  package: { needs: "everything", run: (args) => vitest("package", args) },
};

/** @param {string[]} names @param {string[]} args */
async function runSuites(names, args) {
  const startMs = Date.now();
  await bootstrap();
  await rustToolchain();
  mkdirSync(results, { recursive: true });
  /** @type {{ name: string, counts: Counts, ms: number }[]} */
  const done = [];
  /** @type {Map<Built, boolean>} */
  const built = new Map([["nothing", true]]);
  for (const name of names) {
    const suite = suites[name];
    if (!suite) throw new StepError(`no suite ${name}: there are ${Object.keys(suites).join(", ")}`);
    if (!built.has(suite.needs)) {
      const work = suite.needs === "library" ? buildLibrary : build;
      const made = step("build", work).then(
        () => true,
        (error) => void tell(error),
      );
      built.set(suite.needs, (await made) ?? false);
    }
    const suiteMs = Date.now();
    say(`\n━━ ${name}`);
    const counts = built.get(suite.needs) ? await suite.run(args).catch(broken) : notRun("the build failed");
    if (counts.passed + counts.failed + counts.skipped === 0) {
      say(`✗ ${name}: no test ran`);
      counts.failed = 1;
    }
    done.push({ name, counts, ms: Date.now() - suiteMs });
  }
  say("");
  for (const { name, counts, ms } of done) {
    say(`${counts.failed > 0 ? "✗" : "✓"} ${name.padEnd(8)} ${summary(counts).padEnd(36)} ${since(Date.now() - ms)}`);
  }
  say(`total ${since(startMs)}`);
  return done.map(({ counts }) => counts).reduce(sum, { passed: 0, failed: 0, skipped: 0 });
}

/** The scripts' and the test servers' own tests. @param {string[]} args @returns {Promise<Counts>} */
async function scripts(args) {
  const report = join(results, "scripts.tap");
  const files = filesBelow(["pkg-scripts", "tests/server"]).filter((path) => path.endsWith(".test.mjs"));
  const reporters = ["spec", "stdout", "tap", report].map(
    (value, i) => `--test-reporter${i % 2 ? "-destination" : ""}=${value}`,
  );
  const { status } = await attempt(process.execPath, ["--test", ...reporters, ...args, ...files]);
  const tap = readIfThere(report);
  const count = (/** @type {string} */ word) => Number(new RegExp(`^# ${word} (\\d+)$`, "m").exec(tap)?.[1] ?? 0);
  return counted(status, {
    passed: count("pass"),
    failed: count("fail") + count("cancelled"),
    skipped: count("skipped") + count("todo"),
  });
}

/** @param {string[]} args @returns {Promise<Counts>} */
async function native(args) {
  const { env } = await rustToolchain();
  let output = "";
  const { status } = await attempt("cargo", ["test", "--workspace", "--locked", "--no-fail-fast", ...args], {
    env: { ...env, CARGO_TERM_COLOR: process.stdout.isTTY ? "always" : "auto" },
    onOutput: (chunk) => {
      output += chunk;
    },
  });
  return counted(status, cargoCounts(output));
}

/** Sums of `cargo test`'s result lines, colours or not. @param {string} output @returns {Counts} */
function cargoCounts(output) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes of terminal colours are what is removed
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  return [...plain.matchAll(/^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored;/gm)]
    .map(([, passed, failed, skipped]) => ({
      passed: Number(passed),
      failed: Number(failed),
      skipped: Number(skipped),
    }))
    .reduce(sum, { passed: 0, failed: 0, skipped: 0 });
}

/** Each fast check of `npm run lint` counts as a test. @returns {Promise<Counts>} */
async function lint() {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { title, slow, absent, check } of await checks()) {
    if (slow) continue;
    if (absent) {
      say(`- ${title}: ${absent}`);
      counts.skipped++;
      continue;
    }
    await step(title, check).then(
      () => counts.passed++,
      (error) => {
        counts.failed++;
        tell(error);
      },
    );
  }
  return counts;
}

/** @param {string} project @param {string[]} args @param {Record<string, string>} [env] @returns {Promise<Counts>} */
async function vitest(project, args, env = {}) {
  const report = join(results, `${project}.json`);
  rmSync(report, { force: true });
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
  const { status } = await attempt(
    process.execPath,
    [bin("vitest", "vitest"), "run", "--project", project, ...reporters, ...args],
    { env },
  );
  const text = readIfThere(report);
  if (!text) return notRun("the runner left no report");
  const { numPassedTests, numFailedTests, numPendingTests = 0, numTodoTests = 0 } = JSON.parse(text);
  return counted(status, { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests });
}

/** Every place that keeps tables, by one suite that the crate brings. @param {string[]} args @returns {Promise<Counts>} */
async function stores(args) {
  await buildConformance();
  const chrome = await browser();
  return vitest("store", args, { CHROME: chrome });
}

/**
 * In CI a missing browser is a failure: nothing else shows that the page works.
 * @param {string[]} args @returns {Promise<Counts>}
 */
async function inBrowser(args) {
  let chrome;
  try {
    chrome = await browser();
  } catch (error) {
    tell(error);
    return isCi ? notRun("no browser") : { passed: 0, failed: 0, skipped: 1 };
  }
  say(`browser: ${chrome}`);
  return vitest("browser", args, { CHROME: chrome });
}

/**
 * A runner that ends badly without a failed test (a compile error, a crash) has failed once.
 * @param {number} status @param {Counts} counts
 */
function counted(status, counts) {
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** @param {string} why @returns {Counts} */
function notRun(why) {
  say(`✗ not run: ${why}`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** @param {unknown} error @returns {Counts} */
function broken(error) {
  tell(error);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** @param {Counts} a @param {Counts} b @returns {Counts} */
function sum(a, b) {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** @param {Counts} counts */
function summary({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** @param {string} path */
function readIfThere(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const words = process.argv.slice(2);
const divider = words.indexOf("--");
const names = divider < 0 ? words : words.slice(0, divider);
const total = await runSuites(
  names.length > 0 ? names : Object.keys(suites),
  divider < 0 ? [] : words.slice(divider + 1),
).catch(broken);
console.log(summary(total));
process.exitCode = total.failed > 0 ? 1 : 0;
