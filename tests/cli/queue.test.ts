import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { tinyTiff } from "../support/tiny-tiff.js";

const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** A folder with three rasters and two grids, registered in a workspace. */
async function prepared() {
  const folder = mkdtempSync(join(tmpdir(), "cogrid-queue-"));
  const environment: Record<string, string | undefined> = { ...process.env, COGRID_WORKSPACE: join(folder, "ws") };
  const run = (args: string[]): Promise<{ status: number; out: string; err: string }> =>
    new Promise((resolve) => {
      execFile(process.execPath, [cli, ...args], { cwd: folder, env: environment }, (error, out, err) =>
        resolve({ status: typeof error?.code === "number" ? error.code : 0, out, err }),
      );
    });
  const json = async <T = Record<string, unknown>>(...args: string[]): Promise<T> => {
    const { status, out, err } = await run([...args, "--json"]);
    expect({ args, status, err: status === 0 ? "" : err }).toEqual({ args, status: 0, err: "" });
    return JSON.parse(out);
  };
  for (const name of ["a", "b", "c"]) {
    const path = join(folder, `${name}.tif`);
    writeFileSync(path, tinyTiff());
    await json("register", path, "--name", name);
  }
  const grid = ["--type", "square", "--crs", "EPSG:4326", "--bounds", "0.5,0.5,3.5,3.5"];
  await json("grid", "add", ...grid, "--cell-size", "2", "--name", "coarse");
  await json("grid", "add", ...grid, "--cell-size", "1", "--name", "fine");
  const database = (): DatabaseSync => new DatabaseSync(join(folder, "ws", "workspace.sqlite"));
  return { folder, environment, run, json, database };
}

interface Status {
  summary: { queue_type: string; status: string; task_count: number }[];
  failed: { id: string; error: { code: string } }[];
  oldest_age_ms: number | null;
}

/** Notes every task that becomes done, whoever writes it. */
function watchEnds(database: DatabaseSync): void {
  database.exec(
    `CREATE TABLE ends (id TEXT);
     CREATE TRIGGER note_end AFTER UPDATE ON processing_queue WHEN new.status = 'done' AND old.status <> 'done'
     BEGIN INSERT INTO ends VALUES (new.id); END;`,
  );
}

function endsOf(database: DatabaseSync): { tasks: number; ends: number } {
  const row = database.prepare("SELECT count(DISTINCT id) AS tasks, count(*) AS ends FROM ends").get();
  return { ...row } as { tasks: number; ends: number };
}

