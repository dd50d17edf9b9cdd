/**
 * Compares the catalog of a source with the specs. Does no I/O.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { sqlType } from "../derive/ddl.ts";
import { tableJoins } from "../derive/resolve_columns.ts";
import { assertNever } from "../assert_never.ts";
import type { Catalog, CatalogColumn, CatalogTable } from "../postgres/catalog.ts";
import { identifier } from "../postgres/sql.ts";

/** The kind of a difference between the source and the specs. */
export type SchemaChangeKind =
  | "table added"
  | "table missing"
  | "table unreadable"
  | "column added"
  | "column missing"
  | "column retyped"
  | "column widened"
  | "null allowed"
  | "key changed"
  | "depends on a stopped table";

/** A difference between the source and the specs. */
export interface SchemaChange {
  /** The source table. */
  readonly table: string;
  /** The column; undefined when the difference is about the whole table. */
  readonly column?: string;
  /** The kind of the difference. */
  readonly kind: SchemaChangeKind;
  /** Whether the table is no longer read until someone acts. */
  readonly stops: boolean;
  /** The difference and its remedy, in a sentence. */
  readonly message: string;
}

/** Returns the differences between a source and a model, in the order of the model; new tables come last. */
export function schemaChanges(model: Model, catalog: Catalog): SchemaChange[] {
  const known = model.source.flatMap((table) => {
    const found = catalog.tables.find(({ name }) => name === table.name);
    return found ? tableChanges(table, found, catalog.role) : [missingTable(table)];
  });
  const added = catalog.others.filter((name) => !model.ignored?.includes(name));
  return [...known, ...added.map(addedTable)];
}

function missingTable({ name }: SourceTableSpec): SchemaChange {
  return {
    table: name,
    kind: "table missing",
    stops: true,
    message:
      `${name} is missing: it was dropped or renamed, search_path does not include its schema, or ` +
      "the role has no USAGE on its schema",
  };
}

function addedTable(name: string): SchemaChange {
  const message = `${name} is a table without a spec; it is not read`;
  return { table: name, kind: "table added", stops: false, message };
}

function tableChanges(
  table: SourceTableSpec,
  found: CatalogTable,
  role: string,
): SchemaChange[] {
  const reason = unreadableBecause(found, role);
  if (reason) {
    return [{
      table: table.name,
      kind: "table unreadable",
      stops: true,
      message: `${table.name} ${reason}`,
    }];
  }
  const added = found.columns.filter(({ name }) => !Object.hasOwn(table.columns, name));
  const columns = Object.entries(table.columns).flatMap(([name, column]) => {
    const existing = found.columns.find((other) => other.name === name);
    return existing ? columnChanges(table, column, existing) : [missingColumn(table, name, added)];
  });
  return [...columns, ...keyChanges(table, found), ...added.map((c) => addedColumn(table, c))];
}

/**
 * Returns why a relation cannot be read, or undefined. Only tables have the id of the transaction
 * that wrote each row.
 */
function unreadableBecause(
  { name, kind, readable, row_security }: CatalogTable,
  role: string,
): string | undefined {
  if (kind !== "r" && kind !== "p") {
    return "is a view or a foreign table, whose rows do not show which transaction wrote them";
  }
  if (!readable) {
    return `cannot be read: GRANT SELECT ON ${identifier(name)} TO ${identifier(role)};`;
  }
  if (row_security) {
    return "has a row security policy that can hide rows: " +
      `ALTER ROLE ${identifier(role)} BYPASSRLS;`;
  }
}

function missingColumn(
  { name: table, columns }: SourceTableSpec,
  name: string,
  added: readonly CatalogColumn[],
): SchemaChange {
  const candidate = added.find(({ baseType }) => typeFit(columns[name], baseType) === "same");
  const hint = candidate ? `; ${candidate.name} is new: was it renamed?` : "";
  const message = `${table}.${name} is missing${hint}`;
  return { table, column: name, kind: "column missing", stops: true, message };
}

function addedColumn({ name: table }: SourceTableSpec, { name, type }: CatalogColumn) {
  const message = `${table}.${name} (${type}) is not in the spec; only the ingestion zone keeps it`;
  return { table, column: name, kind: "column added", stops: false, message } as const;
}

