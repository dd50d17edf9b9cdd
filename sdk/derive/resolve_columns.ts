/**
 * Resolves the origins of a warehouse table's columns against the model: which source column each comes
 * from, over which joins. Transforms, extraction, lineage and checks all start here. Does no I/O.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import {
  type ColumnType,
  type Part,
  PART_TYPES,
  type ScalarFunction,
  type WarehouseColumn,
} from "../../schemas/origin.ts";
import type {
  CalendarSpec,
  DerivedTable,
  SourceTableSpec,
  WarehouseTableSpec,
} from "../../schemas/table.ts";
import { mappingError } from "./mapping_error.ts";
import { declaredJoins, type ResolvedJoin, resolveJoin } from "./resolve_joins.ts";
import { sourceTable } from "./source_table.ts";

/** A function with its name. */
export interface NamedFunction extends ScalarFunction {
  /** Its name in the model. */
  readonly name: string;
}

/** A warehouse column and its origin. */
export interface ResolvedColumn {
  /** The column's name in the warehouse. */
  readonly name: string;
  /** The column's spec. */
  readonly spec: WarehouseColumn;
  /** The table that has the source column: the last join's parent, else `from`, else the calendar's key. */
  readonly source: SourceTableSpec;
  /** The source column's name. */
  readonly column: string;
  /** The source column's spec. */
  readonly columnSpec: ColumnSpec;
  /** The joins that lead to `source`, in order; empty for a column of `from`. */
  readonly joins: readonly ResolvedJoin[];
  /** Whether the value can be NULL: so can the source column, or a reference on the way to it. */
  readonly nullable: boolean;
  /** The part that is taken of it. */
  readonly part?: Part;
  /** The function that makes the value of it. NULL stays NULL. */
  readonly by?: NamedFunction;
}

/**
 * Returns the columns of a warehouse table with their origins, in order. The rows of a calendar are made
 * from its key: its `source` is a table of only that column.
 *
 * @throws {ConfigurationError} when an origin is wrong: the message names the table and the column. A
 * table with a `row` function has no origins.
 */
export function resolveColumns(table: WarehouseTableSpec, model: Model): ResolvedColumn[] {
  return Object.keys(table.columns).map((name) => resolveColumn(table, name, model));
}

/**
 * Returns the joins of a warehouse table, each after the join it builds on: those of its columns, or those
 * in `join` when a row function makes its rows.
 *
 * @throws {ConfigurationError} when an origin is wrong.
 */
export function tableJoins(table: DerivedTable, model: Model): ResolvedJoin[] {
  if (table.row) return declaredJoins(table, model);
  const joins = resolveColumns(table, model).flatMap(({ joins }) => joins);
  return [...new Map(joins.map((join) => [join.path, join])).values()];
}

function resolveColumn(table: WarehouseTableSpec, name: string, model: Model): ResolvedColumn {
  const spec = table.columns[name];
  const { of = name, part } = spec;
  const { source, column, joins } = walk(table, name, of, model);
  const columnSpec = source.columns[column];
  const by = spec.by === undefined ? undefined : named(table, name, spec.by, model);
  const nullable = (columnSpec.nullable ?? false) || (by?.nullable ?? false) ||
    joins.some((join) => join.nullable);
  const resolved = { name, spec, source, column, columnSpec, joins, nullable, part, by };
  checkType(table, resolved);
  return resolved;
}

/** Follows a path to its column. */
function walk(
  table: WarehouseTableSpec,
  name: string,
  of: string,
  model: Model,
): Pick<ResolvedColumn, "source" | "column" | "joins"> {
  let source = table.kind === "calendar" ? keyTable(table) : sourceTable(model, table.from);
  const joins: ResolvedJoin[] = [];
  let rest = of;
  while (!Object.hasOwn(source.columns, rest)) {
    const dot = rest.indexOf(".");
    if (dot < 0 || table.kind === "calendar") {
      throw mappingError(
        table,
        name,
        `${source.name} has no column ${rest}`,
        `set \`of\` to a path to one of: ${Object.keys(source.columns).join(", ")}`,
      );
    }
    const join = resolveJoin(table, source, joins.at(-1), rest.slice(0, dot), model, name);
    joins.push(join);
    source = join.parent;
    rest = rest.slice(dot + 1);
  }
  return { source, column: rest, joins };
}

/** The rows that a calendar is made from: its key alone. */
function keyTable({ name, key, columns }: CalendarSpec): SourceTableSpec {
  return { name, key, columns: { [key]: columns[key] } };
}

function named(
  table: WarehouseTableSpec,
  column: string,
  name: string,
  { functions = {} }: Model,
): NamedFunction {
  if (Object.hasOwn(functions, name)) return { ...functions[name], name };
  const known = Object.keys(functions).join(", ") || "none yet";
  throw mappingError(
    table,
    column,
    `the model has no function ${name}`,
    `add it to \`functions\` of the model (${known})`,
  );
}

function checkType(table: WarehouseTableSpec, resolved: ResolvedColumn): void {
  const { name, spec, columnSpec, nullable, part, by } = resolved;
  const refuse = (problem: string, next: string) => {
    throw mappingError(table, name, problem, next);
  };
  const path = spec.of ?? name;
  if (part !== undefined && by !== undefined) {
    refuse("has both `part` and `by`", "keep one: a function can take the part itself");
  }
  if (part !== undefined && !hasPart(columnSpec, part)) {
    refuse(
      `${path} is ${typeName(columnSpec)}, which has no ${part}`,
      "name a date or timestamp in `of`",
    );
  }
  if (by !== undefined && by.takes !== columnSpec.type) {
    refuse(
      `${path} is ${columnSpec.type}, but ${by.name} takes ${by.takes}`,
      `name a column of type ${by.takes} in \`of\``,
    );
  }
  const type = part !== undefined ? PART_TYPES[part] : by?.returns ?? columnSpec.type;
  const isDate = part === undefined && by === undefined && isDateText(columnSpec);
  if (!fits(type, spec.type) && !(isDate && spec.type === "date")) {
    refuse(
      `${part ?? by?.name ?? path} is ${type}, the column ${spec.type}`,
      `declare it as ${type}, or name a function in \`by\` that returns ${spec.type}`,
    );
  }
  if (nullable && !spec.nullable) {
    refuse(`${path} can be NULL, the column cannot`, "set `nullable: true`");
  }
}

/** Returns whether every value of a type is one of the other type, without a function. */
function fits(type: ColumnType, target: ColumnType): boolean {
  return type === target || (target === "bigint" && type === "integer") ||
    (target === "numeric" && (type === "integer" || type === "bigint"));
}

function hasPart(column: ColumnSpec, part: Part): boolean {
  if (column.type === "timestamp") return Object.hasOwn(PART_TYPES, part);
  if (column.type !== "date" && !isDateText(column)) return false;
  return part !== "time" && Object.hasOwn(PART_TYPES, part);
}

function isDateText(column: ColumnSpec): boolean {
  return column.type === "text" && column.format === "date";
}

function typeName(column: ColumnSpec): string {
  return isDateText(column) ? "a date as text" : column.type;
}
