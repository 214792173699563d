import type { SqlConnection } from "cogrid";

/** What is needed of a Cloudflare D1 binding. */
export interface D1Like {
  prepare(sql: string): D1StatementLike;
  batch(statements: D1StatementLike[]): Promise<unknown>;
}

interface D1StatementLike {
  bind(...params: unknown[]): D1StatementLike;
  all(): Promise<{ results: Record<string, unknown>[] }>;
}

/** What is needed of a Durable Object's storage with SQLite. */
export interface SqlStorageLike {
  readonly sql: { exec(sql: string, ...params: unknown[]): { toArray(): Record<string, unknown>[] } };
  transactionSync<T>(work: () => T): T;
}

/** A workspace's tables in D1: `openWorkspace({ store: d1Connection(env.DB) })`. */
export function d1Connection(database: D1Like): SqlConnection {
  const prepare = (sql: string, params: readonly unknown[]): D1StatementLike => database.prepare(sql).bind(...params);
  return {
    execute: async (sql, params) => {
      const { results } = await prepare(sql, params).all();
      return results.map(withBytes);
    },
    batch: (statements) => database.batch(statements.map(([sql, params]) => prepare(sql, params))),
  };
}

/** A workspace's tables in a Durable Object: `openWorkspace({ store: durableObjectConnection(state.storage) })`. */
export function durableObjectConnection(storage: SqlStorageLike): SqlConnection {
  const execute = (sql: string, params: readonly unknown[]): Record<string, unknown>[] =>
    storage.sql.exec(sql, ...params).toArray();
  return {
    execute: async (sql, params) => execute(sql, params).map(withBytes),
    batch: async (statements) =>
      storage.transactionSync(() => {
        for (const [sql, params] of statements) execute(sql, params);
      }),
  };
}

// D1 gives blobs as arrays of numbers, Durable Objects as buffers.
function withBytes(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      Array.isArray(value) || value instanceof ArrayBuffer ? new Uint8Array(value as ArrayBuffer) : value,
    ]),
  );
}
