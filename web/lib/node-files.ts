import { type FileHandle, open, stat as statOf } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { CallHooks, EngineArgs, EngineClient, EngineMethod, EngineResult, StoreKind } from "./engine.js";
import { abortError, CogridError, isCogridError } from "./errors.js";
import type { RangeSource, SourceRecord } from "./types.js";

/** A client that also takes paths where a source is meant, and finds the files of stored sources again. */
export class FileClient implements EngineClient {
  readonly #client: ReadyClient;
  readonly #onClose: () => void;
  readonly #files = new Map<string, OpenFile>();
  readonly #attached = new Set<string>();

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
    const source = typeof first !== "string" ? first : isNew ? await this.#toRegister(first) : await this.#find(first);
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
    await Promise.all([...this.#files.values()].map((file) => file.handle.close()));
    this.#files.clear();
    this.#onClose();
  }

  /** The bytes of a stored source, for the engine that comes to it by itself: for a task, for example. */
  async openFile(path: string): Promise<RangeSource> {
    const known = this.#files.get(path);
    if (known !== undefined) {
      const now = await statOf(path).catch(() => undefined);
      if (now?.size !== known.source.size || now.mtimeMs !== known.source.lastModified) await this.#forget(path);
    }
    return (await this.#open(path)) ?? Promise.reject(noFile(path));
  }

  // A task that names a path keeps the whole path: it may run in another folder.
  async #ofPath<M extends EngineMethod>(args: EngineArgs<M>): Promise<EngineArgs<M>> {
    const [task] = args as [{ source: string }];
    if (isRemote(task.source)) return args;
    const source = await this.#find(task.source);
    const ref = typeof source === "string" ? source : `file:${pathOf(task.source)}`;
    return [{ ...task, source: ref }] as unknown as EngineArgs<M>;
  }

  async #toRegister(location: string): Promise<string | RangeSource> {
    if (isRemote(location)) return location;
    return (await this.#open(pathOf(location))) ?? Promise.reject(noFile(location));
  }

  /** The source of a name, id, path or URL: names come first. */
  async #find(ref: string): Promise<string | RangeSource> {
    if (isRemote(ref)) return ref;
    let record: SourceRecord;
    try {
      record = await this.#client.call("source", [ref]);
    } catch (error) {
      if (!isCogridError(error, "usage.unknown_source")) throw error;
      const path = pathOf(ref);
      const file = await this.#open(path);
      if (file !== undefined) return file;
      throw new CogridError("source.not_found", `${error.message}, and there is no file ${path}`, {
        url: path,
        hint: error.hint,
      });
    }
    if (record.location.startsWith("file:") && !this.#attached.has(record.id)) {
      const path = record.location.slice("file:".length);
      const file = await this.#open(path);
      if (file === undefined) throw noFile(path);
      await this.#client.call("attach", [record.id, file]);
      this.#attached.add(record.id);
    }
    return record.id;
  }

  /** The next call opens the file anew. */
  async #forget(path: string | undefined): Promise<void> {
    const file = this.#files.get(path?.replace(/^file:/, "") ?? "");
    if (file === undefined) return;
    this.#files.delete(file.source.name);
    this.#attached.clear();
    await file.handle.close();
  }

  async #open(path: string): Promise<RangeSource | undefined> {
    const known = this.#files.get(path);
    if (known !== undefined) return known.source;
    const file = await openFile(path);
    if (file === undefined) return undefined;
    const raced = this.#files.get(path);
    if (raced !== undefined) {
      await file.handle.close();
      return raced.source;
    }
    const source: RangeSource = { ...file.source, sibling: (suffix) => this.#open(path + suffix) };
    this.#files.set(path, { ...file, source });
    return source;
  }
}

/** A client that can say when its engine is up. */
interface ReadyClient extends EngineClient {
  ready(): Promise<void>;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly source: RangeSource;
}

async function openFile(path: string): Promise<OpenFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, "r");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new CogridError("source.read", `${path} cannot be opened (${code})`, { url: path, cause: error });
  }
  const stat = await handle.stat();
  if (stat.isDirectory()) {
    await handle.close();
    throw new CogridError("source.read", `expected a file, got the directory ${path}`, { url: path });
  }
  const read: RangeSource["read"] = async (offset, length, options) => {
    if (options?.signal?.aborted) throw abortError();
    // Never allocate what a lying header asks for beyond the file.
    const bytes = new Uint8Array(Math.max(0, Math.min(length, stat.size - offset)));
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    // After the read: what was written over meanwhile shows too.
    const now = await handle.stat();
    if (now.size !== stat.size || now.mtimeMs !== stat.mtimeMs) {
      throw new CogridError("source.changed", `${path} changed while it was read`, { url: path });
    }
    return bytes.subarray(0, done);
  };
  return { handle, source: { read, size: stat.size, name: path, lastModified: stat.mtimeMs } };
}

function pathOf(location: string): string {
  return location.startsWith("file://") ? fileURLToPath(location) : resolve(location);
}

// One letter before the colon is a Windows drive.
function isRemote(location: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(location) && !location.startsWith("file:");
}

function noFile(path: string): CogridError {
  return new CogridError("source.not_found", `there is no file ${path}`, {
    url: path,
    hint: "give the path of a GeoTIFF, or its URL with https://",
  });
}

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
