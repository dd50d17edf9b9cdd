import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { SourceError } from "../errors.ts";
import { readCatalog } from "../postgres/catalog.ts";
import type { Connection } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { identifier } from "../postgres/sql.ts";
import { beginSnapshot } from "../postgres/snapshot.ts";
import {
  dependents,
  repeatedKeys,
  type SchemaChange,
  schemaChanges,
  unguardedTables,
} from "./schema_changes.ts";

/** What can be read of a source now. */
export interface SourceSchema {
  /** How it differs from the specs. */
  readonly changes: readonly SchemaChange[];
  /** The model without the tables that are stopped, and without what is made of them. */
  readonly model: Model;
  /** The source's tables with every column they have now: raw rows are kept whole. */
  readonly fullTables: ReadonlyMap<string, SourceTableSpec>;
}

/** Compares the source with the specs, before anything is read of it. */
export async function inspectSource(source: Connection, model: Model): Promise<SourceSchema> {
  const catalog = await readCatalog(source, model.source.map(({ name }) => name));
  const changes = schemaChanges(model, catalog);
  const isStopped = stoppedBy(changes);
  for (const table of unguardedTables(model, catalog)) {
    if (isStopped(table.name)) continue;
    const repeated = await keysThatRepeat(source, table);
    if (repeated.length > 0) changes.push(repeatedKeys(table, repeated));
  }
  changes.push(...dependents(model, changes));
  const readable = without(model, stoppedBy(changes));
  const whole = readable.source.map((table) => {
    const found = catalog.tables.find(({ name }) => name === table.name)!;
    const others = found.columns.filter(({ name }) => !Object.hasOwn(table.columns, name));
    const columns = others.map(({ name }) => [name, { type: "text", nullable: true }] as const);
    return { ...table, columns: { ...table.columns, ...Object.fromEntries(columns) } };
  });
  return {
    changes,
    model: readable,
    fullTables: new Map(whole.map((table) => [table.name, table])),
  };
}

/**
 * Begins the transaction that reads what can be read of the source, whose schema stays as it is for
 * as long as that takes.
 *
 * @throws {SourceError} when the schema is being changed at this very moment.
 */
export async function beginReading(
  source: Connection,
  model: Model,
  before: SourceSchema,
  stage: string,
): Promise<SourceSchema> {
  await beginSnapshot(source, before.model.source);
  const now = await inspectSource(source, model);
  if (stoppedTables(now.changes).join() === stoppedTables(before.changes).join()) return now;
  throw new SourceError("the source's schema is being changed", {
    stage,
    next: "run again when the change is done",
    retryable: true,
  });
}

/**
 * Compares the source with the specs, and begins the transaction that reads it.
 *
 * @throws {SourceError} when the source cannot be read, or its schema is being changed.
 */
export async function openSource(
  source: Connection,
  model: Model,
  stage: string,
): Promise<SourceSchema> {
  return await inspectSource(source, model)
    .then((before) => beginReading(source, model, before, stage))
    .catch(wrapError(SourceError, "cannot read the source", { stage }));
}

/** The names of the tables that changes stop. */
export function stoppedTables(changes: readonly SchemaChange[]): string[] {
  return [...new Set(changes.filter(({ stops }) => stops).map(({ table }) => table))];
}

function stoppedBy(changes: readonly SchemaChange[]): (name: string) => boolean {
  const stopped = new Set(stoppedTables(changes));
  return (name) => stopped.has(name);
}

function without({ source, warehouse }: Model, isStopped: (name: string) => boolean): Model {
  return {
    source: source.filter(({ name }) => !isStopped(name)),
    warehouse: warehouse.filter((table) => table.kind === "calendar" || !isStopped(table.from)),
  };
}

/** The first of the keys, as text, that more than one row has. */
async function keysThatRepeat(source: Connection, table: SourceTableSpec): Promise<string[]> {
  const key = identifier(table.key);
  const rows = await source.query<{ key: string }>(
    `SELECT ${key}::text AS key FROM ${identifier(table.name)}
GROUP BY ${key} HAVING count(*) > 1 ORDER BY ${key} LIMIT 3`,
  );
  return rows.map(({ key }) => key);
}
