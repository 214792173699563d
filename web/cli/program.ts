import { existsSync } from "node:fs";
import type { SourceRecord, Workspace } from "cogrid";
import { Command, Option } from "commander";
import { type Answer, columns, findGrid, findings, formatOf, hasOutlines, lines, tellTable } from "./commands.js";
import { batches } from "./files.js";
import { definitionOf, type GridFlags, gridColumns, withGridOptions } from "./grid.js";
import { bands, json, names, overview, whole, window } from "./parse.js";
import { showingProgress } from "./progress.js";
import { addWorkCommands } from "./queue-program.js";
import { readToFile } from "./read.js";
import type { Host } from "./run.js";

/** What a command works with. */
export interface Context {
  readonly workspace: Workspace;
  readonly signal: AbortSignal;
  /** Folder of the workspace. */
  readonly directory: string;
}

/** The tree of commands. Nothing is opened before a command runs. */
export function createProgram(host: Host): Command {
  const program = new Command("cogrid")
    .description("Values of Cloud-Optimized GeoTIFFs on grids. A SOURCE is a registered name or id, a path, or a URL.")
    .version(host.version)
    .option("--workspace <dir>", "folder of the workspace (default: $COGRID_WORKSPACE, else ./.cogrid)")
    .option("--json", "print exactly one JSON document on stdout")
    .option("--debug", "print stack traces")
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({ writeOut: host.out, writeErr: host.err });

  const answering: Answering = (work, { stores = false } = {}) => {
    return async (...args: unknown[]): Promise<void> => {
      const command = args.at(-1) as Command;
      const controller = new AbortController();
      host.onInterrupt(() => controller.abort());
      const directory = directoryOf(command, host);
      // Looking at a file leaves no folder behind.
      const place = stores || existsSync(directory) ? { directory } : {};
      const workspace = await host.openWorkspace({ ...place, environment: host.environment });
      try {
        const answer = await (work as (context: Context, ...args: unknown[]) => Promise<Answer>)(
          { workspace, signal: controller.signal, directory },
          ...args.slice(0, -1),
        );
        tell(host, answer, command.optsWithGlobals().json === true);
      } finally {
        await workspace.close();
      }
    };
  };

  addSourceCommands(program, answering, host);
  addDiagnose(program, answering);
  addGridCommands(program, answering);
  addResampleCommands(program, answering, host);
  addWorkCommands(program, answering, host);
  return program;
}

/** The action of a command; `stores` makes the workspace's folder when it is missing. */
export type Answering = (
  work: (context: Context, ...args: never[]) => Promise<Answer>,
  needs?: { stores?: boolean },
) => (...args: unknown[]) => Promise<void>;

function addSourceCommands(program: Command, answering: Answering, host: Host): void {
  program
    .command("register <source>")
    .description("store a source; prints its id")
    .requiredOption("--name <name>", "unique in the workspace")
    .option("--dataset <dataset>")
    .option("--variable <variable>")
    .option("--units <units>")
    .option("--description <text>")
    .option("--meta <json>", "anything, kept with the source", json)
    .action(
      answering(async ({ workspace, signal }, source: string, options: RegisterFlags) => {
        const { meta, ...rest } = options;
        const record = await workspace.sources.register(source, {
          ...rest,
          ...(meta === undefined ? {} : { metadata: meta }),
          signal,
        });
        return { json: record, text: [`${record.id}\n`] };
      }, STORES),
    );
  program
    .command("list")
    .description("list the stored sources")
    .option("--status <status>", "only those in this state, such as ready")
    .action(
      answering(async ({ workspace }, { status }: { status?: string }) => {
        const records = (await workspace.sources.list()).filter(
          (record) => status === undefined || record.processingStatus === status,
        );
        return {
          json: records,
          text: columns(
            records.map(({ id, name, processingStatus, location }) => [id, name, processingStatus, location]),
          ),
        };
      }),
    );
  program
    .command("status")
    .description("processing state of one source, or of all")
    .option("--source <source>", "name or id")
    .action(
      answering(async ({ workspace }, { source }: { source?: string }) => {
        const records = source === undefined ? await workspace.sources.list() : [await workspace.sources.get(source)];
        const states = records.map(stateOf);
        return {
          json: source === undefined ? states : states[0],
          text: columns(states.map(({ name, status }) => [name, status])),
        };
      }),
    );
  program
    .command("info <source>")
    .description("what the file says of itself: size, type, CRS, bounds, layout, overviews")
    .action(
      answering(async ({ workspace, signal }, source: string) => {
        const info = await workspace.sources.info(source, { signal });
        return { json: info, text: lines(info) };
      }),
    );
  program
    .command("read <source>")
    .description("write raw samples as a NumPy file: (rows, cols), or (bands, rows, cols) without --band")
    .option("--band <n>", "1-based", whole(1))
    .option("--window <left,top,right,bottom>", "pixels, right and bottom exclusive", window)
    .option("--overview <k>", "0 is full resolution", whole(0))
    .option("--unscale", "apply the file's scale and offset")
    .requiredOption("--output <file.npy>")
    .action(
      answering(async ({ workspace, signal }, source: string, { output, ...options }: ReadFlags) =>
        showingProgress(host, (onProgress) =>
          readToFile(workspace, source, output, { ...options, signal }, onProgress),
        ),
      ),
    );
  program
    .command("stats <source>")
    .description("exact min, max, mean, stdev and count of the valid pixels")
    .option("--band <n>", "1-based (default: 1)", whole(1))
    .option("--overview <k>", "0 is full resolution", whole(0))
    .action(
      answering(async ({ workspace, signal }, source: string, options: { band?: number; overview?: number }) => {
        const stats = await workspace.sources.stats(source, { ...options, signal });
        return { json: stats, text: lines(stats) };
      }),
    );
}

