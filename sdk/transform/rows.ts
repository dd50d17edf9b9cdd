import type { ColumnSpec } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import type { AnyRow, SourceTableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { rowValidator } from "../derive/validator.ts";
import { sourceTable } from "../derive/source_table.ts";
import { RowError } from "../errors.ts";
import type { DateTransform, RowTransform } from "../options.ts";

/** A warehouse table whose rows are made of source rows. */
export type DerivedTable = Exclude<WarehouseTableSpec, { kind: "calendar" }>;

/** The rows a table is joined with, or what is wrong with them: by source table, then by key. */
export type JoinedRows = ReadonlyMap<string, ReadonlyMap<unknown, AnyRow | RowError>>;

/**
 * Reads a source row as the lake holds it.
 *
 * @throws {RowError} when it is no row of the table, saying which row and what is wrong with it.
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
      next: "correct the row in the source; the next run reads it again",
    });
  };
}

/**
 * Reads rows of a batch from before their spec had all its columns, of which it had `read`. A column it
 * lacks is NULL, if that may be; one it has all the same, kept as text unasked, is read as its type.
 */
export function upgradeRow(
  { columns }: SourceTableSpec,
  read: readonly string[],
): (row: unknown) => unknown {
  const later = Object.entries(columns).filter(([name]) => !read.includes(name));
  if (later.length === 0) return (row) => row;
  return (row) => {
    const whole: Record<string, unknown> = { ...row as AnyRow };
    for (const [name, column] of later) {
      if (Object.hasOwn(whole, name)) whole[name] = coerce(column, whole[name]);
      else if (column.nullable) whole[name] = null;
    }
    return whole;
  };
}

function coerce({ type }: ColumnSpec, value: unknown): unknown {
  if (typeof value !== "string") return value;
  if (type === "integer" && /^-?\d+$/.test(value)) return Number(value);
  if (type === "boolean" && /^(true|false)$/.test(value)) return value === "true";
  return value;
}

/**
 * Makes a source row a row of the warehouse table, looking up the rows it is joined with.
 *
 * @throws {RowError} when the batch lacks a row it is joined with, or that row is bad.
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

/** Reads the other sides of a table's joins. They are held in memory: dimensions, by their size. */
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

/** Rows by their key; a bad one is represented by its error, so that what joins it can say why. */
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

/** Does something with a row, and returns its error if it is bad. */
export function catchRowError<T>(work: () => T): T | RowError {
  try {
    return work();
  } catch (error) {
    if (error instanceof RowError) return error;
    throw error;
  }
}

/** Collects the dates that rows of a table refer to. */
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

/** The rows of the calendar for these dates, in order. */
export function calendarRows(dates: ReadonlySet<string>, transform: DateTransform): AnyRow[] {
  return [...dates].sort().map(transform);
}
