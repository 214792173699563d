/** The first file of what was dropped on the page. */
export function droppedFile(event: DragEvent): File | null {
  return event.dataTransfer?.files[0] ?? null;
}

/** What `<input type="file">` takes. */
export const RASTER_FILES = ".tif,.tiff,.gtiff,image/tiff";