describe("the queue's commands", () => {
  it("work on a batch of three rasters and two grids with four processes, each result once", async () => {
    const { json, database, environment } = await prepared();
    environment.COGRID_LEASE_MS = "5000";
    for (const source of ["a", "b", "c"]) {
      await json("enqueue", "raster_tiling", "--source", source);
      for (const grid of ["coarse", "fine"]) {
        await json("enqueue", "resampling", "--source", source, "--grid", grid, "--method", "average");
      }
    }
    const before = await json<Status>("queue-status");
    expect(before.summary).toEqual([
      { queue_type: "raster_tiling", status: "pending", task_count: 3 },
      { queue_type: "resampling", status: "pending", task_count: 6 },
    ]);
    expect(before.oldest_age_ms).toBeGreaterThan(0);
    const db = database();
    watchEnds(db);
    expect(await json("process-tasks", "all", "--workers", "4")).toMatchObject({ done: 9, failed: 0 });
    expect(endsOf(db)).toEqual({ tasks: 9, ends: 9 });
    db.close();
    expect(await json<Status>("queue-status")).toMatchObject({
      summary: [
        { queue_type: "raster_tiling", status: "done", task_count: 3 },
        { queue_type: "resampling", status: "done", task_count: 6 },
      ],
      failed: [],
      oldest_age_ms: null,
    });
    expect(await json<{ name: string }[]>("list", "--status", "ready")).toHaveLength(3);
    const stats = await json<{ source: string; misses: number; rows: number }[]>("cache-stats");
    expect(stats.map(({ source, misses, rows }) => [source, misses, rows])).toEqual(
      expect.arrayContaining(["a", "b", "c"].map((source) => [source, 2, 2])),
    );
    const served = await json<{ cacheMisses: number; bytes: number }>(
      "resample",
      "a",
      "coarse",
      "--method",
      "average",
      "--output",
      join(environment.COGRID_WORKSPACE ?? "", "a.csv"),
    );
    expect(served).toMatchObject({ cacheMisses: 0, bytes: 0 });
  });

  it("claim no more than they may, and only of one type", async () => {
    const { json } = await prepared();
    for (const source of ["a", "b", "c"]) {
      await json("enqueue", "validation", "--source", source);
      await json("enqueue", "raster_tiling", "--source", source);
    }
    expect(await json("process-tasks", "validation", "--max-tasks", "2")).toMatchObject({ done: 2 });
    expect(await json("process-tasks", "validation", "--max-tasks", "2", "--workers", "3")).toMatchObject({ done: 1 });
    expect((await json<Status>("queue-status")).summary).toEqual([
      { queue_type: "raster_tiling", status: "pending", task_count: 3 },
      { queue_type: "validation", status: "done", task_count: 3 },
    ]);
  });

  it("keep failures visible until they are retried", async () => {
    const { folder, json, run } = await prepared();
    const path = join(folder, "late.tif");
    writeFileSync(path, tinyTiff());
    await json("register", path, "--name", "late");
    writeFileSync(path, "not a raster");
    const { id } = await json<{ id: string }>("enqueue", "validation", "--source", "late", "--max-retries", "0");
    expect(await json("process-tasks", "all")).toMatchObject({ done: 0, failed: 1 });
    const status = await json<Status>("queue-status");
    expect(status.failed).toMatchObject([{ id, error: { code: "format.not_tiff" } }]);
    writeFileSync(path, tinyTiff());
    await json("register", path, "--name", "late");
    expect(await json("retry")).toMatchObject([{ id, status: "pending" }]);
    expect(await json("process-tasks", "all")).toMatchObject({ done: 1 });
    const other = await json<{ id: string }>("enqueue", "raster_tiling", "--source", path);
    expect(await json("cancel", other.id)).toMatchObject([{ id: other.id, status: "cancelled" }]);
    expect((await run(["cancel", id])).status).toBe(2);
    expect((await run(["enqueue", "resampling", "--source", "late"])).err).toContain("error[usage.task]");
  });

  it("build a tile index, and clean up", async () => {
    const { json, database } = await prepared();
    expect(await json("tile", "a", "--tile-size", "16")).toMatchObject({ tiles: 2, across: 2, down: 1 });
    const db = database();
    const tiles = db.prepare("SELECT tile_stats, file_byte_length FROM raster_tiles ORDER BY tile_col").all();
    expect(tiles.map(({ tile_stats }) => JSON.parse(tile_stats as string).valid_count)).toEqual([255, 256]);
    expect(tiles.map(({ file_byte_length }) => file_byte_length)).toEqual([512, 512]);
    db.close();
    expect(await json("status", "--source", "a")).toMatchObject({ status: "ready" });
    await json("resample", "a", "coarse", "--method", "average");
    const cleanup = ["cache-cleanup", "--days-old", "0", "--min-access"];
    expect(await json(...cleanup, "0")).toMatchObject({ rows: 0 });
    expect(await json(...cleanup, "5")).toMatchObject({ rows: 1, bytes: 64 });
  });

  it("show the configuration in force with its origins", async () => {
    const { json, environment, run } = await prepared();
    environment.COGRID_TILE_SIZE = "256";
    await json("config-set", "cacheTtlDays", "7");
    const info = await json<Record<string, { value: unknown; origin: string }>>("config-info");
    expect(info.tileSize).toMatchObject({ value: 256, origin: "environment" });
    expect(info.cacheTtlDays).toMatchObject({ value: 7, origin: "workspace" });
    expect(info.maxRangeMb).toMatchObject({ value: 16, origin: "default" });
    environment.COGRID_TILE_SIZE = "wide";
    expect((await run(["config-info"])).err).toContain("COGRID_TILE_SIZE");
  });
});

