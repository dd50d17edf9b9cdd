import type postgres from "postgres";
import { type Model, totesys } from "../../schemas/model.ts";
import { extract, type ExtractOptions, type ExtractResult } from "../../sdk/extract/extract.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { batchOf, testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { createSource } from "../support/source.ts";

/** The keys of a batch by table: `{ design: [1, 7] }`, or `{}` when nothing was written. */
export type Keys = Record<string, unknown[]>;

/** An empty totesys, and an empty lake. */
export interface Source {
  /** The source's URL. */
  readonly url: string;
  /** Connections to it, for writers. */
  readonly sql: postgres.Sql;
  /** The ingestion zone. */
  readonly ingestion: ObjectStore;
  /** Returns a connection to hold a transaction open, up to three per test. */
  session(): Promise<postgres.ReservedSql>;
  /** Runs an extraction. */
  extract(options?: Partial<ExtractOptions>): Promise<ExtractResult>;
  /** Runs an extraction and returns the keys of the batch. */
  tick(): Promise<Keys>;
}

/** Declares a test of an extraction. */
export function test(name: string, body: (source: Source) => Promise<void>): void {
  Deno.test(name, async () => {
    await using database = await testDatabase();
    await using lake = await testLake();
    await createSource(database.sql);
    const { url, sql } = database;
    const { ingestion } = lake;
    const sessions: postgres.ReservedSql[] = [];
    const source: Source = {
      url,
      sql,
      ingestion,
      session: async () => {
        const session = await sql.reserve();
        sessions.push(session);
        return session;
      },
      extract: (options) => extract({ source: url, ingestion, ...options }),
      tick: async () => await keysOf(ingestion, await source.extract()),
    };
    try {
      await body(source);
    } finally {
      for (const session of sessions) session.release();
    }
  });
}

/** Returns the keys that an extraction wrote, ascending. */
export async function keysOf(
  store: ObjectStore,
  result: ExtractResult,
  model: Model = totesys,
): Promise<Keys> {
  if (result.outcome !== "committed") return {};
  const batch = await batchOf(store, result.commit);
  return Object.fromEntries(
    Object.entries(batch).map(([name, rows]) => {
      const { key } = model.source.find((table) => table.name === name)!;
      return [name, rows.map((row) => row[key]).sort((a, b) => Number(a) - Number(b))];
    }),
  );
}
