import type { GridDefinition, GridDescription, Processor, SourceRecord, Task } from "cogrid";
import { job } from "./job.svelte";
import { recall, remember } from "./memory";
import { problems } from "./problems.svelte";
import { session } from "./session.svelte";

/** The workspace's queue as the page shows it, and the worker of this tab. */
class Tasks {
  /** Newest first. */
  list = $state.raw<readonly Task[]>([]);
  /** Stored grids by id. */
  grids = $state.raw<ReadonlyMap<string, GridDescription>>(new Map());
  isPaused = $state(recall("tasks") === "paused");
  #processor: Processor | null = null;
  #looking: Promise<void> | null = null;
  #lookAgain = false;
  /** When the queue was last looked at. */
  #lookedMs = 0;

  /** Goes on with what the last visit left; other tabs' work is looked at now and then. */
  async start(): Promise<void> {
    const { workspace } = session;
    if (!workspace) return;
    this.#processor = workspace.queue.processor({
      onTask: () => void this.refresh().then(() => job.refresh()),
      onProgress: () => {
        if (performance.now() - this.#lookedMs > PROGRESS_MS) void this.refresh();
      },
      onError: (error) => problems.report("Work on the queue has ended", error),
    });
    this.#processor.start();
    if (this.isPaused) this.#processor.pause();
    await this.refresh();
    setInterval(() => {
      if (document.visibilityState === "visible") void this.refresh();
    }, LOOK_MS);
  }

  /** Looks at the queue; calls that come meanwhile share one further look. */
  refresh(): Promise<void> {
    if (this.#looking) {
      this.#lookAgain = true;
      return this.#looking;
    }
    this.#looking = this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async add(source: SourceRecord, definition: GridDefinition, method: string): Promise<void> {
    const { workspace } = session;
    if (!workspace) return;
    try {
      const grid = await workspace.grids.add(definition);
      await workspace.queue.enqueue({ type: "resampling", source, grid, method });
    } catch (error) {
      problems.report("Could not add the task", error);
    }
    await this.refresh();
  }

  async retry(...tasks: Task[]): Promise<void> {
    await session.workspace?.queue
      .retry(...tasks)
      .catch((error: unknown) => problems.report("Could not retry the task", error));
    await this.refresh();
  }

  async cancel(...tasks: Task[]): Promise<void> {
    await session.workspace?.queue
      .cancel(...tasks)
      .catch((error: unknown) => problems.report("Could not cancel the task", error));
    await this.refresh();
  }

  togglePause(): void {
    this.isPaused = !this.isPaused;
    remember("tasks", this.isPaused ? "paused" : null);
    if (this.isPaused) this.#processor?.pause();
    else this.#processor?.start();
  }

  async #look(): Promise<void> {
    do {
      this.#lookAgain = false;
      this.#lookedMs = performance.now();
      try {
        const tasks = (await session.workspace?.queue.list()) ?? [];
        if (tasks.some(({ grid }) => typeof grid === "string" && !this.grids.has(grid))) {
          const grids = (await session.workspace?.grids.list()) ?? [];
          this.grids = new Map(grids.map((grid) => [grid.id, grid]));
        }
        this.list = tasks.toReversed();
      } catch (error) {
        problems.report("Could not look at the queue", error);
      }
    } while (this.#lookAgain);
  }
}

/** How often the progress of a running task is looked up, ms. */
const PROGRESS_MS = 400;

/** How often other tabs' work is looked at, ms. */
const LOOK_MS = 2000;

export const tasks = new Tasks();
