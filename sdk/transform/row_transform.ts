/**
 * Derives the transform of single rows from a warehouse table's literal. Does no I/O.
 *
 * @module
 */
import type { Value } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import { type ColumnType, PART_TYPES } from "../../schemas/origin.ts";
import type { AnyRow, WarehouseTableSpec } from "../../schemas/table.ts";
import { partOf } from "../derive/parts.ts";
import { resolveColumns, type ResolvedColumn } from "../derive/resolve_columns.ts";

/**
 * Makes a warehouse row of a source row and the rows that it is joined with, by the path of the join; a
 * joined row is null where the reference is NULL. Returns null when the table leaves the row out.
 */
export type RowTransform = (
  row: AnyRow,
  joined: Readonly<Record<string, AnyRow | null>>,
) => AnyRow | null;

type ValueMaker = (...rows: Parameters<RowTransform>) => Value;

/**
 * Returns the transform of a warehouse table's rows. That of a calendar takes a row with the date as the
 * calendar's key.
 *
 * @throws {ConfigurationError} when an origin of the table is wrong.
 */
export function rowTransform(table: WarehouseTableSpec, model: Model): RowTransform {
  if (table.kind !== "calendar" && table.row) {
    const { row: byFunction } = table;
    return (row, joined) => byFunction.make(row, joined);
  }
  const columns = resolveColumns(table, model)
    .map((column) => [column.name, valueMaker(column)] as const);
  // An assignment to this name would set the prototype.
  if (Object.hasOwn(table.columns, "__proto__")) {
    return (row, joined) =>
      Object.fromEntries(columns.map(([name, make]) => [name, make(row, joined)]));
  }
  return (row, joined) => {
    const made: Record<string, Value> = {};
    for (const [name, make] of columns) made[name] = make(row, joined);
    return made;
  };
}

function valueMaker(resolved: ResolvedColumn): ValueMaker {
  const { column, joins } = resolved;
  const path = joins.at(-1)?.path;
  const read: ValueMaker = path === undefined
    ? (row) => row[column]
    : (_, joined) => joined[path]?.[column] ?? null;
  const convert = converter(resolved);
  if (!convert) return read;
  return (row, joined) => {
    const value = read(row, joined);
    return value === null ? null : convert(value);
  };
}

/** Returns what makes a column's value of one that is not NULL; undefined when it stays as it is. */
export function converter(
  { spec, columnSpec, part, by }: ResolvedColumn,
): ((value: NonNullable<Value>) => Value) | undefined {
  if (part !== undefined) {
    const take = partOf(part);
    const widen = widening(PART_TYPES[part], spec.type);
    return (text) => widen(take(text as string));
  }
  if (by) {
    const widen = widening(by.returns, spec.type);
    return (value) => {
      const made = by.call(value);
      return made === null ? null : widen(made);
    };
  }
  return columnSpec.type === spec.type ? undefined : widening(columnSpec.type, spec.type);
}

/** Whole numbers of 64 bits and decimals are carried as text. */
function widening(type: ColumnType, target: ColumnType): (value: NonNullable<Value>) => Value {
  return type === "integer" && target !== "integer" ? String : (value) => value;
}
