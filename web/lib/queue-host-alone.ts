import type { QueueHost } from "./queue.js";

/** Workers where a session knows of no other: an isolate. Leases tell of the dead. */
export function lonelyQueueHost(): QueueHost {
  const listeners = new Set<() => void>();
  return {
    enter: async () => ({ name: `isolate-${crypto.randomUUID()}`, leave: () => undefined }),
    dead: async () => [],
    announce: () => {
      for (const listener of [...listeners]) listener();
    },
    listen: (onNews) => {
      listeners.add(onNews);
      return () => listeners.delete(onNews);
    },
    watch: () => () => undefined,
    pollMs: 1000,
    close: () => listeners.clear(),
  };
}
