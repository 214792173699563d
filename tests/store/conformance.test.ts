import { mkdtempSync, readFileSync } from "node:fs";

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Miniflare } from "miniflare";
import { chromium } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDatabase } from "../../web/lib/node-sqlite.js";

// The crate with its conformance suite, which the shipped builds leave out.
const folder = fileURLToPath(new URL("../../build/wasm-conformance/", import.meta.url));
const module = readFileSync(join(folder, "cogrid_bg.wasm"));
const sqlEntry = fileURLToPath(new URL("../../web/edge/sql.ts", import.meta.url));

const CHECKS = [
  "empty",
  "round trip",
  "list",
  "unique",
  "all or nothing",
  "update",
  "overlap",
  "scan",
  "require",
  "claim",
  "delete",
];
const OLDER_VERSIONS = ["1", "2"];

interface Suite {
  default(options: { module_or_path: unknown }): Promise<unknown>;
  conformanceMemory(): Promise<string[]>;
  conformanceSql(connection: unknown): Promise<string[]>;
  migrationsSql(connections: unknown[]): Promise<string[]>;
}

async function suite(): Promise<Suite> {
  const glue = (await import(/* @vite-ignore */ `file://${join(folder, "cogrid.js")}`)) as Suite;
  await glue.default({ module_or_path: module });
  return glue;
}

describe("a store keeps its promises", () => {
  it("in memory, in WebAssembly", async () => {
    await expect((await suite()).conformanceMemory()).resolves.toEqual(CHECKS);
  });

  it("in node:sqlite, from every earlier version", async () => {
    const { conformanceSql, migrationsSql } = await suite();
    const opened = async () => openDatabase(mkdtempSync(join(tmpdir(), "cogrid-store-")));
    await expect(conformanceSql(await opened())).resolves.toEqual(CHECKS);
    const databases = await Promise.all(OLDER_VERSIONS.map(opened));
    await expect(migrationsSql(databases)).resolves.toEqual(OLDER_VERSIONS);
  });
});

describe("a store keeps its promises in workerd", () => {
  let worker: Miniflare;
  beforeAll(async () => {
    worker = new Miniflare({
      modules: [
        { type: "ESModule", path: "worker.js", contents: await bundle() },
        { type: "CompiledWasm", path: "cogrid_bg.wasm", contents: module },
      ],
      compatibilityDate: "2026-07-01",
      cf: false,
      d1Databases: ["D0", "D1", "D2"],
      durableObjects: { ROOM: { className: "Room", useSQLite: true } },
    });
  });
  afterAll(() => worker?.dispose());

  it.each(["d1", "durable-object"])("in %s, from every earlier version", async (where) => {
    const response = await worker.dispatchFetch(`http://localhost/${where}`);
    expect(await response.json()).toEqual({ checks: CHECKS, migrations: OLDER_VERSIONS });
  });
});

async function bundle(): Promise<string> {
  const entry = `
    import { conformanceSql, initSync, migrationsSql } from ${JSON.stringify(join(folder, "cogrid.js"))};
    import wasm from "./cogrid_bg.wasm";
    import { d1Connection, durableObjectConnection } from ${JSON.stringify(sqlEntry)};
    initSync({ module: wasm });
    const run = async (work) => {
      try { return Response.json(await work()); } catch (error) { return Response.json({ code: error.code, error: error.message }); }
    };
    export class Room {
      constructor(state) { this.state = state; }
      fetch(request) {
        const connection = durableObjectConnection(this.state.storage);
        const version = Number(new URL(request.url).pathname.slice(1));
        return run(async () => version === 0 ? conformanceSql(connection) : migrationsSql([...Array(version - 1), connection]));
      }
    }
    export default {
      fetch: (request, env) => request.url.endsWith("d1")
        ? run(async () => ({ checks: await conformanceSql(d1Connection(env.D0)), migrations: await migrationsSql([env.D1, env.D2].map(d1Connection)) }))
        : run(async () => {
            const ask = async (version) => (await env.ROOM.get(env.ROOM.idFromName(version)).fetch("http://room/" + version)).json();
            return { checks: await ask("0"), migrations: [...await ask("1"), ...await ask("2")] };
          }),
    };`;
  const result = await build({
    configFile: false,
    logLevel: "warn",
    plugins: [
      {
        name: "entry",
        resolveId: (id) =>
          id === "entry" ? id : id.endsWith(".wasm") ? { id: "./cogrid_bg.wasm", external: true } : null,
        load: (id) => (id === "entry" ? entry : null),
      },
    ],
    build: {
      write: false,
      minify: false,
      target: "esnext",
      rollupOptions: { input: "entry", preserveEntrySignatures: "strict" },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((part) => ("output" in part ? part.output : []));
  const [chunk] = outputs;
  if (chunk?.type !== "chunk") throw new Error("expected a script");
  return chunk.code;
}

describe("a store keeps its promises in Chromium's IndexedDB", () => {
  it("from every earlier version, also while another tab holds an older one", async () => {
    const types: Record<string, string> = { js: "text/javascript", wasm: "application/wasm", html: "text/html" };
    const server = createServer((request, response) => {
      const path = (request.url ?? "/").slice(1);
      const type = types[path.split(".").at(-1) ?? ""];
      if (type === undefined) return void response.writeHead(404).end();
      const script =
        '<script type="module">import init, * as suite from "/cogrid.js"; await init(); globalThis.suite = suite;</script>';
      response
        .writeHead(200, { "Content-Type": type })
        .end(type === "text/html" ? script : readFileSync(join(folder, path)));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    const context = await chromium.launchPersistentContext(mkdtempSync(join(tmpdir(), "cogrid-profile-")), {
      executablePath: process.env.CHROME ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
    });
    try {
      const open = async () => {
        const page = await context.newPage();
        await page.goto(`http://127.0.0.1:${port}/page.html`);
        await page.waitForFunction("globalThis.suite !== undefined");
        return page;
      };
      const page = await open();
      expect(await page.evaluate("suite.conformanceIndexedDb('conformance')")).toEqual(CHECKS);
      expect(await page.evaluate("suite.migrationsIndexedDb('migrations')")).toEqual(OLDER_VERSIONS);
      const older = await open();
      expect(await older.evaluate("suite.holdOlderIndexedDb('shared')")).toBe("indexeddb");
      // The older tab lets go when it is told, so the newer one opens.
      expect(await page.evaluate("suite.conformanceIndexedDb('shared')")).toEqual(CHECKS);
    } finally {
      await context.close();
      server.close();
    }
  });
});
