/**
 * Rows as an analyst reads them: one at a time, all at once, or as columns.
 *
 * @module
 */
import type { Value } from "../../schemas/columns.ts";
import type { AnyRow, FactSpec, Row, WarehouseTableSpec } from "../../schemas/table.ts";

/** The columns of a row; of any type when the table is not known at compile time. */
export type KnownRow<T extends WarehouseTableSpec> = string extends keyof T["columns"] ? AnyRow
  : Row<T>;

/** A row of a warehouse table; that of a fact has the time from which its version is valid. */
export type TableRow<T extends WarehouseTableSpec> =
  & KnownRow<T>
  & (T extends FactSpec ? { readonly valid_from: string } : unknown);

/** A version of a row, with the time it begins and ends (RFC 3339, UTC). */
export type Version<T extends WarehouseTableSpec> = KnownRow<T> & {
  /** The time of the source snapshot that first showed it. */
  readonly valid_from: string;
  /** The time of the snapshot that first showed the next version, or missed the row; null if it is current. */
  readonly valid_to: string | null;
};

/** The values of rows as one array for each column. That of an integer without NULL is an `Int32Array`. */
export type ColumnArrays<R> = {
  readonly [Name in keyof R]: R[Name] extends number ? Int32Array : R[Name][];
};

/** The rows of a table. Nothing is read until they are used, and each use reads them again. */
export interface TableRows<R> extends AsyncIterable<R> {
  /** Returns all rows. */
  all(): Promise<R[]>;
  /** Returns all rows as one array for each column, which Arrow and data frames take as they are. */
  columns(): Promise<ColumnArrays<R>>;
}

/** Returns the rows that come in batches. `integers` are the columns that become an `Int32Array`. */
export function tableRows<R extends object>(
  names: readonly string[],
  integers: ReadonlySet<string>,
  batches: () => AsyncIterable<readonly R[]>,
): TableRows<R> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const batch of batches()) yield* batch;
    },
    async all() {
      const rows: R[] = [];
      for await (const batch of batches()) for (const row of batch) rows.push(row);
      return rows;
    },
    async columns() {
      const arrays = names.map((): Value[] => []);
      for await (const batch of batches()) {
        names.forEach((name, i) => {
          for (const row of batch as readonly Record<string, Value>[]) arrays[i].push(row[name]);
        });
      }
      const columns = names.map((
        name,
        i,
      ) => [name, integers.has(name) ? Int32Array.from(arrays[i] as number[]) : arrays[i]]);
      return Object.fromEntries(columns);
    },
  };
}

/** Returns the columns of a table whose values are integers and never NULL. */
export function integersOf({ columns }: WarehouseTableSpec): Set<string> {
  const found = Object.entries(columns).filter(([, { type, nullable }]) =>
    type === "integer" && !nullable
  );
  return new Set(found.map(([name]) => name));
}
