import type { EngineClient } from "./engine.js";
import { abortError, CogridError, isAbortError, isCogridError } from "./errors.js";
import type {
  EnqueueOptions,
  ProcessOptions,
  ProcessorOptions,
  ProcessSummary,
  QueueSummary,
  Task,
  TaskFilter,
  TaskType,
} from "./queue-types.js";

/** Work that waits in the workspace. Any number of tabs, workers and processes may work on one queue. */
export interface Queue {
  /**
   * Adds a task; a resampling waits for the tiling of its source where one is in the queue.
   *
   * @throws CogridError `usage.task`, `usage.method`, `usage.unknown_source`, `usage.unknown_grid`
   */
  enqueue(options: EnqueueOptions): Promise<Task>;
  /** Tasks, oldest first. */
  list(filter?: TaskFilter): Promise<Task[]>;
  /** How many tasks of each type and status there are, those that failed, the age of the oldest that is not done. */
  summary(): Promise<QueueSummary>;
  /** Lets failed and cancelled tasks run again, with those that they wait for; every failed one without ids. */
  retry(...tasks: (Task | string)[]): Promise<Task[]>;
  /** Cancels tasks and those that wait for them; a running one is stopped. */
  cancel(...tasks: (Task | string)[]): Promise<Task[]>;
  /**
   * Works until nothing is left to claim: waits that end, tasks of others that may come back, included.
   *
   * @throws AbortError when the signal fires: what ran goes back to the queue.
   */
  process(options?: ProcessOptions): Promise<ProcessSummary>;
  /** Works in the background, as soon as there is work, once it is started. */
  processor(options?: ProcessorOptions): Processor;
}

/** Workers in the background. They wake when work arrives, in this session or another, without polling where the host allows it. */
export interface Processor {
  readonly state: "stopped" | "running" | "paused";
  start(): void;
  /** What runs is brought to its end; nothing new is claimed. */
  pause(): void;
  /** What runs goes back to the queue. Resolves when all is quiet. */
  stop(): Promise<void>;
}

/** What the host knows of workers, and how it hears of news. */
export interface QueueHost {
  /** A new worker's name, by which other sessions can tell whether it lives until it leaves. */
  enter(): Promise<{ readonly name: string; leave(): void }>;
  /** Those of these workers that are dead for sure. */
  dead(workers: readonly string[]): Promise<readonly string[]>;
  /** Tells every session that the queue has changed. */
  announce(): void;
  /** Calls back at news of other sessions and of this one; gives what ends that. */
  listen(onNews: () => void): () => void;
  /** Calls back when one of these workers dies; gives what ends that. */
  watch(workers: readonly string[], onDeath: () => void): () => void;
  /** How often to look where news of other sessions don't come, ms. */
  readonly pollMs: number | undefined;
  close(): void;
}

/** The queue of the workspace behind a client. */
export function createQueue(client: EngineClient, host: QueueHost): Queue {
  const idsOf = (tasks: readonly (Task | string)[]): string[] =>
    tasks.map((task) => (typeof task === "string" ? task : task.id));
  const announced = <T>(answer: T): T => {
    host.announce();
    return answer;
  };
  return {
    enqueue: async (options) => announced(await client.call("enqueue", [taskOf(options)])),
    list: (filter = {}) => client.call("tasks", [filter]),
    summary: () => client.call("queueSummary", []),
    retry: async (...tasks) => announced(await client.call("retryTasks", [idsOf(tasks)])),
    cancel: async (...tasks) => announced(await client.call("cancelTasks", [idsOf(tasks)])),
    process: (options = {}) => processQueue(client, host, options),
    processor: (options = {}) => createProcessor(client, host, options),
  };
}

async function processQueue(
  client: EngineClient,
  host: QueueHost,
  options: ProcessOptions & { readonly watch?: boolean | undefined; readonly mayClaim?: () => Promise<void> },
): Promise<ProcessSummary> {
  const { signal, maxTasks = Number.POSITIVE_INFINITY, workers = 1, watch = false, onTask, onProgress } = options;
  const summary = { done: 0, failed: 0, retried: 0, cancelled: 0, lost: 0 };
  let claimed = 0;
  const types = options.types ?? [];

  const turn = async (worker: string): Promise<"ran" | "waited" | "nothing"> => {
    await options.mayClaim?.();
    if (signal?.aborted) throw abortError();
    await releaseDead(client, host);
    // News that come while the queue is looked at must not be missed.
    const news = newsOf(host);
    try {
      const run = await runTask(client, worker, types, signal, onProgress);
      if (run === "trapped") return "waited";
      if (run.task !== null) {
        host.announce();
        count(summary, run.task, run.isOurs);
        onTask?.(run.task);
        return "ran";
      }
      if (run.waitMs === null && !watch) return "nothing";
      await news.next(client, run.waitMs, signal);
      return "waited";
    } finally {
      news.end();
    }
  };
  const work = async (): Promise<void> => {
    const me = await host.enter();
    try {
      while (claimed < maxTasks) {
        // Taken before anything is waited for: other workers count too.
        claimed++;
        const outcome = await turn(me.name);
        if (outcome !== "ran") claimed--;
        if (outcome === "nothing") return;
      }
    } finally {
      me.leave();
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: Math.max(1, workers) }, work));
  const failure = outcomes.find((outcome) => outcome.status === "rejected");
  if (failure !== undefined) throw failure.reason;
  return summary;
}

