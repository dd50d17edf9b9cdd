/**
 * The tables of a model as a reader of its documentation sees them.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { FactSpec, TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { sqlType, storedColumns } from "../../sdk/derive/ddl.ts";
import type { Entity, KeyRole, Relationship } from "./er_diagram.ts";

/** A column as stored. */
export interface ColumnView {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly keys: readonly KeyRole[];
  /** The table whose key the column holds. */
  readonly references?: string;
}

/** A table as stored. */
export interface TableView {
  readonly name: string;
  /** What the table holds. */
  readonly meaning?: string;
  readonly columns: readonly ColumnView[];
}

/** Returns the source's tables. */
export function sourceViews({ source }: Model): TableView[] {
  return source.map((table) => {
    const columns = Object.entries(table.columns).map(([name, column]) => ({
      name,
      type: sourceType(column),
      nullable: column.nullable ?? false,
    }));
    return viewOf(table, columns);
  });
}

/** Returns the warehouse's tables, without the history tables. */
export function warehouseViews({ warehouse }: Model): TableView[] {
  return warehouse.map((table) => viewOf(table, storedColumns(table)));
}

/** Returns the fact and every table that it refers to, in the model's order. */
export function starOf(fact: FactSpec, { warehouse }: Model): WarehouseTableSpec[] {
  const names = new Set([fact.name]);
  // Iterating a set includes items added during the loop: a dimension can refer to another one.
  for (const name of names) {
    const table = warehouse.find((table) => table.name === name);
    for (const { references } of Object.values(table?.columns ?? {})) {
      if (references !== undefined) names.add(references);
    }
  }
  return warehouse.filter(({ name }) => names.has(name));
}

/** Returns a table for a diagram. `columns` chooses the columns to show; all by default. */
export function entityOf(
  view: TableView,
  columns: (column: ColumnView) => boolean = () => true,
): Entity {
  const attributes = view.columns.filter(columns)
    // A diagram has no room for lengths and precisions.
    .map(({ name, type, keys }) => ({ name, type: type.replace(/ ?\(.*/, ""), keys }));
  return { name: view.name, attributes };
}

/**
 * Returns the foreign keys of tables, those from one table to another on one line. A line names its
 * columns where they are not called like the key that they refer to.
 */
export function relationshipsOf(views: readonly TableView[]): Relationship[] {
  return views.flatMap(({ name: child, columns }) => {
    const lines = Map.groupBy(
      columns.filter(({ references }) => references !== undefined),
      ({ references, nullable }) => JSON.stringify([references, nullable]),
    );
    return [...lines.values()].map((keys) => {
      const parent = keys[0].references!;
      const key = views.find(({ name }) => name === parent)?.columns.find(isPrimary)?.name;
      const names = keys.map(({ name }) => name);
      return {
        parent,
        child,
        label: names.every((name) => name === key) ? [] : names,
        optional: keys[0].nullable,
      };
    });
  });
}

/** Returns whether the column is the primary key. */
export function isPrimary({ keys }: ColumnView): boolean {
  return keys.includes("PK");
}

/** Returns the names of the columns that every table has. */
export function commonColumns(views: readonly TableView[]): string[] {
  const [first, ...others] = views.map(({ columns }) => columns.map(({ name }) => name));
  return others.length === 0
    ? []
    : first.filter((name) => others.every((names) => names.includes(name)));
}

function viewOf(
  table: TableSpec | WarehouseTableSpec,
  columns: readonly Pick<ColumnView, "name" | "type" | "nullable">[],
): TableView {
  const surrogate = "kind" in table && table.kind === "fact" ? table.surrogate : null;
  return {
    name: table.name,
    meaning: table.meaning,
    columns: columns.map((column) => {
      const references = table.columns[column.name]?.references;
      const keys: KeyRole[] = [];
      if (column.name === (surrogate ?? table.key)) keys.push("PK");
      if (surrogate !== null && column.name === table.key) keys.push("UK");
      if (references !== undefined) keys.push("FK");
      return { ...column, keys, references };
    }),
  };
}

function sourceType(column: ColumnSpec): string {
  if (column.type !== "text") return sqlType(column);
  if (column.format === "date") return "text (YYYY-MM-DD)";
  return column.native ?? sqlType(column);
}
