import { isAbortError, isCogridError } from "cogrid";

/** Something that went wrong, in words. */
export interface Problem {
  readonly id: number;
  /** What the person was doing: "Could not add the raster". */
  readonly title: string;
  readonly message: string;
  readonly hint: string | null;
  readonly code: string | null;
}

/** What is shown as going wrong now, latest first. Every entry can be dismissed; none blocks the page. */
class Problems {
  list = $state.raw<readonly Problem[]>([]);
  #nextId = 1;

  /** Shows `error` unless it only says that the person cancelled. */
  report(title: string, error: unknown): void {
    if (isAbortError(error)) return;
    const problem = { id: this.#nextId++, title, ...inWords(error) };
    // The same thing again replaces the old one.
    this.list = [problem, ...this.list.filter((other) => other.title !== title || other.message !== problem.message)];
  }

  dismiss(id: number): void {
    this.list = this.list.filter((problem) => problem.id !== id);
  }

  clear(): void {
    this.list = [];
  }
}

export const problems = new Problems();

/** Message, hint and code of anything thrown, as sentences. */
export function inWords(error: unknown): Pick<Problem, "message" | "hint" | "code"> {
  if (isCogridError(error)) {
    return { message: sentence(error.message), hint: error.hint ? sentence(error.hint) : null, code: error.code };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { message: sentence(message), hint: null, code: null };
}

/** The library's messages are lower case without a full stop, to be put into others' sentences. */
function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}
