import { Worker } from "node:worker_threads";
import type { FromWorker, ToWorker } from "./protocol.js";
import type { WorkerLike } from "./worker-client.js";

/** An engine's worker as a thread of Node. It keeps the process alive only while it has something to do. */
export function createNodeWorker(): WorkerLike {
  const worker = new Worker(new URL("./node-worker.js", import.meta.url), { name: "cogrid" });
  const open = new Set<number | "boot">();
  let isTerminated = false;
  worker.unref();
  const settle = (task: number | "boot"): void => {
    if (open.delete(task) && open.size === 0) worker.unref();
  };
  const on = (event: "message" | "messageerror" | "error" | "exit", listener: (detail: never) => void): void => {
    worker.on(event, listener as (detail: unknown) => void);
    // Listening to messages holds the process: only open tasks should.
    if (open.size === 0) worker.unref();
  };
  return {
    postMessage: (message, transfer) => {
      const { kind } = message as ToWorker;
      if (kind === "boot" || kind === "call") {
        open.add(kind === "boot" ? "boot" : (message as { id: number }).id);
        worker.ref();
      }
      worker.postMessage(message, transfer as never[]);
    },
    addEventListener: (type, listener) => {
      if (type === "message") {
        on("message", (data: FromWorker) => {
          if (data.kind === "ready" || data.kind === "boot-failed") settle("boot");
          else if (data.kind === "result" || data.kind === "failed") settle(data.id);
          listener({ data } as MessageEvent<FromWorker>);
        });
      } else if (type === "messageerror") {
        on("messageerror", () => listener(new Event("messageerror")));
      } else {
        on("error", (error: Error) => listener(failure(error.message)));
        on("exit", (code: number) => {
          if (!isTerminated) listener(failure(`its thread ended with ${code}`));
        });
      }
    },
    terminate: () => {
      isTerminated = true;
      void worker.terminate();
    },
  };
}

// The part of an ErrorEvent that is looked at; Node has no such class.
function failure(message: string): Event {
  return Object.assign(new Event("error", { cancelable: true }), { message });
}
