#!/usr/bin/env node
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { openWorkspace } from "cogrid";
import { run } from "./cli/run.js";

// The engine's promise never hears of a trap inside one of its tasks: the process does.
process.on("uncaughtException", (error) => {
  process.stderr.write(`error[bug]: ${error.message}\n  please report it with the command that led here\n`);
  if (process.argv.includes("--debug")) process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
// Older Nodes call their SQLite experimental with every command: of no use to who runs one.
process.removeAllListeners("warning");
process.on("warning", (warning) => {
  if (warning.name !== "ExperimentalWarning") process.stderr.write(`${warning.name}: ${warning.message}\n`);
});
// `cogrid … | head` closes our output: that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));

process.exitCode = await run(process.argv.slice(2), {
  openWorkspace,
  version: (JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string })
    .version,
  environment: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  isTerminal: process.stderr.isTTY === true,
  onInterrupt: (listener) => {
    process.once("SIGINT", listener);
    process.once("SIGTERM", listener);
  },
  runAgain: (args, signal) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [fileURLToPath(import.meta.url), ...args], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      let out = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        out += text;
      });
      signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
      child.once("error", reject);
      child.once("close", (status, killer) => resolve({ status, out, killed: killer !== null }));
    }),
});
