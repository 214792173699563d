import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { CallHooks, EngineArgs, EngineClient, EngineMethod, EngineResult, StoreKind } from "./engine.js";
import { CogridError, isCogridError } from "./errors.js";
import { noFile, OpenFiles } from "./node-open-files.js";
import type { RangeSource, SourceRecord } from "./types.js";

/** A client that also takes paths where a source is meant, and finds the files of stored sources again. */
export class FileClient implements EngineClient {
  readonly #client: ReadyClient;
  readonly #onClose: () => void;
  readonly #files = new OpenFiles();
  readonly #attached = new Set<string>();
  /** Paths whose file has changed since the engine opened it under its name. */
  readonly #changed = new Set<string>();

  constructor(client: ReadyClient, onClose: () => void) {
    this.#client = client;
    this.#onClose = onClose;
  }

  ready(): Promise<void> {
    return this.#client.ready();
  }

  async call<M extends EngineMethod>(method: M, args: EngineArgs<M>, hooks?: CallHooks): Promise<EngineResult<M>> {
    if (method === "enqueue") return this.#client.call(method, await this.#ofPath(args), hooks);
    const [first, ...rest] = args as unknown[];
    if (!TAKES_BYTES.has(method)) return this.#client.call(method, args, hooks);
    const isNew = method === "registerSource";
    const found = (ref: string) => (isNew ? this.#toRegister(ref) : this.#find(ref, IS_SHARED.has(method)));
    const source = typeof first === "string" ? await found(first) : first;
    const result = await this.#client
      .call(method, [source, ...rest] as unknown as EngineArgs<M>, hooks)
      .catch(async (error) => {
        if (isCogridError(error, "source.changed")) await this.#forget(error.url);
        throw error;
      });
    if (isNew && typeof source !== "string") this.#attached.add((result as SourceRecord).id);
    return result;
  }

  threads(): number {
    return this.#client.threads();
  }

  storeKind(): StoreKind {
    return this.#client.storeKind();
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#files.close();
    this.#onClose();
  }

  /** The bytes of a stored source, for the engine that comes to it by itself: for a task, for example. */
  async openFile(path: string): Promise<RangeSource> {
    return this.#files.openUnchanged(path);
  }

  // A task that names a path keeps the whole path: it may run in another folder.
  async #ofPath<M extends EngineMethod>(args: EngineArgs<M>): Promise<EngineArgs<M>> {
    const [task] = args as [{ source: string }];
    if (isRemote(task.source)) return args;
    const source = await this.#find(task.source);
    const ref = typeof source === "string" ? source : `file:${source.name}`;
    return [{ ...task, source: ref }] as unknown as EngineArgs<M>;
  }

  async #toRegister(location: string): Promise<string | RangeSource> {
    if (isRemote(location)) return location;
    const path = pathOf(location);
    await this.#files.forgetChanged(path);
    return (await this.#files.open(path)) ?? Promise.reject(noFile(location));
  }

  /**
   * The source of a name, id, path or URL: names come first. A path is the file itself for calls that other engines may
   * share, which can't ask for it, and where the engine knows an older one; else its name, under which it stays open.
   */
  async #find(ref: string, isShared = false): Promise<string | RangeSource> {
    if (isRemote(ref)) return ref;
    let record: SourceRecord;
    try {
      record = await this.#client.call("source", [ref]);
    } catch (error) {
      if (!isCogridError(error, "usage.unknown_source")) throw error;
      const path = pathOf(ref);
      if (await this.#files.forgetChanged(path)) this.#changed.add(path);
      const file = await this.#files.open(path);
      if (file !== undefined) return isShared || this.#changed.has(path) ? file : `file:${path}`;
      throw new CogridError("source.not_found", `${error.message}, and there is no file ${path}`, {
        url: path,
        hint: error.hint,
      });
    }
    if (!record.location.startsWith("file:")) return record.id;
    const path = record.location.slice("file:".length);
    if (await this.#files.forgetChanged(path)) this.#attached.delete(record.id);
    if (!this.#attached.has(record.id)) {
      const file = await this.#files.open(path);
      if (file === undefined) throw noFile(path);
      await this.#client.call("attach", [record.id, file]);
      this.#attached.add(record.id);
    }
    return record.id;
  }

  /** The next call opens the file anew. */
  async #forget(path: string | undefined): Promise<void> {
    if (await this.#files.forget(path?.replace(/^file:/, "") ?? "")) this.#attached.clear();
  }
}

/** A client that can say when its engine is up. */
interface ReadyClient extends EngineClient {
  ready(): Promise<void>;
}

function pathOf(location: string): string {
  return location.startsWith("file://") ? fileURLToPath(location) : resolve(location);
}

// One letter before the colon is a Windows drive.
function isRemote(location: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(location) && !location.startsWith("file:");
}

/** Calls with a source of which other engines may compute a part. */
const IS_SHARED: ReadonlySet<EngineMethod> = new Set<EngineMethod>(["resample", "addFeatures"]);

/** Calls whose first argument is a source. */
const TAKES_BYTES: ReadonlySet<EngineMethod> = new Set<EngineMethod>([
  "registerSource",
  "info",
  "read",
  "statistics",
  "tile",
  "addFeatures",
  "point",
  "resample",
  "examine",
  "explain",
  "mapTile",
]);
