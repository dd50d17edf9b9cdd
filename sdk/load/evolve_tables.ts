import type { ColumnSpec } from "../../schemas/columns.ts";
import type { FactSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { createVersionsView, sqlType, tableNames, versionsOf } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import type { WarehouseTable } from "./tables.ts";

/**
 * Upgrades tables of earlier specs: adds missing columns and widens narrow ones. Nothing is
 * removed. An added column holds NULL, even where the spec forbids it, until its table was read in
 * full. `tables` are those that exist.
 */
export async function evolveTables(
  warehouse: Connection,
  all: readonly WarehouseTableSpec[],
  tables: ReadonlyMap<string, WarehouseTable>,
): Promise<void> {
  for (const table of all) {
    const changes = tableNames(table).flatMap((name) => {
      const found = tables.get(name);
      return found ? evolution(table, found) : [];
    });
    if (changes.length === 0) continue;
    if (table.kind === "fact") await withoutView(warehouse, table, changes);
    else await warehouse.batch(changes);
  }
}

/** Returns the statements that upgrade a table to its spec. */
export function evolution(
  { columns }: WarehouseTableSpec,
  found: Pick<WarehouseTable, "name" | "columns">,
): string[] {
  return Object.entries(columns).flatMap(([name, column]) => {
    const existing = found.columns.find((other) => other.name === name);
    const quoted = identifier(name);
    const actions = !existing ? [`ADD COLUMN ${quoted} ${sqlType(column)}`] : [
      ...isTooNarrow(column, existing.type)
        ? [`ALTER COLUMN ${quoted} TYPE ${sqlType(column)}`]
        : [],
      ...column.nullable && !existing.nullable ? [`ALTER COLUMN ${quoted} DROP NOT NULL`] : [],
    ];
    return actions.map((action) => `ALTER TABLE ${identifier(found.name)} ${action}`);
  });
}

/** Returns whether a column has the spec's type but holds less. */
function isTooNarrow(column: ColumnSpec, type: string): boolean {
  const sizes = /^(numeric|character varying)\((\d+)(?:,(\d+))?\)$/.exec(type);
  if (!sizes) return type === "integer" && column.type === "bigint";
  const [, baseType, size, scale = "0"] = sizes;
  if (baseType === "numeric" && column.type === "numeric") {
    if (column.precision === undefined) return true;
    const wanted = column.scale ?? 0;
    return wanted > Number(scale) || column.precision - wanted > Number(size) - Number(scale);
  }
  if (baseType === "numeric" || column.type !== "text") return false;
  return column.maxLength === undefined || column.maxLength > Number(size);
}

/** Runs statements without the view, which would block them, and restores the view's grants. */
async function withoutView(
  warehouse: Connection,
  fact: FactSpec,
  changes: readonly string[],
): Promise<void> {
  const view = identifier(versionsOf(fact));
  const grants = await warehouse.query<{ statement: string }>(
    `SELECT format('GRANT %s ON %s TO %s%s', privilege_type, oid::regclass,
  CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
  CASE WHEN is_grantable THEN ' WITH GRANT OPTION' END) AS statement
FROM pg_class, aclexplode(relacl) WHERE oid = to_regclass($1) AND grantee <> relowner`,
    [view],
  );
  await warehouse.batch([
    `DROP VIEW IF EXISTS ${view}`,
    ...changes,
    createVersionsView(fact),
    ...grants.map(({ statement }) => statement),
  ]);
}