function columnChanges(
  { name: table, key }: SourceTableSpec,
  column: ColumnSpec,
  { name, type, baseType, nullable }: CatalogColumn,
): SchemaChange[] {
  const about = { table, column: name };
  const expected = nativeType(column);
  const how = typeFit(column, baseType);
  if (how === "none") {
    const hint = column.type === "text"
      ? `; the spec can read it as text: { type: "text", native: "${baseType}" }`
      : "";
    const message = `${table}.${name} is ${type}, the spec says ${expected}${hint}`;
    return [{ ...about, kind: "column retyped", stops: true, message }];
  }
  const changes: SchemaChange[] = [];
  if (how === "other") {
    const message = `${table}.${name} is ${type}, the spec says ${expected}; values that do ` +
      "not fit go to quarantine";
    changes.push({ ...about, kind: "column retyped", stops: false, message });
  } else if (isWider(column, type)) {
    const message =
      `${table}.${name} is ${type}, the spec says ${expected}; longer values are kept`;
    changes.push({ ...about, kind: "column widened", stops: false, message });
  }
  if (nullable && !column.nullable && name !== key) {
    const message = `${table}.${name} can be NULL; rows with NULL go to quarantine`;
    changes.push({ ...about, kind: "null allowed", stops: false, message });
  }
  return changes;
}

/**
 * Returns the changes of a table's key. With another key, several rows can have the same key of the
 * spec.
 */
function keyChanges(
  { name: table, key }: SourceTableSpec,
  { kind, primary_key, unique }: CatalogTable,
): SchemaChange[] {
  if (unique.includes(key)) return [];
  const change = { table, column: key, kind: "key changed" } as const;
  // The key of a partitioned table has to include the partition columns.
  if (primary_key && kind !== "p") {
    const message = `the primary key of ${table} is (${primary_key.join(", ")}), the spec says ` +
      `${key}, which has no unique constraint`;
    return [{ ...change, stops: true, message }];
  }
  const message =
    `${table}.${key} has no unique constraint; duplicates are looked for at every extraction`;
  return [{ ...change, stops: false, message }];
}

/** Returns the tables whose key has no unique constraint. */
export function unguardedTables(model: Model, { tables }: Catalog): SourceTableSpec[] {
  return model.source.filter(({ name, key }) =>
    tables.some((found) => found.name === name && (found.inherited || !found.unique.includes(key)))
  );
}

/** Returns the difference for keys that several rows have. */
export function duplicateKeys(
  { name, key }: SourceTableSpec,
  examples: readonly string[],
): SchemaChange {
  const message =
    `several rows of ${name} have the same ${key} (${examples.join(", ")}): make it ` +
    "unique, or name another key in the spec";
  return { table: name, column: key, kind: "key changed", stops: true, message };
}

/**
 * Returns a difference for every table that is stopped because a warehouse table joins it with a stopped
 * table, directly or through others.
 */
export function dependents(model: Model, changes: readonly SchemaChange[]): SchemaChange[] {
  const stopped = new Set(changes.filter(({ stops }) => stops).map(({ table }) => table));
  const dependent: SchemaChange[] = [];
  for (let found = true; found;) {
    found = false;
    for (const table of model.warehouse) {
      if (table.kind === "calendar" || stopped.has(table.from)) continue;
      const parent = tableJoins(table, model).map(({ parent }) => parent.name)
        .find((name) => stopped.has(name));
      if (parent === undefined) continue;
      stopped.add(table.from);
      const message = `${table.from} is stopped with ${parent}: ${table.name} is made from both`;
      const kind = "depends on a stopped table";
      dependent.push({ table: table.from, kind, stops: true, message });
      found = true;
    }
  }
  return dependent;
}

type Fit = "same" | "other" | "none";

const CHARACTER = ["text", "character varying", "name", "citext"];
/** Types whose values are padded with spaces. */
const PADDED = ["character"];
const INTEGER_TYPES = ["smallint", "integer", "bigint"];

/**
 * Returns how a type of the source fits a column. `other`: the spec reads its values, but not all of
 * them have to fit.
 */
function typeFit(column: ColumnSpec, baseType: string): Fit {
  switch (column.type) {
    case "integer":
      return oneOf(["smallint", "integer"], ["bigint"], baseType);
    case "bigint":
      return oneOf(INTEGER_TYPES, [], baseType);
    case "numeric":
      return oneOf(["numeric"], INTEGER_TYPES, baseType);
    case "boolean":
    case "date":
      return oneOf([column.type], [], baseType);
    case "time":
    case "timestamp":
      return oneOf([`${column.type} without time zone`], [], baseType);
    case "text":
      return column.native === undefined
        ? oneOf(CHARACTER, PADDED, baseType)
        : oneOf([column.native], [...CHARACTER, ...PADDED], baseType);
    default:
      return assertNever(column);
  }
}

function oneOf(same: readonly string[], other: readonly string[], baseType: string): Fit {
  return same.includes(baseType) ? "same" : other.includes(baseType) ? "other" : "none";
}

function isWider(column: ColumnSpec, type: string): boolean {
  if (column.type !== "text" || column.maxLength === undefined) return false;
  const length = /\((\d+)\)$/.exec(type)?.[1];
  return length === undefined || Number(length) > column.maxLength;
}

function nativeType(column: ColumnSpec): string {
  return column.type === "text" && column.native !== undefined ? column.native : sqlType(column);
}
