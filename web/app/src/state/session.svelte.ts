import {
  type DatasetInfo,
  type FileHandle,
  isCogridError,
  openWorkspace,
  type SourceRecord,
  type Statistics,
  type Workspace,
} from "cogrid";
import { recall, remember } from "./memory";
import { problems } from "./problems.svelte";

/** The workspace with its sources, and the source that the page shows. */
class Session {
  workspace = $state.raw<Workspace | null>(null);
  /** Why there is no workspace and will be none; the page says so. */
  failed = $state(false);
  sources = $state.raw<readonly SourceRecord[]>([]);
  selected = $state.raw<SourceRecord | null>(null);
  info = $state.raw<DatasetInfo | null>(null);
  /** What pictures are stretched by: of the most detailed level that is quickly read. */
  statistics = $state.raw<(Statistics & { readonly isExact: boolean }) | null>(null);
  /** The selected source's bytes must be given again: the browser kept no handle of the file. */
  needsFile = $state(false);
  /** The browser kept the selected source's file, and wants the user's word before the page may read it. */
  needsPermission = $state(false);
  /** Whether pixels of the selected source can't be read before the user acts. */
  readonly isOutOfReach = $derived(this.needsFile || this.needsPermission);
  /** What is being opened, for the person who waits. */
  opening = $state<string | null>(null);
  #turn = 0;
  readonly #started = Promise.withResolvers<void>();

  async start(): Promise<void> {
    try {
      this.workspace = await openWorkspace({ name: "page" });
      await this.refresh();
    } catch (error) {
      this.failed = true;
      problems.report("The engine could not start", error);
      return;
    } finally {
      this.#started.resolve();
    }
    const last = recall("source");
    const source = this.sources.find(({ id }) => id === last) ?? this.sources[0];
    if (source) await this.select(source);
  }

  async refresh(): Promise<void> {
    this.sources = (await this.workspace?.sources.list()) ?? [];
  }

  /** Adds a raster, or finds the one that is already there, and shows it. True when it is there. */
  async add(
    input: string | File | FileHandle,
    details: { name?: string; units?: string; description?: string } = {},
  ): Promise<boolean> {
    if (this.opening) return false;
    const label = details.name ?? (typeof input === "string" ? input : input.name);
    this.opening = label;
    try {
      // The page can be used before the engine has loaded.
      await this.#started.promise;
      const { workspace } = this;
      if (!workspace) throw new Error("the engine did not start, reload the page to try again");
      const known = typeof input === "string" ? this.sources.find(({ location }) => location === input) : undefined;
      if (known) {
        await this.select(known);
        return true;
      }
      const name = this.#freeName(details.name ?? lastPart(typeof input === "string" ? input : input.name));
      const source = await workspace.sources.register(input, { ...details, name });
      await this.refresh();
      await this.select(source);
      return true;
    } catch (error) {
      problems.report(`Could not open ${label}`, error);
      return false;
    } finally {
      this.opening = null;
    }
  }

  /** Gives a stored file its bytes again. */
  async attach(source: SourceRecord, file: File | FileHandle): Promise<void> {
    try {
      await this.workspace?.sources.attach(source, file);
      await this.select(source);
    } catch (error) {
      problems.report(`${file.name} is not the file that was stored`, error);
    }
  }

  /** Asks for the kept file of a source: to be called from a click. */
  async reopen(source: SourceRecord): Promise<void> {
    try {
      const isOpen = await this.workspace?.sources.reopen(source);
      if (isOpen) return await this.select(source);
    } catch (error) {
      problems.report(`Could not read ${source.name}`, error);
    }
    // A no is no to this handle: the file can still be chosen.
    this.needsPermission = false;
    this.needsFile = true;
  }

  async select(source: SourceRecord): Promise<void> {
    const { workspace } = this;
    if (!workspace) return;
    const turn = ++this.#turn;
    this.selected = source;
    this.info = null;
    this.statistics = null;
    this.needsFile = false;
    this.needsPermission = false;
    remember("source", source.id);
    try {
      const info = await workspace.sources.info(source);
      if (turn !== this.#turn) return;
      this.info = info;
      const overview = quickLevel(info);
      const statistics = await workspace.sources.stats(source, { overview });
      if (turn === this.#turn) this.statistics = { ...statistics, isExact: overview === 0 };
    } catch (error) {
      if (turn !== this.#turn) return;
      if (isCogridError(error, "source.permission")) this.needsPermission = true;
      else if (source.location.startsWith("file:") && isCogridError(error, "source.detached")) this.needsFile = true;
      else problems.report(`Could not read ${source.name}`, error);
    }
  }

  async remove(source: SourceRecord): Promise<void> {
    try {
      await this.workspace?.sources.remove(source);
      await this.refresh();
    } catch (error) {
      problems.report(`Could not remove ${source.name}`, error);
    }
    if (this.selected?.id !== source.id) return;
    this.#turn++;
    this.selected = null;
    this.info = null;
    this.statistics = null;
    this.needsFile = false;
    this.needsPermission = false;
    const next = this.sources[0];
    if (next) await this.select(next);
  }

  #freeName(wanted: string): string {
    const taken = new Set(this.sources.map(({ name }) => name));
    for (let k = 1; ; k++) {
      const name = k === 1 ? wanted : `${wanted} (${k})`;
      if (!taken.has(name)) return name;
    }
  }
}

export const session = new Session();

/** The most detailed level of at most `QUICK_PIXELS`, else the coarsest; 0 is full resolution. */
function quickLevel(info: DatasetInfo): number {
  const levels = [info, ...info.overviews];
  const quick = levels.findIndex(({ width, height }) => width * height <= QUICK_PIXELS);
  return quick >= 0 ? quick : levels.length - 1;
}

const QUICK_PIXELS = 512 * 512;

function lastPart(location: string): string {
  const path = location.split(/[?#]/)[0] ?? location;
  const last = path.split("/").filter(Boolean).at(-1) ?? location;
  return decodeURIComponent(last).replace(/\.tiff?$/i, "");
}
