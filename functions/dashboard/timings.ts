/**
 * How long the queries of a request take.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Warehouse } from "./data/warehouse.ts";

/** The queries of a request. */
export interface Timings {
  /** How many there were. */
  readonly queries: number;
  /** Milliseconds that they took, added up: several run at a time. */
  readonly sql_ms: number;
}

type Counting = { -readonly [Key in keyof Timings]: Timings[Key] };

const current = new AsyncLocalStorage<Counting>();

/** Runs some work and returns what its queries took. */
export async function withTimings(work: () => Promise<void>): Promise<Timings> {
  const timings = { queries: 0, sql_ms: 0 };
  await current.run(timings, work);
  return timings;
}

/** Returns the warehouse whose queries are added to the request that they belong to. */
export function timedWarehouse(warehouse: Warehouse): Warehouse {
  return {
    ...warehouse,
    query: (text, values) => timed(() => warehouse.query(text, values)),
    snapshot: (read, settings) =>
      warehouse.snapshot(
        (query) => read((text, values) => timed(() => query(text, values))),
        settings,
      ),
  };
}

async function timed<Result>(query: () => Promise<Result>): Promise<Result> {
  const timings = current.getStore();
  if (!timings) return await query();
  const started = performance.now();
  try {
    return await query();
  } finally {
    timings.queries++;
    timings.sql_ms += performance.now() - started;
  }
}
