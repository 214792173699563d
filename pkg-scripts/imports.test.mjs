import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { forbidden, importViolations, linkViolations, roomTable, rustViolations, webViolations } from "./imports.mjs";
import { root } from "./steps.mjs";

const table = roomTable(readFileSync(join(root, "docs", "ARCHITECTURE.md"), "utf8"));
/** @param {string} path @param {string} text */
const rust = (path, text) => rustViolations({ path: `crate/src/${path}`, text }, table);
/** @param {string} path @param {string} text */
const web = (path, text) => webViolations({ path: `web/${path}`, text });

test("the table is read from the page that people read", () => {
  const base = ["digest", "error", "geo", "grid", "lanes", "limits", "num", "par", "zstd"];
  assert.deepEqual([...(table.get("grid") ?? [])].sort(), base);
  assert.ok(table.get("api")?.has("engine"));
  assert.ok(!table.get("engine")?.has("api"));
  assert.throws(() => roomTable("# nothing here"), /table of rooms/);
});

test("imports downward pass", () => {
  assert.deepEqual(
    rust("raster/dataset.rs", "use crate::tiff::{Ifd, Layout};\nuse crate::{Error, Result, geo::Crs};"),
    [],
  );
  assert.deepEqual(rust("raster/dataset.rs", "use super::samples::Samples; use super::super::codec::decode;"), []);
  assert.deepEqual(rust("raster/dataset.rs", "// crate::engine is above\ncrate::ensure!(x)"), []);
});

test("imports upward are caught, however they are written", () => {
  assert.match(rust("tiff/ifd.rs", "use crate::raster::Dataset;")[0] ?? "", /tiff may not import raster/);
  assert.match(rust("tiff/ifd.rs", "use crate::{Error, geo::{self, Crs}};")[0] ?? "", /may not import geo/);
  assert.match(
    rust("tiff/ifd.rs", "use crate::{\n  num::{to_usize, to_u32},\n  engine,\n};")[0] ?? "",
    /may not import engine/,
  );
  assert.match(rust("tiff/ifd.rs", "fn f() -> crate::engine::Workspace {}")[0] ?? "", /may not import engine/);
  assert.match(rust("tiff/ifd.rs", "use super::super::api;")[0] ?? "", /may not import api/);
  assert.match(rust("tiff/mod.rs", "use super::store::Store;")[0] ?? "", /may not import store/);
  assert.match(rust("num.rs", "use crate::geo::Crs;")[0] ?? "", /num may not import geo/);
});

test("a room outside the table is caught; tests may compare with anything", () => {
  assert.match(rust("attic/box.rs", "")[0] ?? "", /attic is not in the table/);
  assert.match(rust("tiff/ifd.rs", "use crate::attic::Box;")[0] ?? "", /attic, which is not in the table/);
  assert.deepEqual(rust("tiff/ifd_tests.rs", "use crate::engine::Workspace;"), []);
});

test("users of the package import it by its name", () => {
  assert.deepEqual(web("app/src/main.ts", 'import { openWorkspace } from "cogrid";\nimport x from "./x.js";'), []);
  assert.deepEqual(web("cli.ts", 'import { run } from "./cli/run.js";'), []);
  assert.deepEqual(web("cli/run.ts", 'import { name } from "../../package.json";'), []);
  assert.match(web("app/src/main.ts", 'import { a } from "../../lib/a.js";')[0] ?? "", /by name/);
  assert.match(web("cli/run.ts", 'const a = await import("../lib/a.js");')[0] ?? "", /by name/);
  assert.match(web("edge.ts", 'export * from "./lib/a.js";')[0] ?? "", /by name/);
  assert.match(web("lib/a.ts", 'import { a } from "../cli/a.js";')[0] ?? "", /stands alone/);
  assert.match(web("lib/a.ts", 'import { a } from "cogrid";')[0] ?? "", /itself by name/);
  assert.match(web("app/src/a.ts", 'import a from "../../../dist/browser.js";')[0] ?? "", /from the build/);
});

test("a forbidden crate is caught", () => {
  assert.deepEqual(forbidden("native build", ["cogrid", "js-sys"], /^js-sys/), ["native build: links js-sys"]);
});

test("this checkout's imports follow the table", () => {
  assert.deepEqual(importViolations(), []);
});

test("the native build links no JavaScript crate, the single-thread build no rayon", async () => {
  assert.deepEqual(await linkViolations(), []);
});
