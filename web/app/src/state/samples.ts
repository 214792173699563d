/** A raster that comes with the page. */
export interface Sample {
  readonly url: string;
  readonly title: string;
  readonly units: string;
  readonly description: string;
  readonly attribution: string;
}

/** The rasters beside the page; none where it was put up without them. */
export async function samples(): Promise<readonly Sample[]> {
  try {
    const listUrl = new URL("samples/samples.json", document.baseURI);
    const response = await fetch(listUrl);
    if (!response.ok) return [];
    const list: readonly (Omit<Sample, "url"> & { file: string })[] = await response.json();
    return list.map(({ file, ...sample }) => ({ ...sample, url: new URL(file, listUrl).href }));
  } catch {
    return [];
  }
}
