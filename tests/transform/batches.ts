import { assertEquals } from "@std/assert";
import type { Value } from "../../schemas/columns.ts";
import { type AnyRow, type Model, totesys } from "../../schemas/mod.ts";
import {
  type DatabaseCommit,
  type DataObject,
  keyColumns,
  type ProcessedCommit,
} from "../../sdk/lake/commit.ts";
import { ingestionZone, processedZone } from "../../sdk/lake/zone.ts";
import { writeObject } from "../../sdk/lake/data_objects.ts";
import { dataKey } from "../../sdk/lake/keys.ts";
import { readParquet } from "../../sdk/lake/parquet/read_parquet.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";
import { rowsOf } from "../support/lake.ts";

/** The rows of a batch, by table. */
export type Batch = Readonly<Record<string, readonly Readonly<Record<string, Value>>[]>>;

/** The timestamps of a row. */
export const AUDIT = { created_at: "2022-11-03 14:20:49.962", last_updated: "2022-11-04 10:00:00" };

/** A department. */
export function department(department_id: number, department_name = `department ${department_id}`) {
  return { department_id, department_name, location: null, manager: null, ...AUDIT };
}

/** A member of staff. */
export function staff(staff_id: number, department_id: number) {
  return {
    staff_id,
    first_name: `first ${staff_id}`,
    last_name: "last",
    department_id,
    email_address: "",
    ...AUDIT,
  };
}

/** A currency. */
export function currency(currency_id: number, currency_code = "GBP") {
  return { currency_id, currency_code, ...AUDIT };
}

/** A sales order: 10 totes at 3.94. */
export function salesOrder(sales_order_id: number, changes: Partial<AnyRow> = {}): AnyRow {
  return {
    sales_order_id,
    design_id: 1,
    staff_id: 1,
    counterparty_id: 1,
    units_sold: 10,
    unit_price: "3.94",
    currency_id: 1,
    agreed_delivery_date: "2022-12-01",
    agreed_payment_date: "2022-12-02",
    agreed_delivery_location_id: 1,
    ...AUDIT,
    ...changes,
  };
}

/** Returns the snapshot time of the batch `sequence`, a minute after the one before. */
export function takenAt(sequence: number): string {
  const time = new Date(Date.UTC(2026, 10, 21, 3, sequence)).toISOString();
  return time.replace(".000Z", ".000000Z");
}

/** What an ingestion commit can have in addition to rows. */
export interface BatchExtras {
  /** The deleted keys, as rows, by source table. */
  readonly deleted?: Batch;
  /** The mode. Default: `full` for the first commit, `delta` for others. */
  readonly mode?: DatabaseCommit["mode"];
}

/** Writes a batch to the ingestion zone, like an extraction. */
export async function ingest(
  store: ObjectStore,
  batch: Batch,
  extras: BatchExtras = {},
): Promise<DatabaseCommit> {
  const { log } = ingestionZone(store);
  const sequence = ((await log.head())?.sequence ?? 0) + 1;
  const run = `20261121T030000Z-${crypto.randomUUID().slice(0, 6)}`;
  const write = async (batch: Batch, extension: string) => {
    const objects: Record<string, DataObject> = {};
    for (const [table, rows] of Object.entries(batch)) {
      const key = dataKey({ table, taken_at: takenAt(sequence), sequence, run, extension });
      const object = await writeObject(store, key, lines(rows), () => rows.length);
      if (object) objects[table] = object;
    }
    return objects;
  };
  const tables = await write(batch, "jsonl");
  const deleted = await write(extras.deleted ?? {}, "deleted.jsonl");
  const commit: DatabaseCommit = {
    format: FORMAT,
    zone: "ingestion",
    sequence,
    run,
    mode: extras.mode ?? (sequence === 1 ? "full" : "delta"),
    snapshot: {
      system: "1",
      database: "totesys",
      taken_at: takenAt(sequence),
      xmin: String(700 + sequence),
      xmax: String(700 + sequence),
      visible: [],
    },
    columns: Object.fromEntries(
      totesys.source.map(({ name, columns }) => [name, Object.keys(columns)]),
    ),
    keys: keyColumns(totesys.source, tables, deleted),
    partial: {},
    tables,
    deleted,
  };
  await log.append(commit);
  return commit;
}

async function* lines(rows: readonly unknown[]): AsyncGenerator<Uint8Array> {
  for (const row of rows) {
    yield await Promise.resolve(new TextEncoder().encode(JSON.stringify(row) + "\n"));
  }
}

/** Returns the rows of a processed commit, by table. */
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

/** Returns every commit of a processed zone, in order. */
export async function processedCommits(store: ObjectStore): Promise<ProcessedCommit[]> {
  return await Array.fromAsync(processedZone(store).log.after(0));
}

/** Returns the quarantined rows of a processed commit, by table. */
export async function quarantineOf(
  store: ObjectStore,
  { quarantined }: ProcessedCommit,
): Promise<Record<string, AnyRow[]>> {
  const rows: Record<string, AnyRow[]> = {};
  for (const [name, object] of Object.entries(quarantined)) {
    rows[name] = await rowsOf(store, object);
    assertEquals(rows[name].length, object.rows, name);
  }
  return rows;
}
