/**
 * Documents of sources that are not the database, as commits of the ingestion zone.
 *
 * @module
 */
import type { AnyRow } from "../../schemas/mod.ts";
import { totesys } from "../../schemas/mod.ts";
import { sourceModel } from "../../sdk/derive/source_model.ts";
import type { DataObject, DocumentRecord, IngestionCommit } from "../../sdk/lake/commit.ts";
import { keyColumns } from "../../sdk/lake/commit.ts";
import { writeObject } from "../../sdk/lake/data_objects.ts";
import { dataKey } from "../../sdk/lake/keys.ts";
import { sourceStore } from "../../sdk/lake/source_store.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";
import { ingestionZone } from "../../sdk/lake/zone.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { takenAt } from "../transform/batches.ts";

/** A document of a test. */
export interface TestDocument extends Partial<Pick<DocumentRecord, "outcome" | "reason">> {
  readonly name: string;
  readonly rows?: readonly AnyRow[];
  /** The keys of rows that its previous version had. */
  readonly deleted?: readonly string[];
  /** Default: a minute after the commit before, as in the tests of the database. */
  readonly taken_at?: string;
}

/** Both zones of a lake. */
export interface Zones {
  readonly ingestion: ObjectStore;
  readonly processed: ObjectStore;
}

/** Writes a document to the ingestion zone of a source, as one commit, and transforms it. */
export async function deliver(
  zones: Zones,
  sourceName: "files" | "rates",
  { name, rows = [], deleted = [], outcome = "read", reason, taken_at }: TestDocument,
): Promise<IngestionCommit> {
  const store = sourceStore(zones.ingestion, sourceName);
  const { log } = ingestionZone(store);
  const sequence = ((await log.head())?.sequence ?? 0) + 1;
  const run = `20261121T030000Z-${crypto.randomUUID().slice(0, 6)}`;
  const snapshot = { taken_at: taken_at ?? takenAt(sequence) };
  const { source } = sourceModel(totesys, sourceName);
  const [{ name: table, key, columns }] = source;
  const write = async (rows: readonly unknown[], extension: string) => {
    const object = dataKey({ table, taken_at: snapshot.taken_at, sequence, run, extension });
    const written = rows.length > 0 &&
      await writeObject(store, object, lines(rows), () => rows.length);
    return written ? { [table]: written } : {} as Record<string, DataObject>;
  };
  const tables = await write(rows, "jsonl");
  const removed = await write(deleted.map((value) => ({ [key]: value })), "deleted.jsonl");
  const commit: IngestionCommit = {
    format: FORMAT,
    zone: "ingestion",
    sequence,
    run,
    mode: "delta",
    snapshot,
    documents: [{
      name,
      version: String(sequence),
      bytes: 1,
      sha256: "0".repeat(64),
      table,
      rows: rows.length,
      outcome,
      ...reason === undefined ? {} : { reason },
    }],
    columns: { [table]: Object.keys(columns) },
    keys: keyColumns(source, tables, removed),
    partial: {},
    tables,
    deleted: removed,
  };
  await log.append(commit);
  await transform({ ...zones, sourceName });
  return commit;
}

async function* lines(rows: readonly unknown[]): AsyncGenerator<Uint8Array> {
  for (const row of rows) {
    yield await Promise.resolve(new TextEncoder().encode(JSON.stringify(row) + "\n"));
  }
}

/** Returns a sales target: the `record`-th of a document. */
export function target(name: string, record: number, changes: Partial<AnyRow> = {}): AnyRow {
  return {
    sales_target_id: `${name}/${String(record).padStart(12, "0")}`,
    staff_id: 1,
    month: "2026-11-01",
    currency_code: "GBP",
    target: "1000.00",
    ...changes,
  };
}

/** Returns an exchange rate of the euro. */
export function rate(rate_date: string, quote_currency: string, rate: string): AnyRow {
  return {
    exchange_rate_id: `${rate_date}/eur/${quote_currency.toLowerCase()}`,
    rate_date,
    base_currency: "EUR",
    quote_currency,
    rate,
    provider: "cdn.example",
    previous_rate: null,
    confirmed_by: null,
  };
}
