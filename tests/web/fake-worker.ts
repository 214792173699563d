import type { EngineConstructor } from "../../web/lib/engine.js";
import type { Build } from "../../web/lib/protocol.js";
import type { WorkerLike } from "../../web/lib/worker-client.js";
import { serveEngine } from "../../web/lib/worker-host.js";

type Listener = (event: Event) => void;

/** A worker in this thread: messages are structured-cloned and arrive later, as between threads. */
export class FakeWorker implements WorkerLike {
  terminated = false;
  readonly builds: Build[] = [];
  readonly #page = new Map<string, Listener[]>();
  readonly #inside = new Map<string, Listener[]>();

  constructor(load: (build: Build) => EngineConstructor | Promise<EngineConstructor>) {
    serveEngine(
      {
        postMessage: (message, transfer) =>
          this.#deliver(this.#page, "message", structuredClone(message, { transfer })),
        addEventListener: (type, listener) => listen(this.#inside, type, listener),
      },
      async (build) => {
        this.builds.push(build);
        return load(build);
      },
      () => undefined,
    );
  }

  postMessage(message: unknown, transfer: Transferable[]): void {
    this.#deliver(this.#inside, "message", structuredClone(message, { transfer }));
  }

  addEventListener(type: "message" | "error" | "messageerror", listener: Listener): void {
    listen(this.#page, type, listener);
  }

  terminate(): void {
    this.terminated = true;
  }

  /** What the browser does when the worker's script fails. */
  fail(type: "error" | "messageerror", fields: object = {}): void {
    for (const listener of this.#page.get(type) ?? [])
      listener(Object.assign(new Event(type, { cancelable: true }), fields));
  }

  /** An error that no promise hears of, inside the worker. */
  trap(error: unknown): void {
    for (const listener of this.#inside.get("error") ?? []) listener(Object.assign(new Event("error"), { error }));
  }

  #deliver(to: Map<string, Listener[]>, type: string, data: unknown): void {
    queueMicrotask(() => {
      if (this.terminated) return;
      for (const listener of to.get(type) ?? []) listener(new MessageEvent(type, { data }));
    });
  }
}

function listen(listeners: Map<string, Listener[]>, type: string, listener: Listener): void {
  listeners.set(type, [...(listeners.get(type) ?? []), listener]);
}
