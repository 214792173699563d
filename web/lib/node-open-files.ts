import { Buffer } from "node:buffer";
import { type FileHandle, open, stat as statOf } from "node:fs/promises";
import { abortError, CogridError } from "./errors.js";
import type { RangeSource } from "./types.js";

/** Files by path, each opened once. */
export class OpenFiles {
  readonly #files = new Map<string, OpenFile>();

  /** The bytes of the file; `undefined` where there is none. */
  async open(path: string): Promise<RangeSource | undefined> {
    const known = this.#files.get(path);
    if (known !== undefined) return known.source;
    const file = await openFile(path);
    if (file === undefined) return undefined;
    const raced = this.#files.get(path);
    if (raced !== undefined) {
      await file.handle.close();
      return raced.source;
    }
    const source: RangeSource = { ...file.source, sibling: (suffix) => this.open(path + suffix) };
    this.#files.set(path, { ...file, source });
    return source;
  }

  /** As {@link OpenFiles.open}, of the file as it is now. @throws CogridError `source.not_found` */
  async openUnchanged(path: string): Promise<RangeSource> {
    await this.forgetChanged(path);
    return (await this.open(path)) ?? Promise.reject(noFile(path));
  }

  /** Forgets the file if it is another one now than when it was opened; true where it was. */
  async forgetChanged(path: string): Promise<boolean> {
    const known = this.#files.get(path);
    if (known === undefined) return false;
    const now = await statOf(path).catch(() => undefined);
    if (now?.size === known.source.size && now.mtimeMs === known.source.lastModified) return false;
    return this.forget(path);
  }

  /** The next time the file is opened anew; true where it was open. */
  async forget(path: string): Promise<boolean> {
    const file = this.#files.get(path);
    if (file === undefined) return false;
    this.#files.delete(path);
    await file.handle.close();
    return true;
  }

  async close(): Promise<void> {
    const files = [...this.#files.values()];
    this.#files.clear();
    await Promise.all(files.map(({ handle }) => handle.close()));
  }
}

export function noFile(path: string): CogridError {
  return new CogridError("source.not_found", `there is no file ${path}`, {
    url: path,
    hint: "give the path of a GeoTIFF, or its URL with https://",
  });
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
    const bytes = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, stat.size - offset)));
    const changed = (cause?: unknown): CogridError =>
      new CogridError("source.changed", `${path} changed while it was read`, { url: path, cause });
    let done = 0;
    while (done < bytes.length) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, offset + done).catch((error) => {
        // Somebody else saw the change first, and closed the old file.
        throw error.code === "EBADF" ? changed(error) : error;
      });
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    // After the read: what was written over meanwhile shows too.
    const now = await handle.stat();
    if (now.size !== stat.size || now.mtimeMs !== stat.mtimeMs) throw changed();
    return bytes.subarray(0, done);
  };
  const source: RangeSource = {
    read,
    size: stat.size,
    name: path,
    lastModified: stat.mtimeMs,
    transfersBytes: true,
    maxReadBytes: 2 ** 20,
  };
  return { handle, source };
}