/** 60 tasks and 8 kills; `COGRID_CRASH=500,100` is the long form. */
const [TASKS = 60, KILLS = 8] = (process.env.COGRID_CRASH ?? "60,8").split(",").map(Number);

async function library(): Promise<typeof import("../../web/lib/node.js")> {
  return import(/* @vite-ignore */ new URL("../../dist/node.js", import.meta.url).href);
}

/** Deterministic numbers in 0–1. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

describe("killed workers", () => {
  it(
    `lose nothing and do nothing twice: ${TASKS} tasks, ${KILLS} kills`,
    async () => {
      const { folder, database, environment, run } = await prepared();
      environment.COGRID_LEASE_MS = "3000";
      const { openWorkspace } = await library();
      const directory = join(folder, "ws");
      const jobs = Array.from({ length: TASKS }, (_, i) => ({
        source: ["a", "b", "c"][i % 3] ?? "a",
        grid: { type: "square", crs: "EPSG:4326", cellSize: 0.05 + i / 1000, bounds: [0.5, 0.5, 15.5, 15.5] } as const,
      }));
      await using queueing = await openWorkspace({ directory });
      for (const { source, grid } of jobs) {
        await queueing.queue.enqueue({ type: "resampling", source, grid, method: "average" });
      }
      const db = database();
      watchEnds(db);

      const workers: ChildProcess[] = [];
      const start = (): ChildProcess => {
        const child = spawn(process.execPath, [cli, "process-tasks", "all"], { cwd: folder, env: environment });
        workers.push(child);
        return child;
      };
      const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null;
      const exited = (child: ChildProcess): Promise<void> =>
        new Promise((resolve) => {
          if (isAlive(child)) child.once("exit", () => resolve());
          else resolve();
        });
      const random = noise(1);
      let killed = 0;
      let running = [start(), start()];
      // Spread over the work, so that none comes after the last task.
      for (; killed < KILLS; killed++) {
        while (endsOf(db).ends < (killed * TASKS) / (KILLS + 1)) {
          await new Promise((resolve) => setTimeout(resolve, 10));
          running = running.map((child) => (isAlive(child) ? child : start()));
        }
        await new Promise((resolve) => setTimeout(resolve, random() * 300));
        const victim = running[Math.floor(random() * running.length)];
        victim?.kill("SIGKILL");
        running = running.map((child) => (child === victim ? start() : child));
      }
      await Promise.all(workers.map(exited));
      await run(["process-tasks", "all"]);

      expect(endsOf(db)).toEqual({ tasks: TASKS, ends: TASKS });
      const states = db
        .prepare("SELECT status, count(*) AS n, sum(lost_count) AS lost FROM processing_queue GROUP BY status")
        .all();
      expect(states).toMatchObject([{ status: "done", n: TASKS }]);
      // Kills that hit nobody at work would show nothing.
      expect(states[0]?.lost).toBeGreaterThan(0);
      const orphans = db.prepare(
        "SELECT count(*) AS n FROM resampling_cache WHERE source_id NOT IN (SELECT id FROM raster_sources)",
      );
      expect(orphans.get()).toMatchObject({ n: 0 });

      // What an undisturbed run gives, to the bit, and as many rows.
      const calm = await prepared();
      await using calmly = await openWorkspace({ directory: join(calm.folder, "ws") });
      const rows = (from: DatabaseSync): unknown =>
        from.prepare("SELECT count(*) AS n, sum(cells) AS cells FROM resampling_cache").get();
      for (const { source, grid } of jobs) {
        const options = { method: "average", outlines: false } as const;
        const disturbed = await queueing.resample(source, grid, options);
        const wanted = await calmly.resample(source, grid, options);
        expect(disturbed.provenance.cacheMisses).toBe(0);
        expect(disturbed.column("average")).toEqual(wanted.column("average"));
        expect(disturbed.confidence).toEqual(wanted.confidence);
      }
      const calmRows = calm.database();
      expect(rows(db)).toEqual(rows(calmRows));
      calmRows.close();
      db.close();
    },
    120_000 + TASKS * 2000 + KILLS * 6000,
  );
});
