import type { ColumnSpec } from "../../schemas/columns.ts";
import type { WarehouseTableSpec } from "../../schemas/table.ts";
import type { DerivedView } from "../derive/converted_views.ts";
import { createVersionsView, sqlType, tableNames, versionsOf } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import { dropViews, updateViews } from "./derived_views.ts";
import type { WarehouseTable } from "./tables.ts";

/**
 * Upgrades tables of earlier specs: adds missing columns and widens narrow ones. Nothing is
 * removed. An added column holds NULL, even where the spec forbids it, until its table was read in
 * full. `tables` are those that exist. Views on their columns are dropped and created again; readers keep
 * their rights.
 */
export async function evolveTables(
  warehouse: Connection,
  all: readonly WarehouseTableSpec[],
  tables: ReadonlyMap<string, WarehouseTable>,
  views: readonly DerivedView[],
): Promise<void> {
  const changes = all.map((table) => ({
    table,
    statements: tableNames(table).flatMap((name) => {
      const found = tables.get(name);
      return found ? evolution(table, found) : [];
    }),
  })).filter(({ statements }) => statements.length > 0);
  if (changes.length === 0) return;
  const facts = changes.map(({ table }) => table).filter((table) => table.kind === "fact");
  const grants = await dropViews(warehouse, [
    ...views.map(({ name }) => name).reverse(),
    ...facts.map(versionsOf),
  ]);
  await warehouse.batch(changes.flatMap(({ statements }) => statements));
  await warehouse.batch(facts.map(createVersionsView));
  await updateViews(warehouse, views);
  await warehouse.batch(grants);
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
