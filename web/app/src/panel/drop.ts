import type { FileHandle } from "cogrid";

/** A file that was chosen: with its handle, where the browser gives one, so that it is found again after a reload. */
export interface ChosenFile {
  readonly file: File;
  readonly handle: Promise<FileHandle | null>;
}

interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<{ readonly kind: string } | null>;
}

type PickingWindow = typeof globalThis & {
  showOpenFilePicker?(options: object): Promise<FileHandle[]>;
};

/** The first file of what was dropped on the page. To be called while the event lasts: after that it is empty. */
export function droppedFile({ dataTransfer }: DragEvent): ChosenFile | null {
  const item = [...(dataTransfer?.items ?? [])].find(({ kind }) => kind === "file") as HandleItem | undefined;
  const file = item?.getAsFile();
  if (!item || !file) return null;
  const asked = item.getAsFileSystemHandle?.() ?? Promise.resolve(null);
  const handle = asked.then(
    (found) => (found?.kind === "file" ? (found as FileHandle) : null),
    () => null,
  );
  return { file, handle };
}

/** Whether {@link pickRaster} can ask; elsewhere an `<input type="file">` does. */
export function canPick(): boolean {
  return typeof (globalThis as PickingWindow).showOpenFilePicker === "function";
}

/** The file that the user chooses; `null` where they choose none. */
export async function pickRaster(): Promise<FileHandle | null> {
  const types = [{ description: "GeoTIFF", accept: { "image/tiff": RASTER_FILES.split(",").filter(isExtension) } }];
  try {
    const [handle] = (await (globalThis as PickingWindow).showOpenFilePicker?.({ types })) ?? [];
    return handle ?? null;
  } catch (error) {
    if ((error as Error).name === "AbortError") return null;
    throw error;
  }
}

function isExtension(name: string): boolean {
  return name.startsWith(".");
}

/** Whether a file holds polygons rather than a raster, by its name. */
export function isGeoJson({ name }: File): boolean {
  return /\.(geo)?json$/i.test(name);
}

/** What `<input type="file">` takes of polygons. */
export const ZONE_FILES = ".geojson,.json,application/geo+json";

/** What `<input type="file">` takes. */
export const RASTER_FILES = ".tif,.tiff,.gtiff,image/tiff";
