import { pathToFileURL } from "node:url";
import type { AnyRow } from "../../schemas/table.ts";
import type { DataObject, IngestionCommit } from "../../sdk/lake/commit.ts";
import { ingestionZone } from "../../sdk/lake/zone.ts";
import { readObject } from "../../sdk/lake/data_objects.ts";
import { parseJsonl } from "../../sdk/lake/jsonl.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";

/** A test's lake: both zones in a folder that is removed when its scope ends. */
export interface TestLake extends AsyncDisposable {
  /** The ingestion zone. */
  readonly ingestion: ObjectStore;
  /** The processed zone. */
  readonly processed: ObjectStore;
}

/** Makes an empty lake: `await using lake = await testLake()`. */
export async function testLake(): Promise<TestLake> {
  const path = await Deno.makeTempDir({ prefix: "totesys-lake-" });
  const url = pathToFileURL(path).href;
  return {
    ingestion: openStore(`${url}/ingestion`),
    processed: openStore(`${url}/processed`),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Returns the rows of a JSONL object, in order. */
export async function rowsOf(store: ObjectStore, object: DataObject): Promise<AnyRow[]> {
  const rows: AnyRow[] = [];
  for await (const values of parseJsonl(readObject(store, object), object.key)) {
    rows.push(...values as AnyRow[]);
  }
  return rows;
}

/** Returns every row of a batch by table, in the order of table names. */
export async function batchOf(
  store: ObjectStore,
  { tables }: IngestionCommit,
): Promise<Record<string, AnyRow[]>> {
  const names = Object.keys(tables).sort();
  const rows = await Promise.all(names.map((name) => rowsOf(store, tables[name])));
  return Object.fromEntries(names.map((name, place) => [name, rows[place]]));
}

/** Returns every commit of an ingestion zone, in order. */
export async function ingestionCommits(store: ObjectStore): Promise<IngestionCommit[]> {
  return await Array.fromAsync(ingestionZone(store).log.after(0));
}

/** Returns every key of a store. */
export async function keysOf(store: ObjectStore): Promise<string[]> {
  return await Array.fromAsync(store.list(""));
}
