import type { QueueHost } from "./queue.js";

/**
 * Workers of a browser's tabs: each holds a Web Lock, which the browser takes from it when it dies; news go over a
 * BroadcastChannel. Where there are no locks (insecure pages), leases alone tell.
 */
export function browserQueueHost(workspace: string): QueueHost {
  const prefix = `cogrid:${workspace}:worker:`;
  const locks = typeof navigator === "undefined" ? undefined : (navigator.locks as LockManager | undefined);
  const channel =
    typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(`cogrid:${workspace}:queue`);
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };
  channel?.addEventListener("message", tell);
  return {
    enter: async () => {
      const name = `tab-${crypto.randomUUID()}`;
      if (locks === undefined) return { name, leave: () => undefined };
      return new Promise((resolve, reject) => {
        locks.request(`${prefix}${name}`, () => new Promise<void>((leave) => resolve({ name, leave }))).catch(reject);
      });
    },
    dead: async (workers) => {
      const ours = workers.filter((worker) => worker.startsWith("tab-"));
      if (locks === undefined || ours.length === 0) return [];
      const { held = [] } = await locks.query();
      const living = new Set(held.map(({ name }) => name));
      return ours.filter((worker) => !living.has(`${prefix}${worker}`));
    },
    announce: () => {
      channel?.postMessage("changed");
      tell();
    },
    listen: (onNews) => {
      listeners.add(onNews);
      return () => listeners.delete(onNews);
    },
    watch: (workers, onDeath) => {
      const ending = new AbortController();
      for (const worker of workers.filter((name) => name.startsWith("tab-"))) {
        // Granted when its owner lets go of it, by whatever means.
        locks
          ?.request(`${prefix}${worker}`, { mode: "shared", signal: ending.signal }, () => onDeath())
          .catch(() => undefined);
      }
      return () => ending.abort();
    },
    pollMs: channel === undefined ? 1000 : undefined,
    close: () => {
      channel?.close();
      listeners.clear();
    },
  };
}
