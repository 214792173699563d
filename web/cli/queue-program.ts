import { CogridError, isAbortError, type Task, type TaskType, type Workspace } from "cogrid";
import { Argument, type Command, InvalidArgumentError } from "commander";
import { columns, findGrid, lines } from "./commands.js";
import { names, overview, whole } from "./parse.js";
import type { Answering } from "./program.js";
import { progressLine, showingProgress } from "./progress.js";
import type { Host } from "./run.js";

const TYPES: readonly TaskType[] = ["raster_tiling", "resampling", "validation"];
const STORES = { stores: true };

/** The commands of the tile index, the queue, the cache and the configuration. */
export function addWorkCommands(program: Command, answering: Answering, host: Host): void {
  addTile(program, answering, host);
  addQueue(program, answering);
  addProcessing(program, answering, host);
  addCache(program, answering);
  addConfiguration(program, answering);
}

function addTile(program: Command, answering: Answering, host: Host): void {
  program
    .command("tile <source>")
    .description("build the tile index with statistics of each tile; prints the number of tiles")
    .option("--tile-size <pixels>", "side of a tile, about (default: the setting tileSize, 1000)", whole(1))
    .action(
      answering(async ({ workspace, signal }, source: string, options: { tileSize?: number }) => {
        const tiling = await showingProgress(host, (onProgress) =>
          workspace.sources.tile(source, { ...options, signal, onProgress }),
        );
        return { json: tiling, text: [`${tiling.tiles}\n`] };
      }, STORES),
    );
}

function addQueue(program: Command, answering: Answering): void {
  program
    .command("enqueue")
    .description("add a task to the queue; prints its id")
    .addArgument(new Argument("<type>").choices(TYPES))
    .requiredOption("--source <source>", "name, id, path or URL")
    .option("--grid <grid>", "of a resampling: a stored name or id, or a path to a grid's JSON")
    .option("--method <method,…>", "of a resampling: nearest, bilinear, cubic, average, …", names)
    .option("--band <n>", "1-based (default: 1)", whole(1))
    .option("--overview <none|auto|k>", "which resolution is read (default: none, full resolution)", overview)
    .option("--tile-size <pixels>", "of a tiling: side of a tile, about", whole(1))
    .option("--priority <p>", "larger ones come first (default: 0)", integer)
    .option("--depends-on <task,…>", "tasks that must be done before", names)
    .option("--max-retries <n>", "further runs after failures that may pass", whole(0))
    .action(
      answering(async ({ workspace }, type: TaskType, { grid, ...options }: EnqueueFlags) => {
        const task = await workspace.queue.enqueue({
          ...options,
          type,
          ...(grid === undefined ? {} : { grid: await findGrid(workspace, grid) }),
        });
        return { json: task, text: [`${task.id}\n`] };
      }, STORES),
    );
  program
    .command("queue-status")
    .description("how many tasks of each type and status there are, and why some failed")
    .option("--tasks", "list every task")
    .action(
      answering(async ({ workspace }, { tasks: wantsTasks = false }: { tasks?: boolean }) => {
        const { summary, failed, oldestAgeMs } = await workspace.queue.summary();
        const tasks = wantsTasks ? await workspace.queue.list() : [];
        return {
          json: {
            summary: summary.map(({ queueType, status, taskCount }) => ({
              queue_type: queueType,
              status,
              task_count: taskCount,
            })),
            failed: failed.map(taskJson),
            oldest_age_ms: oldestAgeMs,
            ...(wantsTasks ? { tasks: tasks.map(taskJson) } : {}),
          },
          text: [
            ...columns(summary.map(({ queueType, status, taskCount }) => [queueType, status, taskCount])),
            ...failed.map(({ id, error }) => `${id} failed: ${error?.code}: ${error?.message}\n`),
            ...(oldestAgeMs === null ? [] : [`the oldest that is not done was added ${ageOf(oldestAgeMs)} ago\n`]),
            ...columns(
              tasks.map(({ id, queueType, status, source, progress, waitsFor }) => [
                id,
                queueType,
                status,
                source,
                status === "running"
                  ? `${Math.floor(progress * 100)} %`
                  : waitsFor === null
                    ? ""
                    : `waits for ${waitsFor}`,
              ]),
            ),
          ],
        };
      }),
    );
  program
    .command("retry [task...]")
    .description("let failed and cancelled tasks run again; every failed one without ids")
    .action(
      answering(async ({ workspace }, ids: string[]) => {
        const tasks = await workspace.queue.retry(...ids);
        return { json: tasks.map(taskJson), text: tasks.map(({ id }) => `${id}\n`) };
      }),
    );
  program
    .command("cancel <task...>")
    .description("cancel tasks and those that wait for them; running ones are stopped")
    .action(
      answering(async ({ workspace }, ids: string[]) => {
        const tasks = await workspace.queue.cancel(...ids);
        return { json: tasks.map(taskJson), text: tasks.map(({ id }) => `${id}\n`) };
      }),
    );
}

