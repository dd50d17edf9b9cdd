/**
 * Makes rows of the warehouse from rows of the source: validates, joins, transforms. The transform and the
 * comparison with the source both use it. Does no I/O.
 *
 * @module
 */
import type { Model } from "../../schemas/model.ts";
import type {
  AnyRow,
  DerivedTable,
  SourceTableSpec,
  WarehouseTableSpec,
} from "../../schemas/table.ts";
import { rowValidator } from "../derive/validator.ts";
import { sourceTable } from "../derive/source_table.ts";
import { RowError } from "../errors.ts";
import type { DateTransform, RowTransform } from "../options.ts";

/** The rows that a table is joined with, or their errors, by source table and key. */
export type JoinedRows = ReadonlyMap<string, ReadonlyMap<unknown, AnyRow | RowError>>;

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
      next: "fix the row in the source; the next run reads it again",
    });
  };
}

/**
 * Returns a function that joins a source row and transforms it into a row of the warehouse table. The
 * function throws a {@linkcode RowError} when a joined row is missing or invalid.
 */
export function joinAndTransform(
  table: DerivedTable,
  transform: RowTransform,
  from: SourceTableSpec,
  joined: JoinedRows,
): (row: AnyRow) => AnyRow {
  const joins = Object.entries(table.join ?? {});
  return (row) => {
    const others: Record<string, AnyRow> = {};
    for (const [name, column] of joins) {
      const other = joined.get(name)?.get(row[column]);
      if (other === undefined) {
        throw new RowError(
          `${from.name} ${row[from.key]}: ${column} refers to ${name} ${row[column]}, ` +
            "which the source does not have",
          { stage: "transform", table: table.from, next: `add that ${name} to the source` },
        );
      }
      if (other instanceof RowError) throw other;
      others[name] = other;
    }
    return transform(row, others);
  };
}

/** Reads the rows that a table is joined with into memory. They are dimensions, so they fit. */
export async function joinedRows(
  table: DerivedTable,
  model: Model,
  read: (table: SourceTableSpec) => AsyncIterable<readonly unknown[]>,
): Promise<JoinedRows> {
  const joined = new Map<string, Map<unknown, AnyRow | RowError>>();
  for (const name of Object.keys(table.join ?? {})) {
    const parent = sourceTable(model, name);
    joined.set(name, await rowsByKey(parent, read(parent)));
  }
  return joined;
}

/** Returns rows by key. An invalid row is replaced by its error, for the rows that are joined with it. */
async function rowsByKey(
  table: SourceTableSpec,
  batches: AsyncIterable<readonly unknown[]>,
): Promise<Map<unknown, AnyRow | RowError>> {
  const read = rowReader(table);
  const byKey = new Map<unknown, AnyRow | RowError>();
  for await (const rows of batches) {
    for (const row of rows) byKey.set((row as AnyRow)[table.key], catchRowError(() => read(row)));
  }
  return byKey;
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

/** Returns a function that adds the dates that a row of a table refers to. */
export function dateCollector(
  table: WarehouseTableSpec,
  calendar: string | undefined,
  dates: Set<string>,
): (row: AnyRow) => void {
  const columns = Object.entries(table.columns)
    .filter(([, column]) => calendar !== undefined && column.references === calendar)
    .map(([name]) => name);
  return (row) => {
    for (const column of columns) {
      const date = row[column];
      if (date !== null) dates.add(date as string);
    }
  };
}

/** Returns the calendar's rows for these dates, in order. */
export function calendarRows(dates: ReadonlySet<string>, transform: DateTransform): AnyRow[] {
  return [...dates].sort().map(transform);
}