/** One task of the queue. A trap of the engine costs the run, not the worker: the task goes back. */
async function runTask(
  client: EngineClient,
  worker: string,
  types: readonly TaskType[],
  signal: AbortSignal | undefined,
  onProgress: ProcessOptions["onProgress"],
): Promise<{ task: Task | null; isOurs: boolean; waitMs: number | null } | "trapped"> {
  try {
    return await client.call("runTask", [{ worker, types }], { signal, onProgress });
  } catch (error) {
    if (!isCogridError(error, "bug")) throw error;
    await client.call("releaseWorkers", [[worker]]);
    return "trapped";
  }
}

async function releaseDead(client: EngineClient, host: QueueHost): Promise<void> {
  const dead = await host.dead(await client.call("queueWorkers", []));
  if (dead.length > 0) await client.call("releaseWorkers", [[...dead]]);
}

/** Listens from now on; `next` resolves at once when something has come since. */
function newsOf(host: QueueHost): {
  next(client: EngineClient, waitMs: number | null, signal: AbortSignal | undefined): Promise<void>;
  end(): void;
} {
  let hasNews = false;
  let wake = (): void => {
    hasNews = true;
  };
  const end = host.listen(() => wake());
  return {
    end,
    next: async (client, waitMs, signal) => {
      const others = await client.call("queueWorkers", []);
      if (hasNews || signal?.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
        const ms = Math.min(waitMs ?? Number.POSITIVE_INFINITY, host.pollMs ?? Number.POSITIVE_INFINITY);
        const timer = Number.isFinite(ms) ? setTimeout(resolve, ms) : undefined;
        const unwatch = host.watch(others, () => wake());
        signal?.addEventListener("abort", () => wake(), { once: true });
        const settle = wake;
        wake = () => {
          clearTimeout(timer);
          unwatch();
          settle();
        };
      });
    },
  };
}

function count(summary: { -readonly [K in keyof ProcessSummary]: number }, task: Task, isOurs: boolean): void {
  if (!isOurs) summary.lost++;
  else if (task.status === "done") summary.done++;
  else if (task.status === "failed") summary.failed++;
  else if (task.status === "cancelled") summary.cancelled++;
  else summary.retried++;
}

function createProcessor(client: EngineClient, host: QueueHost, options: ProcessorOptions): Processor {
  let state: Processor["state"] = "stopped";
  let stopping = new AbortController();
  let running: Promise<unknown> = Promise.resolve();
  let resume: (() => void) | undefined;

  const mayClaim = (): Promise<void> =>
    new Promise((resolve) => {
      if (state !== "paused") resolve();
      else resume = chain(resume, resolve);
    });
  const begin = (): void => {
    const { signal } = stopping;
    running = processQueue(client, host, { ...options, signal, watch: true, mayClaim }).catch((error: unknown) => {
      if (isAbortError(error) || isCogridError(error, "usage.closed")) return;
      state = "stopped";
      options.onError?.(error);
    });
  };
  return {
    get state() {
      return state;
    },
    start: () => {
      const before = state;
      state = "running";
      if (before === "paused") {
        resume?.();
        resume = undefined;
      } else if (before === "stopped") {
        stopping = new AbortController();
        begin();
      }
    },
    pause: () => {
      if (state === "running") state = "paused";
    },
    stop: async () => {
      state = "stopped";
      stopping.abort();
      resume?.();
      resume = undefined;
      await running;
    },
  };
}

function chain(first: (() => void) | undefined, second: () => void): () => void {
  return () => {
    first?.();
    second();
  };
}

/** A task in the core's words. */
function taskOf(options: EnqueueOptions): unknown {
  const { type, source, grid, priority, dependsOn, maxRetries, ...parameters } = options;
  const sourceRef = typeof source === "string" ? source : source instanceof URL ? source.href : source?.id;
  if (typeof sourceRef !== "string") {
    throw new CogridError("usage.task", "expected a stored source or a URL: bytes do not wait in a queue", {
      hint: "register the source first",
    });
  }
  return {
    type,
    source: sourceRef,
    grid: grid === undefined ? null : typeof grid === "string" || "type" in grid ? grid : grid.id,
    priority: priority ?? 0,
    dependsOn: (dependsOn ?? []).map((task) => (typeof task === "string" ? task : task.id)),
    ...(maxRetries === undefined ? {} : { maxRetries }),
    parameters: Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)),
  };
}
