import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** Writes a file from its parts, text or bytes. */
export async function writeParts(path: string, parts: Iterable<string | Uint8Array>): Promise<void> {
  await writeWhole(path, async (file) => {
    for (const part of batches(parts)) await file.writeFile(part);
  });
}

/** Has `write` fill a file. Its name appears when all is written: no reader sees half a file. */
export async function writeWhole(path: string, write: (file: FileHandle) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.${randomUUID()}.part`;
  const file = await open(partial, "wx");
  try {
    await write(file);
    await file.close();
    await rename(partial, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(partial, { force: true });
    throw error;
  }
}

/** Writes all of `bytes` at `position`. */
export async function writeAt(file: FileHandle, position: number, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

/** The parts, with short texts joined: a write per cell would take most of the time. */
export function* batches(parts: Iterable<string | Uint8Array>): Generator<string | Uint8Array> {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
      if (text.length < BATCH_CHARS) continue;
    }
    if (text !== "") yield text;
    text = "";
    if (typeof part !== "string") yield part;
  }
  if (text !== "") yield text;
}

const BATCH_CHARS = 1 << 18;
