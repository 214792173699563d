import type { EngineClient } from "./engine.js";
import { CogridError } from "./errors.js";
import type { FileHandle } from "./types.js";

/** Handles of the files of a workspace, by the name under which the engine asks for them. */
export interface KeptFiles {
  put(name: string, handle: FileHandle): Promise<void>;
  get(name: string): Promise<FileHandle | undefined>;
  remove(name: string): Promise<void>;
}

/** The file handles that the browser keeps for the workspace `workspace`, in a database beside its own. */
export function keptFiles(workspace: string): KeptFiles {
  const database = `cogrid:${workspace}:files`;
  return {
    put: (name, handle) => within(database, "readwrite", (store) => store.put(handle, name)).then(() => undefined),
    get: (name) => within<FileHandle | undefined>(database, "readonly", (store) => store.get(name)),
    remove: (name) => within(database, "readwrite", (store) => store.delete(name)),
  };
}

/**
 * The bytes of a kept file; `undefined` where no handle is kept.
 *
 * @throws CogridError `source.permission` where the user must be asked first, `source.detached` where the file is gone.
 */
export async function openKeptFile(files: KeptFiles, name: string): Promise<File | undefined> {
  // A browser that does not let us keep handles has none.
  const handle = await files.get(name).catch(() => undefined);
  if (handle === undefined) return undefined;
  // Where nobody can be asked, nobody has to be.
  const permission = (await handle.queryPermission?.({ mode: "read" })) ?? "granted";
  if (permission !== "granted") {
    throw new CogridError("source.permission", `the browser asks again before it lets this page read ${name}`, {
      url: `file:${name}`,
      hint: "call sources.reopen from a click, or choose the file again",
    });
  }
  return fileOf(handle, name);
}

/**
 * Asks the user, whose click this must come from, for the kept file of a stored source, and gives it to the engine.
 * False where there is none to ask for, or the answer is no.
 */
export async function reopen(client: EngineClient, files: KeptFiles, ref: string): Promise<boolean> {
  const { id, location } = await client.call("source", [ref]);
  const name = nameOf(location);
  if (name === undefined) return false;
  const handle = await files.get(name).catch(() => undefined);
  if (handle === undefined) return false;
  const permission = (await handle.requestPermission?.({ mode: "read" })) ?? "granted";
  if (permission !== "granted") return false;
  await client.call("attach", [id, await fileOf(handle, name)]);
  return true;
}

/** The name under which the engine asks for the bytes of `location`; `undefined` where it needs nobody. */
export function nameOf(location: string): string | undefined {
  return location.startsWith("file:") ? location.slice("file:".length) : undefined;
}

export function isFileHandle(value: unknown): value is FileHandle {
  const { kind, getFile } = (value ?? {}) as Partial<FileHandle>;
  return kind === "file" && typeof getFile === "function";
}

async function fileOf(handle: FileHandle, name: string): Promise<File> {
  try {
    return await handle.getFile();
  } catch (cause) {
    throw new CogridError("source.detached", `the file ${name} is not where it was`, {
      url: `file:${name}`,
      hint: "choose it again",
      cause,
    });
  }
}

/** The answer of one request to the store of handles, in a transaction of its own. */
async function within<T>(
  database: string,
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest,
): Promise<T> {
  const opening = indexedDB.open(database, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  const opened = await new Promise<IDBDatabase>((resolve, reject) => {
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  try {
    const transaction = opened.transaction(STORE, mode);
    const request = ask(transaction.objectStore(STORE));
    return await new Promise<T>((resolve, reject) => {
      transaction.oncomplete = () => resolve(request.result as T);
      transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    opened.close();
  }
}

const STORE = "handles";
