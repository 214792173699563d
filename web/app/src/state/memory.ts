/** What the page shows now, so that it shows it again after a reload. Data lives in the workspace, not here. */
export type Remembered = "source" | "result" | "ramp" | "scale" | "tasks";

export function remember(key: Remembered, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(PREFIX + key);
    else localStorage.setItem(PREFIX + key, value);
  } catch {
    // A browser that keeps nothing shows the page from its start each time.
  }
}

export function recall(key: Remembered): string | null {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

const PREFIX = "cogrid.";