function addDiagnose(program: Command, answering: Answering): void {
  program
    .command("diagnose <url>")
    .description("what is good and bad about a source and its server, and how to mend it; also for paths")
    .option("--timeout <ms>", "how long each request to the server may take (default: 10000)", whole(1))
    .action(
      answering(async ({ workspace, signal }, url: string, { timeout }: { timeout?: number }) => {
        const diagnosis = await workspace.diagnose(url, { timeoutMs: timeout, signal });
        return { json: { url, ...diagnosis }, text: findings(diagnosis) };
      }),
    );
}

function addGridCommands(program: Command, answering: Answering): void {
  const grid = program.command("grid").description("stored grids");
  withGridOptions(grid.command("add"))
    .description("store a grid; prints its id")
    .requiredOption("--name <name>", "unique in the workspace")
    .action(
      answering(async ({ workspace }, { name, ...flags }: { name: string } & GridFlags) => {
        const record = await workspace.grids.add(await definitionOf(flags), { name });
        return { json: record, text: [`${record.id}\n`] };
      }, STORES),
    );
  grid
    .command("list")
    .description("list the stored grids")
    .action(
      answering(async ({ workspace }) => {
        const records = await workspace.grids.list();
        return {
          json: records,
          text: columns(
            records.map(({ id, name, cells, definition }) => [id, name, ...gridColumns(definition), `${cells} cells`]),
          ),
        };
      }),
    );
}

function addResampleCommands(program: Command, answering: Answering, host: Host): void {
  const shared = (command: Command): Command =>
    command
      .option("--method <method,…>", "nearest, bilinear, cubic, average, sum, mode, median, quantile(0.9), …", names)
      .option("--band <n,…>", "1-based (default: 1); several are read in one pass", bands)
      .option("--overview <none|auto|k>", "which resolution is read (default: none, full resolution)", overview)
      .addOption(new Option("--weights <weights>", "weigh pixels by their true area").choices(["none", "area"]));

  shared(program.command("resample <source> <grid>"))
    .description("values on a grid; GRID is a stored name or id, or a path to a grid's JSON")
    .option("--no-cache", "neither look into nor fill the stored results")
    .option(
      "--output <file>",
      ".csv, .json, .geojson, .parquet, .arrow or, of squares, .tif (default: CSV on stdout, JSON with --json)",
    )
    .action(
      answering(
        async (
          { workspace, signal },
          source: string,
          gridRef: string,
          { cache, output, ...options }: ResampleFlags,
        ) => {
          const format = formatOf(output);
          const grid = await findGrid(workspace, gridRef);
          return showingProgress(host, async (onProgress) => {
            const table = await workspace.resample(source, grid, {
              ...options,
              noCache: !cache,
              outlines: hasOutlines(format),
              signal,
              onProgress,
            });
            return tellTable(workspace, table, format, output);
          });
        },
        STORES,
      ),
    );
  shared(program.command("explain <source> <grid>"))
    .description("what resample would read: level, blocks, ranges, bytes, memory; fetches no pixels")
    .action(
      answering(
        async (
          { workspace, signal },
          source: string,
          gridRef: string,
          options: Omit<ResampleFlags, "cache" | "output">,
        ) => {
          const plan = await workspace.explain(source, await findGrid(workspace, gridRef), { ...options, signal });
          return { json: plan, text: lines(plan) };
        },
      ),
    );
}

interface RegisterFlags {
  readonly name: string;
  readonly dataset?: string;
  readonly variable?: string;
  readonly units?: string;
  readonly description?: string;
  readonly meta?: unknown;
}

interface ReadFlags {
  readonly band?: number;
  readonly window?: readonly [number, number, number, number];
  readonly overview?: number;
  readonly unscale?: boolean;
  readonly output: string;
}

interface ResampleFlags {
  readonly method?: string[];
  readonly band?: number | number[];
  readonly overview?: "none" | "auto" | number;
  readonly weights?: "none" | "area";
  readonly cache: boolean;
  readonly output?: string;
}

function stateOf({ id, name, processingStatus, updated }: SourceRecord): {
  id: string;
  name: string;
  status: string;
  updated: number;
} {
  return { id, name, status: processingStatus, updated };
}

function directoryOf(command: Command, host: Host): string {
  return (
    (command.optsWithGlobals().workspace as string | undefined) ?? (host.environment.COGRID_WORKSPACE || ".cogrid")
  );
}

function tell(host: Host, answer: Answer, asJson: boolean): void {
  if (!asJson) for (const text of batches(answer.text)) host.out(text as string);
  else if (answer.jsonPieces !== undefined) for (const text of batches(answer.jsonPieces)) host.out(text as string);
  else host.out(`${JSON.stringify(answer.json)}\n`);
}

const STORES = { stores: true };
