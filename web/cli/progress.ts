import type { Progress } from "cogrid";

/** Shows how far a call is. */
export interface ProgressLine {
  update(progress: Progress): void;
  /** Leaves the terminal clean. */
  end(): void;
}

/** A bar that redraws itself on a terminal; elsewhere a line every few seconds. `nowMs` is the clock. */
export function progressLine(
  write: (text: string) => void,
  isTerminal: boolean,
  nowMs: () => number = () => performance.now(),
): ProgressLine {
  let last = nowMs();
  let drawn = "";
  return {
    update: (progress) => {
      const now = nowMs();
      if (now - last < (isTerminal ? 100 : 3000)) return;
      last = now;
      drawn = format(progress, isTerminal);
      write(isTerminal ? `\r\x1b[K${drawn}` : `${drawn}\n`);
    },
    end: () => {
      if (isTerminal && drawn !== "") write("\r\x1b[K");
    },
  };
}

/** What `work` gives, whose progress is shown while it runs. */
export async function showingProgress<T>(
  { err, isTerminal }: { err(text: string): void; readonly isTerminal: boolean },
  work: (onProgress: ProgressLine["update"]) => Promise<T>,
): Promise<T> {
  const line = progressLine(err, isTerminal);
  try {
    return await work(line.update);
  } finally {
    line.end();
  }
}

function format({ phase, done, total, bytes }: Progress, withBar: boolean): string {
  const part = total > 0 ? Math.min(1, done / total) : 0;
  const bar = withBar ? `${"█".repeat(Math.round(part * 24)).padEnd(24, "░")} ` : "";
  return `${bar}${phase} ${Math.floor(part * 100)} % (${(bytes / 1e6).toFixed(1)} MB read)`;
}