function addProcessing(program: Command, answering: Answering, host: Host): void {
  program
    .command("process-tasks")
    .description("work on the queue until nothing is left to claim; several processes may do so at once")
    .addArgument(new Argument("<type>").choices([...TYPES, "all"]))
    .option("--max-tasks <n>", "claim at most this many", whole(1))
    .option("--workers <n>", "processes that work at once (default: 1)", whole(1))
    .option("--watch", "wait for new tasks until stopped")
    .action(
      answering(async ({ workspace, signal, directory }, type: TaskType | "all", options: ProcessFlags) => {
        const { workers = 1, maxTasks, watch = false } = options;
        const tally =
          workers > 1
            ? await inProcesses(host, directory, type, { ...options, workers }, signal)
            : await inThisProcess(workspace, host, type, { maxTasks, watch }, signal);
        return {
          json: tally,
          text: [
            `${Object.entries(tally)
              .filter(([name, n]) => n > 0 || name === "done")
              .map(([name, n]) => `${n} ${name}`)
              .join(", ")}\n`,
          ],
        };
      }, STORES),
    );
}

function addCache(program: Command, answering: Answering): void {
  program
    .command("cache-stats")
    .description("hits, misses, rows and bytes of the stored results of each source")
    .action(
      answering(async ({ workspace }) => {
        const stats = await workspace.cache.stats();
        return {
          json: stats,
          text: columns([
            ["source", "hits", "misses", "rows", "bytes", "served", "stale"],
            ...stats.map((s) => [s.source, s.hits, s.misses, s.rows, s.bytes, s.bytesServed, s.staleRows]),
          ]),
        };
      }),
    );
  program
    .command("cache-cleanup")
    .description("delete stored results that are old and little used, and those that can't be served any more")
    .option("--days-old <d>", "not used for this many days (default: the setting cacheTtlDays, 30)", days)
    .option("--min-access <n>", "and used less often than this (default: 2)", whole(0))
    .action(
      answering(async ({ workspace }, options: { daysOld?: number; minAccess?: number }) => {
        const cleanup = await workspace.cache.cleanUp(options);
        return {
          json: cleanup,
          text: [`${cleanup.rows} stored columns (${cleanup.bytes} bytes) and ${cleanup.tasks} ended tasks deleted\n`],
        };
      }),
    );
}

function addConfiguration(program: Command, answering: Answering): void {
  program
    .command("config-info")
    .description("the configuration in force, and where each value came from")
    .action(
      answering(async ({ workspace }) => {
        const settings = workspace.settings.info();
        return {
          json: Object.fromEntries(settings.map(({ name, ...rest }) => [name, rest])),
          text: columns(
            settings.map(({ name, value, origin, variable, meaning }) => [
              name,
              value === "" ? '""' : value,
              origin,
              variable,
              meaning,
            ]),
          ),
        };
      }),
    );
  program
    .command("config-set <name> [value]")
    .description("keep a setting in the workspace; without a value it is forgotten")
    .action(
      answering(async ({ workspace }, name: string, value: string | undefined) => {
        const isNumber = value !== undefined && value.trim() !== "" && Number.isFinite(Number(value));
        workspace.settings.set(name, isNumber ? Number(value) : value);
        return { json: { name, value: value ?? null }, text: lines({ [name]: value ?? "forgotten" }) };
      }, STORES),
    );
}

