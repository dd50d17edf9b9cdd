import type { WarehouseTableSpec } from "../../schemas/table.ts";
import { addKeys, createTable, storedColumns, tableNames } from "../derive/ddl.ts";
import type { CatalogColumn } from "../postgres/catalog.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";

/** A table of the star, or the history of a fact, as the catalog has it. */
export interface WarehouseTable {
  readonly name: string;
  /** Whether it has no key, so that nothing refuses a row that repeats. */
  readonly isBare: boolean;
  readonly hasForeignKeys: boolean;
  /** Whether this role can change it. */
  readonly isOwned: boolean;
  /** The columns, in order. */
  readonly columns: readonly Pick<CatalogColumn, "name" | "type" | "nullable">[];
}

/** Returns the statement that selects each {@linkcode WarehouseTable} that exists. */
export function selectTables(all: readonly WarehouseTableSpec[]): Statement {
  const wanted = all.flatMap(tableNames).map((name) => ({
    name,
    quoted: identifier(name),
  }));
  // pg_class in the statement lets a session that waited for a lock see tables created meanwhile.
  const text = `SELECT w.name, pg_has_role(t.relowner, 'USAGE') AS "isOwned",
  NOT EXISTS (SELECT FROM pg_index WHERE indrelid = t.oid AND indisunique) AS "isBare",
  EXISTS (SELECT FROM pg_constraint WHERE conrelid = t.oid AND contype = 'f') AS "hasForeignKeys",
  (SELECT jsonb_agg(jsonb_build_object('name', attname,
      'type', format_type(atttypid, atttypmod), 'nullable', NOT attnotnull) ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped) AS columns
FROM jsonb_to_recordset($1::text::jsonb) AS w(name text, quoted text)
JOIN pg_class t ON t.oid = to_regclass(w.quoted)`;
  return { text, values: [JSON.stringify(wanted)] };
}

/** Returns the rows of {@linkcode selectTables}, by name. */
export function tablesOf(rows: readonly QueryRow[]): Map<string, WarehouseTable> {
  return new Map((rows as unknown as WarehouseTable[]).map((table) => [table.name, table]));
}

/**
 * Creates those of these tables that are missing, and adds them to `tables`. Dimensions get their primary
 * key at once; a fact stays bare until its first rows are complete. Returns the names of the new ones.
 */
export async function createMissingTables(
  warehouse: Connection,
  wanted: readonly WarehouseTableSpec[],
  tables: Map<string, WarehouseTable>,
): Promise<Set<string>> {
  const missing = wanted.filter(({ name }) => !tables.has(name));
  await warehouse.batch(missing.flatMap((table) => [
    ...createTable(table),
    ...table.kind === "fact" ? [] : addKeys(table),
  ]));
  for (const table of missing) {
    const { name } = table;
    const isBare = table.kind === "fact";
    const columns = storedColumns(table);
    tables.set(name, { name, isBare, hasForeignKeys: false, isOwned: true, columns });
  }
  return new Set(missing.map(({ name }) => name));
}

/**
 * Allows NULL in columns, for rows from before their table had them, as in a warehouse that loaded
 * them at that time.
 */
export async function allowNull(
  warehouse: Connection,
  table: WarehouseTableSpec,
  columns: readonly string[],
): Promise<void> {
  for (const name of tableNames(table)) {
    const rows = await warehouse.query<{ column: string }>(
      `SELECT attname AS column FROM pg_attribute
WHERE attrelid = to_regclass($1) AND attnotnull
  AND attname IN (SELECT jsonb_array_elements_text($2::text::jsonb))`,
      [identifier(name), JSON.stringify(columns)],
    );
    const changes = rows.map(({ column }) =>
      `ALTER TABLE ${identifier(name)} ALTER COLUMN ${identifier(column)} DROP NOT NULL`
    );
    await warehouse.batch(changes);
  }
}
