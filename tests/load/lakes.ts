import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { withTimeout } from "../support/with_timeout.ts";
import type { Zones } from "./documents.ts";
import type { Loading } from "./star.ts";

/** The options of a load of exchange rates. */
export const RATES = { sourceName: "rates" };
/** The options of a load of files. */
export const FILES = { sourceName: "files" };

/** A lake of several sources, and the warehouse that it is loaded into. */
export interface Lake extends Loading, Zones {}

/** Registers a test with an empty lake and an empty warehouse. */
export function test(name: string, body: (lake: Lake) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await using database = await testDatabase("warehouse");
    const { ingestion, processed } = lake;
    const { url: warehouse, sql } = database;
    await withTimeout(120_000, body({ ingestion, processed, warehouse, sql }));
  });
}