async function inThisProcess(
  workspace: Workspace,
  host: Host,
  type: TaskType | "all",
  options: { maxTasks?: number | undefined; watch: boolean },
  signal: AbortSignal,
): Promise<Tally> {
  const tally = emptyTally();
  const progress = progressLine(host.err, host.isTerminal);
  const work = {
    types: type === "all" ? TYPES : [type],
    onTask: (task: Task) => {
      tally[task.status === "pending" || task.status === "running" ? "retried" : task.status]++;
      if (task.error !== null && task.status === "failed") {
        progress.end();
        host.err(`${task.id} failed: ${task.error.code}: ${task.error.message}\n`);
      }
    },
    onProgress: progress.update,
  };
  try {
    if (!options.watch) {
      await workspace.queue.process({ ...work, maxTasks: options.maxTasks, signal });
      return tally;
    }
    await new Promise<void>((resolve, reject) => {
      const processor = workspace.queue.processor({ ...work, onError: reject });
      signal.addEventListener("abort", () => void processor.stop().then(resolve, reject), { once: true });
      processor.start();
    });
    return tally;
  } catch (error) {
    if (options.watch && isAbortError(error)) return tally;
    throw error;
  } finally {
    progress.end();
  }
}

/** Each worker in a process of its own: one that dies costs its task a new start, and is replaced. */
async function inProcesses(
  host: Host,
  directory: string,
  type: TaskType | "all",
  { workers, maxTasks, watch = false }: ProcessFlags & { workers: number },
  signal: AbortSignal,
): Promise<Tally> {
  const tally = emptyTally();
  let deaths = 0;
  const work = async (index: number): Promise<void> => {
    // Shares that sum up to the whole.
    const share = maxTasks === undefined ? undefined : Math.floor((maxTasks + index) / workers);
    if (share === 0) return;
    const args = ["process-tasks", type, "--workspace", directory, "--json"];
    if (share !== undefined) args.push("--max-tasks", String(share));
    if (watch) args.push("--watch");
    for (;;) {
      const { status, out, killed } = await host.runAgain(args, signal);
      if (killed && !signal.aborted && share === undefined && ++deaths < MOST_DEATHS) continue;
      if (signal.aborted && out === "") return;
      let answer: { error?: { code: string; message: string; hint?: string } } & Partial<Tally>;
      try {
        answer = JSON.parse(out);
      } catch (cause) {
        throw new CogridError("host.worker", `a worker process ended with status ${status}`, { cause });
      }
      if (answer.error !== undefined) {
        throw new CogridError(answer.error.code, answer.error.message, { hint: answer.error.hint });
      }
      for (const name of Object.keys(tally) as (keyof Tally)[]) tally[name] += answer[name] ?? 0;
      return;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, index) => work(index)));
  return tally;
}

/** A task in the words of the table. */
function taskJson(task: Task): object {
  const snake = (name: string): string => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.fromEntries(Object.entries(task).map(([name, value]) => [snake(name), value]));
}

function ageOf(ms: number): string {
  const minutes = ms / 60_000;
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  return minutes < 120 ? `${Math.floor(minutes)} min` : `${Math.floor(minutes / 60)} h`;
}

function integer(text: string): number {
  if (!/^[+-]?\d{1,9}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}

function days(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) throw new InvalidArgumentError("Expected days ≥ 0.");
  return value;
}

/** How runs of tasks ended. */
type Tally = Record<"done" | "failed" | "retried" | "cancelled", number>;

function emptyTally(): Tally {
  return { done: 0, failed: 0, retried: 0, cancelled: 0 };
}

interface EnqueueFlags {
  readonly source: string;
  readonly grid?: string;
  readonly method?: string[];
  readonly band?: number;
  readonly overview?: "none" | "auto" | number;
  readonly tileSize?: number;
  readonly priority?: number;
  readonly dependsOn?: string[];
  readonly maxRetries?: number;
}

interface ProcessFlags {
  readonly maxTasks?: number | undefined;
  readonly workers?: number | undefined;
  readonly watch?: boolean | undefined;
}

const MOST_DEATHS = 1000;
