import type { Model } from "../../schemas/model.ts";
import type { Part } from "../../schemas/origin.ts";
import type { CalendarSpec, DerivedTable, WarehouseTableSpec } from "../../schemas/table.ts";
import { resolveColumns, type ResolvedColumn, tableJoins } from "./resolve_columns.ts";
import { sourceTable } from "./source_table.ts";

/** What a warehouse column is made of. */
export interface ColumnLineage {
  /** The source columns whose values it holds or is made of, as `table.column`. */
  readonly columns: readonly string[];
  /** The source columns that select the row they are read from, as `table.column`. */
  readonly joins: readonly string[];
  /** The part that is taken of a date or timestamp. */
  readonly part?: Part;
  /** The function that makes the value, with its version; the name of a row function is `row`. */
  readonly by?: { readonly name: string; readonly version: number };
}

/**
 * Returns the lineage of each column of a warehouse table, derived from the model alone. A calendar comes
 * from the dates of every column that references it. A row function can use every column of its rows.
 *
 * @throws {ConfigurationError} when an origin is wrong.
 */
export function lineageOf(
  table: WarehouseTableSpec,
  model: Model,
): Readonly<Record<string, ColumnLineage>> {
  if (table.kind !== "calendar" && table.row) return rowLineage(table, model);
  const dates = table.kind === "calendar" ? datesOf(table, model) : undefined;
  return Object.fromEntries(
    resolveColumns(table, model).map((column) => [column.name, columnLineage(column, dates)]),
  );
}

function columnLineage(
  { source, column, joins, part, by }: ResolvedColumn,
  dates: readonly string[] | undefined,
): ColumnLineage {
  return {
    columns: dates ?? [`${source.name}.${column}`],
    joins: joins.map(({ child, column }) => `${child.name}.${column}`),
    ...part && { part },
    ...by && { by: { name: by.name, version: by.version } },
  };
}

/** Returns the source columns with the dates of a calendar. */
function datesOf(calendar: CalendarSpec, model: Model): string[] {
  const dates = model.warehouse.filter((table) => table.kind !== "calendar").flatMap((table) => {
    const lineage = lineageOf(table, model);
    return Object.entries(table.columns)
      .filter(([, { references }]) => references === calendar.name)
      .flatMap(([name]) => lineage[name].columns);
  });
  return [...new Set(dates)];
}

function rowLineage(
  table: DerivedTable,
  model: Model,
): Readonly<Record<string, ColumnLineage>> {
  const joins = tableJoins(table, model);
  const sources = [sourceTable(model, table.from), ...joins.map(({ parent }) => parent)];
  const lineage: ColumnLineage = {
    columns: [
      ...new Set(
        sources.flatMap(({ name, columns }) =>
          Object.keys(columns).map((column) => `${name}.${column}`)
        ),
      ),
    ],
    joins: joins.map(({ child, column }) => `${child.name}.${column}`),
    by: { name: "row", version: table.row!.version },
  };
  return Object.fromEntries(Object.keys(table.columns).map((name) => [name, lineage]));
}
