import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";
import type { SqlConnection } from "./engine.js";
import { CogridError } from "./errors.js";

/** A workspace's database; several processes may have it open. */
export interface Database extends SqlConnection {
  close(): void;
}

/**
 * The SQLite database of the workspace in `directory`, made when missing.
 *
 * @throws CogridError `store.open`
 */
export async function openDatabase(directory: string): Promise<Database> {
  const path = join(directory, "workspace.sqlite");
  let database: DatabaseSync;
  try {
    mkdirSync(directory, { recursive: true });
    // Bun has no node:sqlite, and needs none for a workspace in memory.
    const sqlite = await import("node:sqlite");
    database = new sqlite.DatabaseSync(path);
    // The timeout first: switching to WAL needs the lock that another process may hold.
    database.exec(
      "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;",
    );
  } catch (error) {
    throw new CogridError("store.open", `the workspace ${path} cannot be opened: ${(error as Error).message}`, {
      url: path,
      cause: error,
      hint: "check that the folder can be written, or choose another with --workspace or directory",
    });
  }
  let isOpen = true;
  const statements = new Map<string, StatementSync>();
  const all = (sql: string, params: readonly unknown[]): Record<string, unknown>[] => {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    return statement.all(...params.map(bindable)) as Record<string, unknown>[];
  };
  return {
    execute: async (sql, params) => all(sql, params),
    // Nothing waits in between, so no other call of this process can get into the transaction.
    batch: async (batch) => {
      all("BEGIN IMMEDIATE", []);
      try {
        for (const [sql, params] of batch) all(sql, params);
        all("COMMIT", []);
      } catch (error) {
        if (database.isTransaction) all("ROLLBACK", []);
        throw error;
      }
    },
    // Whoever closes a workspace twice has closed it.
    close: () => {
      if (isOpen) database.close();
      isOpen = false;
    },
  };
}

function bindable(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  return value as SQLInputValue;
}
