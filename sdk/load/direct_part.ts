/**
 * A part of a first load that is copied straight into its table, without a staging table, a merge or
 * the upkeep of keys. The result must equal that of a merge, so every row must be new to the table
 * and refer to rows that exist. The rows are watched as they pass, and the rest is asked afterwards.
 *
 * @module
 */
import type { TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import type { ColumnBatch } from "../columns/column.ts";
import { references, sqlType, storedColumns, tableNames } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import type { Applied } from "./applied_commit.ts";
import { DistinctValues } from "./distinct_values.ts";
import { type KeyWatch, keyWatch, orderedKey } from "./key_watch.ts";
import type { WarehouseTable } from "./tables.ts";

/** How far a table is filled. */
export interface Filled {
  /** The last surrogate key of a fact, history included; 0 for other tables. */
  readonly last: number;
  /** The greatest key, as text; null when the table is empty. */
  readonly greatest: string | null;
}

/** The commit after which a table was so far. */
interface FilledAfter {
  readonly filled: Filled;
  readonly run: string;
  readonly sequence: number;
}

/** How far each table was filled by a session, by its name. To find out, the table has to be read. */
const remembered = new WeakMap<object, Map<string, FilledAfter>>();

/**
 * Returns how far a table is filled after the last applied commit; undefined when its keys have no order
 * that is known here.
 */
export async function filledTo(
  warehouse: Connection,
  table: WarehouseTableSpec,
  applied: Applied | null,
): Promise<Filled | undefined> {
  const known = remembered.get(warehouse.session)?.get(table.name);
  if (known && known.sequence === applied?.sequence && known.run === applied.run) {
    return known.filled;
  }
  const key = orderedKey(table.columns[table.key], identifier(table.key));
  if (key === undefined) return undefined;
  const greatest = (value: string, name: string) =>
    `(SELECT max(${value}) FROM ${identifier(name)})`;
  const surrogates = table.kind === "fact"
    ? tableNames(table).map((name) => greatest(identifier(table.surrogate), name))
    : [];
  const [filled] = await warehouse.query<{ last: number; greatest: string | null }>(
    `SELECT greatest(${[...surrogates, "0"].join(", ")})::float8 AS last,
  ${greatest(key, table.name)}::text AS greatest`,
  );
  return filled;
}

/** Types that are the same in binary COPY, as the catalog calls them. */
const SAME_BINARY: Readonly<Record<string, string>> = {
  "varchar": "text",
  "character varying": "text",
  "character": "text",
  "time": "time without time zone",
  "timestamp": "timestamp without time zone",
  "timestamptz": "timestamp with time zone",
};

/** Returns whether the columns of a table have the types that binary COPY sends. */
export function canCopyInto(
  table: WarehouseTableSpec,
  columns: WarehouseTable["columns"],
): boolean {
  const binary = (type: string) => {
    const base = type.replace(/\(.*\)/, "");
    return SAME_BINARY[base] ?? base;
  };
  return storedColumns(table).every(({ name, type }) => {
    const found = columns.find((column) => column.name === name);
    return found !== undefined && binary(found.type) === binary(type);
  });
}

/** A table that others refer to, and what they refer to. */
interface Referenced {
  readonly parent: TableSpec;
  /** The columns that refer to it, with their places in the batch. */
  readonly columns: { readonly name: string; readonly place: number }[];
  readonly distinct: DistinctValues;
}

/** Decides whether the rows of a part can stay where they were copied, or need a merge. */
export class DirectPart {
  readonly #table: WarehouseTableSpec;
  readonly #filled: Filled;
  readonly #keys: KeyWatch;
  readonly #keyPlace: number;
  readonly #referenced: readonly Referenced[];

  constructor(table: WarehouseTableSpec, all: readonly TableSpec[], filled: Filled) {
    this.#table = table;
    this.#filled = filled;
    this.#keys = keyWatch(table.columns[table.key], filled.greatest);
    this.#keyPlace = Object.keys(table.columns).indexOf(table.key);
    this.#referenced = referencedBy(table, all);
  }

  /** Yields the rows and notes what they refer to. Ends at a row that the table can have. */
  async *watch(batches: AsyncIterable<ColumnBatch>): AsyncGenerator<ColumnBatch> {
    for await (const batch of batches) {
      this.#keys.add(batch.columns[this.#keyPlace], batch.rows);
      if (!this.#keys.isNew) return;
      for (const { columns, distinct } of this.#referenced) {
        for (const { place } of columns) distinct.add(batch.columns[place], batch.rows);
      }
      yield batch;
    }
  }

  /**
   * Returns whether the rows, now in the table, are what a merge would have made: none was there,
   * repeats, is missing a row that it refers to, or has a version in quarantine.
   */
  async fits(warehouse: Connection): Promise<boolean> {
    if (!this.#keys.isNew) return false;
    const { name, key } = this.#table;
    const values: unknown[] = [name];
    const isCopied = this.#isCopied(values);
    const [copied, quotedKey] = [`${identifier(name)} n`, `n.${identifier(key)}`];
    const problems = [
      // The first condition spares the join while nothing is in quarantine.
      `SELECT FROM etl.quarantine WHERE table_name = $1) AND EXISTS (
  SELECT FROM etl.quarantine q JOIN ${copied} ON ${quotedKey}::text = q.key
  WHERE q.table_name = $1 AND ${isCopied}`,
      ...this.#keys.isAscending ? [] : [
        `SELECT FROM ${copied} WHERE ${isCopied} GROUP BY ${quotedKey} HAVING count(*) > 1`,
      ],
      ...this.#referenced.flatMap((one) => this.#missing(one, isCopied, values)),
    ];
    const [{ found }] = await warehouse.query(
      `SELECT ${problems.map((problem) => `EXISTS (${problem})`).join("\n  OR ")} AS found`,
      values,
    );
    return !found;
  }

  /** Remembers how far the table is filled once a commit that copied so many rows is applied. */
  remember({ session }: Connection, { sequence, run }: Applied, rows: number): void {
    const tables = remembered.get(session) ?? new Map<string, FilledAfter>();
    remembered.set(session, tables);
    const filled = { last: this.#filled.last + rows, greatest: this.#keys.greatest };
    tables.set(this.#table.name, { filled, sequence, run });
  }

  /** Returns the condition for the rows of this part, as SQL about `n`. */
  #isCopied(values: unknown[]): string {
    const { columns, key } = this.#table;
    const { last, greatest } = this.#filled;
    if (this.#table.kind === "fact") {
      return `n.${identifier(this.#table.surrogate)} > $${values.push(last)}::bigint`;
    }
    if (greatest === null) return "true";
    const ordered = orderedKey(columns[key], `n.${identifier(key)}`);
    return `${ordered} > $${values.push(greatest)}::${sqlType(columns[key])}`;
  }

  /** Returns queries for references to missing rows. Adds to the values of their parameters. */
  #missing(
    { parent, columns, distinct }: Referenced,
    isCopied: string,
    values: unknown[],
  ): string[] {
    const key = identifier(parent.key);
    const isMissing = (value: string) =>
      `NOT EXISTS (SELECT FROM ${identifier(parent.name)} p WHERE p.${key} = ${value})`;
    if (distinct.values) {
      const place = values.push(JSON.stringify(distinct.values));
      const type = sqlType(parent.columns[parent.key]);
      return [
        `SELECT FROM jsonb_array_elements_text($${place}::text::jsonb) AS v(value)
  WHERE ${isMissing(`v.value::${type}`)}`,
      ];
    }
    return columns.map(({ name }) =>
      `SELECT FROM ${identifier(this.#table.name)} n
  WHERE ${isCopied} AND n.${identifier(name)} IS NOT NULL
    AND ${isMissing(`n.${identifier(name)}`)}`
    );
  }
}

function referencedBy(table: TableSpec, all: readonly TableSpec[]): Referenced[] {
  const names = Object.keys(table.columns);
  const found = new Map<TableSpec, Referenced>();
  for (const { column, parent } of references(table, all)) {
    const one = found.get(parent) ??
      { parent, columns: [], distinct: new DistinctValues(table.columns[column]) };
    one.columns.push({ name: column, place: names.indexOf(column) });
    found.set(parent, one);
  }
  return [...found.values()];
}
