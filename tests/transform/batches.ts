import type { Value } from "../../schemas/columns.ts";
import { type AnyRow, type Model, totesys } from "../../schemas/mod.ts";
import type { DataObject, IngestionCommit, ProcessedCommit } from "../../sdk/lake/commit.ts";
import { CommitLog } from "../../sdk/lake/commit_log.ts";
import { writeObject } from "../../sdk/lake/data_objects.ts";
import { dataKey } from "../../sdk/lake/keys.ts";
import { readParquet } from "../../sdk/lake/parquet_reader.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";

/** The rows of a batch, by table. */
export type Batch = Readonly<Record<string, readonly Readonly<Record<string, Value>>[]>>;

/** When the source looked like batch number `sequence`: a minute later each time. */
export function takenAt(sequence: number): string {
  const time = new Date(Date.UTC(2026, 10, 21, 3, sequence)).toISOString();
  return time.replace(".000Z", ".000000Z");
}

/** Puts a batch into the ingestion zone, as an extraction would. */
export async function ingest(store: ObjectStore, batch: Batch): Promise<IngestionCommit> {
  const log = new CommitLog<IngestionCommit>(store, "ingestion");
  const sequence = ((await log.head())?.sequence ?? 0) + 1;
  const run = `20261121T030000Z-${crypto.randomUUID().slice(0, 6)}`;
  const tables: Record<string, DataObject> = {};
  for (const [table, rows] of Object.entries(batch)) {
    const key = dataKey({ table, taken_at: takenAt(sequence), sequence, run, extension: "jsonl" });
    const object = await writeObject(store, key, lines(rows), () => rows.length);
    if (object) tables[table] = object;
  }
  const commit: IngestionCommit = {
    format: 1,
    zone: "ingestion",
    sequence,
    run,
    mode: sequence === 1 ? "full" : "delta",
    snapshot: {
      system: "1",
      database: "totesys",
      taken_at: takenAt(sequence),
      xmin: String(700 + sequence),
      xmax: String(700 + sequence),
      visible: [],
    },
    columns: {},
    tables,
    deleted: {},
  };
  await log.append(commit);
  return commit;
}

async function* lines(rows: readonly unknown[]): AsyncGenerator<Uint8Array> {
  for (const row of rows) {
    yield await Promise.resolve(new TextEncoder().encode(JSON.stringify(row) + "\n"));
  }
}

/** The rows of a processed commit, by table. */
export async function processedRows(
  store: ObjectStore,
  { tables }: ProcessedCommit,
  model: Model = totesys,
): Promise<Record<string, AnyRow[]>> {
  const rows: Record<string, AnyRow[]> = {};
  for (const [name, object] of Object.entries(tables)) {
    const spec = model.warehouse.find((table) => table.name === name)!;
    rows[name] = (await Array.fromAsync(readParquet(store, object, spec))).flat();
  }
  return rows;
}

/** Every commit of a processed zone, in order. */
export async function processedCommits(store: ObjectStore): Promise<ProcessedCommit[]> {
  return await Array.fromAsync(new CommitLog<ProcessedCommit>(store, "processed").after(0));
}
