/** The first file of what was dropped on the page. */
export function droppedFile(event: DragEvent): File | null {
  return event.dataTransfer?.files[0] ?? null;
}

/** Whether a file holds polygons rather than a raster, by its name. */
export function isGeoJson({ name }: File): boolean {
  return /\.(geo)?json$/i.test(name);
}

/** What `<input type="file">` takes of polygons. */
export const ZONE_FILES = ".geojson,.json,application/geo+json";

/** What `<input type="file">` takes. */
export const RASTER_FILES = ".tif,.tiff,.gtiff,image/tiff";
