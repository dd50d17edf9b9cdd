import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { SourceError } from "../errors.ts";
import { type Catalog, catalogStatement, readCatalog } from "../postgres/catalog.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { identifier } from "../postgres/sql.ts";
import { snapshotStatements } from "../postgres/snapshot.ts";
import type { Statement } from "../postgres/statement.ts";
import {
  dependents,
  duplicateKeys,
  type SchemaChange,
  schemaChanges,
  unguardedTables,
} from "./schema_changes.ts";

/** The schema of a source, compared with the specs. */
export interface SourceSchema {
  readonly changes: readonly SchemaChange[];
  /** The model without the stopped tables, and without the warehouse tables made from them. */
  readonly model: Model;
  /** The tables of that model with every column of the source: raw rows keep all columns. */
  readonly fullTables: ReadonlyMap<string, SourceTableSpec>;
}

/** Compares the source with the specs. */
export async function inspectSource(source: Connection, model: Model): Promise<SourceSchema> {
  return await compare(source, model, await readCatalog(source, namesOf(model)));
}

async function compare(source: Connection, model: Model, catalog: Catalog): Promise<SourceSchema> {
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

function namesOf({ source }: Model): string[] {
  return source.map(({ name }) => name);
}

/** The transaction that reads the source. */
export interface SourceTransaction {
  /** The schema, which cannot change until the transaction ends. */
  readonly schema: SourceSchema;
  /** The rows of each statement that was sent along. */
  readonly answers: readonly (readonly QueryRow[])[];
}

/**
 * Begins the transaction that reads the source, and runs statements in its snapshot, in one round trip.
 *
 * @throws {SourceError} when the schema has changed since `before`.
 */
export async function beginReading(
  source: Connection,
  model: Model,
  before: SourceSchema,
  stage: string,
  statements: readonly (string | Statement)[] = [],
): Promise<SourceTransaction> {
  const begin = snapshotStatements(before.model.source);
  const answers = await source.batch([
    ...begin,
    ...statements,
    catalogStatement(namesOf(model)),
  ]);
  const [catalog] = answers.at(-1) as unknown as [Catalog];
  const schema = await compare(source, model, catalog);
  if (stoppedTables(schema.changes).join() === stoppedTables(before.changes).join()) {
    return { schema, answers: answers.slice(begin.length, -1) };
  }
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
  const { schema } = await inspectSource(source, model)
    .then((before) => beginReading(source, model, before, stage))
    .catch(wrapError(SourceError, "cannot read the source", { stage }));
  return schema;
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
