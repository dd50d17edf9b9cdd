/**
 * Makes rows of the warehouse from rows of the source: validates, joins, transforms. The transform and the
 * comparison with the source both use it. Does no I/O.
 *
 * @module
 */
import type { Value } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import type { AnyRow, CalendarSpec, DerivedTable, SourceTableSpec } from "../../schemas/table.ts";
import { rowValidator } from "../derive/validator.ts";
import { sourceTable } from "../derive/source_table.ts";
import { RowError } from "../errors.ts";
import type { ResolvedJoin } from "../derive/resolve_joins.ts";
import { tableJoins } from "../derive/resolve_columns.ts";
import { rowTransform } from "./row_transform.ts";

const FIX_ROW = "fix the row in the source; the next run reads it again";

/** The rows that a table is joined with, or their errors, by source table and key. */
export type JoinedRows = ReadonlyMap<
  string,
  { get(key: Value): AnyRow | RowError | undefined }
>;

/**
 * Returns a function that validates a source row and returns it. The function throws a
 * {@linkcode RowError} that names the row and the problem when the row is invalid.
 */
export function rowReader(table: SourceTableSpec): (row: unknown) => AnyRow {
  const problemOf = rowValidator(table);
  return (row) => {
    const problem = problemOf(row);
    if (problem === undefined) return row as AnyRow;
    const key = (row as AnyRow | null)?.[table.key];
    throw new RowError(`${table.name} ${key}: ${problem}`, {
      stage: "transform",
      table: table.name,
      next: FIX_ROW,
    });
  };
}

/**
 * Returns a function that joins a source row and transforms it into a row of the warehouse table, or null
 * when the table leaves it out. The function throws a {@linkcode RowError} when a joined row is missing or
 * invalid, or a function of the model throws.
 */
export function joinAndTransform(
  table: DerivedTable,
  model: Model,
  joined: JoinedRows,
): (row: AnyRow) => AnyRow | null {
  const joins = tableJoins(table, model);
  const transform = rowTransform(table, model);
  const from = sourceTable(model, table.from);
  return (row) => {
    const others: Record<string, AnyRow | null> = Object.create(null);
    for (const join of joins) {
      others[join.path] = lookUp(join, join.base === "" ? row : others[join.base], joined);
    }
    try {
      return transform(row, others);
    } catch (error) {
      throw rowError(error, from, row);
    }
  };
}

/** Returns the error of a row that a function of the model refused. */
function rowError(cause: unknown, { name, key }: SourceTableSpec, row: AnyRow): RowError {
  if (cause instanceof RowError) return cause;
  const problem = cause instanceof Error ? cause.message : String(cause);
  return new RowError(`${name} ${row[key]}: ${problem}`, {
    stage: "transform",
    table: name,
    next: FIX_ROW,
    cause,
  });
}

/** Returns the row that another refers to; null when the reference is NULL. */
function lookUp(
  { child, column, parent }: ResolvedJoin,
  row: AnyRow | null,
  joined: JoinedRows,
): AnyRow | null {
  if (row === null || row[column] === null) return null;
  const other = joined.get(parent.name)?.get(row[column]);
  if (other === undefined) {
    throw new RowError(
      `${child.name} ${row[child.key]}: ${column} refers to ${parent.name} ${row[column]}, ` +
        "which the source does not have",
      { stage: "transform", table: child.name, next: `add that ${parent.name} to the source` },
    );
  }
  if (other instanceof RowError) throw other;
  return other;
}

/** Calls a function, and returns its RowError if it throws one. */
export function catchRowError<T>(work: () => T): T | RowError {
  try {
    return work();
  } catch (error) {
    if (error instanceof RowError) return error;
    throw error;
  }
}

/** Returns the calendar's rows for these dates. */
export function calendarRows(
  dates: readonly string[],
  table: CalendarSpec,
  model: Model,
): AnyRow[] {
  const transform = rowTransform(table, model);
  return dates.map((date) => transform({ [table.key]: date }, {})!);
}
