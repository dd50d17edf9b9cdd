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
  duplicateKeys,
  type SchemaChange,
  schemaChanges,
  unguardedTables,
} from "./schema_changes.ts";

/** The schema of a source, compared with the specs. */
export interface SourceSchema {
  /** The differences. */
  readonly changes: readonly SchemaChange[];
  /** The model without the stopped tables, and without the warehouse tables made from them. */
  readonly model: Model;
  /** The tables of that model with every column of the source: raw rows keep all columns. */
  readonly fullTables: ReadonlyMap<string, SourceTableSpec>;
}

/** Compares the source with the specs. */
export async function inspectSource(source: Connection, model: Model): Promise<SourceSchema> {
  const catalog = await readCatalog(source, model.source.map(({ name }) => name));
  const changes = schemaChanges(model, catalog);
  const isStopped = stoppedBy(changes);
  for (const table of unguardedTables(model, catalog)) {
    if (isStopped(table.name)) continue;
    const keys = await findDuplicateKeys(source, table);
    if (keys.length > 0) changes.push(duplicateKeys(table, keys));
  }
  changes.push(...dependents(model, changes));
  const readable = withoutStopped(model, stoppedBy(changes));
  const fullTables = readable.source.map((table) => {
    const found = catalog.tables.find(({ name }) => name === table.name)!;
    const others = found.columns.filter(({ name }) => !Object.hasOwn(table.columns, name));
    const columns = others.map(({ name }) => [name, { type: "text", nullable: true }] as const);
    return { ...table, columns: { ...table.columns, ...Object.fromEntries(columns) } };
  });
  return {
    changes,
    model: readable,
    fullTables: new Map(fullTables.map((table) => [table.name, table])),
  };
}

/**
 * Begins the transaction that reads the source. The schema cannot change until it ends.
 *
 * @throws {SourceError} when the schema has changed since `before`.
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
    next: "run again when the change is committed",
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

/** Returns the names of the tables that differences stop. */
export function stoppedTables(changes: readonly SchemaChange[]): string[] {
  return [...new Set(changes.filter(({ stops }) => stops).map(({ table }) => table))];
}

function stoppedBy(changes: readonly SchemaChange[]): (name: string) => boolean {
  const stopped = new Set(stoppedTables(changes));
  return (name) => stopped.has(name);
}

function withoutStopped(model: Model, isStopped: (name: string) => boolean): Model {
  const { source, warehouse } = model;
  return {
    ...model,
    source: source.filter(({ name }) => !isStopped(name)),
    warehouse: warehouse.filter((table) => table.kind === "calendar" || !isStopped(table.from)),
  };
}

/** Returns the first keys, as text, that more than one row has. */
async function findDuplicateKeys(source: Connection, table: SourceTableSpec): Promise<string[]> {
  const key = identifier(table.key);
  const rows = await source.query<{ key: string }>(
    `SELECT ${key}::text AS key FROM ${identifier(table.name)}
GROUP BY ${key} HAVING count(*) > 1 ORDER BY ${key} LIMIT 3`,
  );
  return rows.map(({ key }) => key);
}
