import type { CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import { DELETED_AT } from "../../../../sdk/derive/ddl.ts";
import { identifier } from "../../../../sdk/postgres/sql.ts";
import { ask } from "../operations/ask.ts";
import type { Warehouse } from "../warehouse.ts";

/** Values of one row as text, by column. Personal columns are left out. */
export type ExampleRow = Readonly<Record<string, string | null>>;

/** Reads the newest row of a table, by its primary key; null for an empty table. */
export async function readExampleRow(
  warehouse: Warehouse,
  table: CatalogueTable,
): Promise<ExampleRow | null> {
  const shown = table.columns.filter(({ personal }) => !personal).map(({ name }) => name);
  const primary = table.columns.find(({ key }) => key === "primary")!.name;
  const present = table.kind === "dimension" ? `WHERE ${identifier(DELETED_AT)} IS NULL` : "";
  const text = `SELECT to_jsonb(ARRAY[${shown.map((name) => `${identifier(name)}::text`)}]) AS cells
FROM ${identifier(table.name)} ${present} ORDER BY ${identifier(primary)} DESC LIMIT 1`;
  const [row] = await ask<{ cells: (string | null)[] }>(warehouse, { text });
  if (!row) return null;
  return Object.fromEntries(shown.map((name, place) => [name, row.cells[place]]));
}
