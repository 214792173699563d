import { parentPort } from "node:worker_threads";
import { OpenFiles } from "./node-open-files.js";
import { loadEngine } from "./node-wasm.js";
import { serveEngine } from "./worker-host.js";

const port = parentPort;
if (port !== null) {
  const files = new OpenFiles();
  serveEngine(
    {
      postMessage: (message, transfer) => port.postMessage(message, transfer as never[]),
      addEventListener: (type, listener) => {
        if (type === "message") port.on("message", (data) => listener({ data } as MessageEvent));
        else if (type === "error") process.on("uncaughtException", (error) => listener({ error } as ErrorEvent));
        else process.on("unhandledRejection", (reason) => listener({ reason } as PromiseRejectionEvent));
      },
    },
    () => loadEngine(0),
    () => (path) => files.openUnchanged(path),
  );
}
