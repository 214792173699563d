import { hostname } from "node:os";
import type { QueueHost } from "./queue.js";

/** Workers of processes: those of this machine are asked for by their process ids; news of others are looked for. */
export function nodeQueueHost(): QueueHost {
  const machine = hostname();
  const listeners = new Set<() => void>();
  let count = 0;
  return {
    enter: async () => ({ name: `${machine}:${process.pid}:${crypto.randomUUID()}`, leave: () => undefined }),
    dead: async (workers) =>
      workers.filter((worker) => {
        const [place, pid] = worker.split(":");
        return place === machine && pid !== undefined && !lives(Number(pid));
      }),
    announce: () => {
      for (const listener of [...listeners]) listener();
    },
    listen: (onNews) => {
      listeners.add(onNews);
      return () => listeners.delete(onNews);
    },
    watch: () => () => undefined,
    // Spread out, so that many processes don't all look at once.
    get pollMs() {
      return 200 + (count++ % 7) * 20;
    },
    close: () => listeners.clear(),
  };
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process lives too.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
