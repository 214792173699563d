import { type CogridError, isAbortError, isCogridError, type Workspace, type WorkspaceOptions } from "cogrid";
import { CommanderError } from "commander";
import { createProgram } from "./program.js";

/** What the command line needs of its process. */
export interface Host {
  readonly openWorkspace: (options: WorkspaceOptions) => Promise<Workspace>;
  /** Of the package. */
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `err` goes to a person's terminal. */
  readonly isTerminal: boolean;
  readonly onInterrupt: (listener: () => void) => void;
  /** Runs this command line with other arguments in a process of its own; an interruption is passed on. */
  readonly runAgain: (
    args: readonly string[],
    signal: AbortSignal,
  ) => Promise<{ readonly status: number | null; readonly out: string; readonly killed: boolean }>;
}

/** Does what the arguments say. Gives the exit status: 0 done, 1 failed, 2 wrong usage. */
export async function run(args: readonly string[], host: Host): Promise<0 | 1 | 2> {
  const wantsJson = args.includes("--json");
  try {
    await createProgram(host).parseAsync([...args], { from: "user" });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError) {
      if (thrown.exitCode === 0) return 0;
      // Commander has written its message and the usage to stderr.
      if (wantsJson)
        tellJson(host, { code: "usage.arguments", message: plain(thrown.message), hint: "see cogrid --help" });
      return 2;
    }
    const failure = describe(thrown);
    host.err(`error[${failure.code}]: ${failure.message}\n${failure.hint === null ? "" : `  ${failure.hint}\n`}`);
    if (args.includes("--debug") && thrown instanceof Error) host.err(`${thrown.stack}\n`);
    if (wantsJson) tellJson(host, failure);
    return failure.code.startsWith("usage.") ? 2 : 1;
  }
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

function describe(thrown: unknown): Failure {
  if (isCogridError(thrown)) return { code: thrown.code, message: withPlace(thrown), hint: thrown.hint ?? null };
  if (isAbortError(thrown)) return { code: "cancelled", message: "interrupted", hint: null };
  const { code, message } = thrown as NodeJS.ErrnoException;
  if (typeof code === "string" && message !== undefined) return { code: "host.io", message, hint: null };
  return {
    code: "bug",
    message: thrown instanceof Error ? thrown.message : String(thrown),
    hint: "please report it with the command that led here",
  };
}

function withPlace(error: CogridError): string {
  const parts = [
    error.url !== undefined && !error.message.includes(error.url) ? error.url : undefined,
    error.status === undefined ? undefined : `HTTP ${error.status}`,
    error.range === undefined ? undefined : `bytes ${error.range[0]}–${error.range[1]}`,
    error.offset === undefined ? undefined : `offset ${error.offset}`,
    error.tile === undefined ? undefined : `block column ${error.tile[0]} row ${error.tile[1]}`,
  ].filter((part) => part !== undefined && !error.message.includes(part));
  return parts.length === 0 ? error.message : `${error.message} (${parts.join(", ")})`;
}

function tellJson(host: Host, error: Failure): void {
  host.out(`${JSON.stringify({ error })}\n`);
}

function plain(message: string): string {
  return message.replace(/^error: /, "");
}
