/**
 * A part of a first load that is copied straight into its table, without a staging table, a merge or
 * the upkeep of keys. The result must equal that of a merge, so every row must be new to the table
 * and refer to rows that exist. The rows are watched as they pass, and the rest is asked afterwards.
 *
 * @module
 */
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import type { AnyRow, TableSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { historyOf, references, sqlType } from "../derive/ddl.ts";
import type { Connection } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";

/** How far a table is filled. */
export interface Filled {
  /** The last surrogate key of a fact, history included; 0 for other tables. */
  readonly last: number;
  /** The greatest key, as text; null when the table is empty. */
  readonly greatest: string | null;
}

/** Returns how far a table is filled. */
export async function filledTo(warehouse: Connection, table: WarehouseTableSpec): Promise<Filled> {
  const greatest = (column: string, name: string) =>
    `(SELECT max(${identifier(column)}) FROM ${identifier(name)})`;
  const last = table.kind !== "fact"
    ? "0"
    : `greatest(${greatest(table.surrogate, table.name)}, ${
      greatest(table.surrogate, historyOf(table))
    }, 0)`;
  const [filled] = await warehouse.query<{ last: number; greatest: string | null }>(
    `SELECT ${last}::float8 AS last, ${greatest(table.key, table.name)}::text AS greatest`,
  );
  return filled;
}

type Comparable = (key: Value) => number | bigint;

/** Returns how to compare keys like Postgres; undefined for types whose order depends on settings. */
function comparable({ type }: ColumnSpec): Comparable | undefined {
  if (type === "integer") return Number;
  return type === "bigint" ? (key) => BigInt(key!) : undefined;
}

/** Returns whether rows of a table can be copied directly at all. */
export function hasOrderedKey(table: TableSpec): boolean {
  return comparable(table.columns[table.key]) !== undefined;
}

/** More distinct references to one table than this are checked in the database. */
const MAX_DISTINCT = 10_000;

/** A table that others refer to, and what they refer to. */
interface Referenced {
  readonly parent: TableSpec;
  readonly columns: string[];
  readonly values: Set<Value>;
}

/** Decides whether the rows of a part can stay where they were copied, or need a merge. */
export class DirectPart {
  readonly #table: WarehouseTableSpec;
  readonly #filled: Filled;
  readonly #referenced: readonly Referenced[];
  readonly #comparable: Comparable;
  #greatest: number | bigint;
  #isAscending = true;
  #isNew = true;

  constructor(table: WarehouseTableSpec, all: readonly TableSpec[], filled: Filled) {
    this.#table = table;
    this.#filled = filled;
    this.#referenced = referencedBy(table, all);
    this.#comparable = comparable(table.columns[table.key])!;
    this.#greatest = filled.greatest === null ? -Infinity : this.#comparable(filled.greatest);
  }

  /** Yields the rows and notes what they refer to. Ends at a row that the table can have. */
  async *watch(batches: AsyncIterable<readonly AnyRow[]>): AsyncGenerator<readonly AnyRow[]> {
    const loaded = this.#greatest;
    for await (const rows of batches) {
      for (const row of rows) {
        const key = this.#comparable(row[this.#table.key]);
        this.#isNew &&= key > loaded;
        if (key <= this.#greatest) this.#isAscending = false;
        else this.#greatest = key;
      }
      if (!this.#isNew) return;
      for (const one of this.#referenced) note(one, rows);
      yield rows;
    }
  }

  /**
   * Returns whether the rows, now in the table, are what a merge would have made: none was there,
   * repeats, is missing a row that it refers to, or has a version in quarantine.
   */
  async fits(warehouse: Connection): Promise<boolean> {
    if (!this.#isNew) return false;
    const { name, key } = this.#table;
    const values: unknown[] = [name];
    const [copied, quotedKey] = [`${identifier(name)} n`, `n.${identifier(key)}`];
    const problems = [
      // The first condition spares the join while nothing is in quarantine.
      `SELECT FROM etl.quarantine WHERE table_name = $1) AND EXISTS (
  SELECT FROM etl.quarantine q JOIN ${copied} ON ${quotedKey}::text = q.key
  WHERE q.table_name = $1 AND ${this.#isCopied()}`,
      ...this.#isAscending ? [] : [
        `SELECT FROM ${copied} WHERE ${this.#isCopied()} GROUP BY ${quotedKey} HAVING count(*) > 1`,
      ],
      ...this.#referenced.flatMap((one) => this.#missing(one, values)),
    ];
    const [{ found }] = await warehouse.query(
      `SELECT ${problems.map((problem) => `EXISTS (${problem})`).join("\n  OR ")} AS found`,
      values,
    );
    return !found;
  }

  /** Returns the condition for the rows of this part, as SQL about `n`. */
  #isCopied(): string {
    const { last, greatest } = this.#filled;
    if (this.#table.kind === "fact") return `n.${identifier(this.#table.surrogate)} > ${last}`;
    return greatest === null ? "true" : `n.${identifier(this.#table.key)} > ${greatest}`;
  }

  /** Returns queries for references to missing rows. Adds to the values of their parameters. */
  #missing({ parent, columns, values: distinct }: Referenced, values: unknown[]): string[] {
    const key = identifier(parent.key);
    const isMissing = (value: string) =>
      `NOT EXISTS (SELECT FROM ${identifier(parent.name)} p WHERE p.${key} = ${value})`;
    if (distinct.size <= MAX_DISTINCT) {
      values.push(JSON.stringify([...distinct]));
      const type = sqlType(parent.columns[parent.key]);
      return [
        `SELECT FROM jsonb_array_elements_text($${values.length}::text::jsonb) AS v(value)
  WHERE ${isMissing(`v.value::${type}`)}`,
      ];
    }
    return columns.map((column) =>
      `SELECT FROM ${identifier(this.#table.name)} n
  WHERE ${this.#isCopied()} AND n.${identifier(column)} IS NOT NULL
    AND ${isMissing(`n.${identifier(column)}`)}`
    );
  }
}

function referencedBy(table: TableSpec, all: readonly TableSpec[]): Referenced[] {
  const found = new Map<TableSpec, Referenced>();
  for (const { column, parent } of references(table, all)) {
    const one = found.get(parent) ?? { parent, columns: [], values: new Set() };
    one.columns.push(column);
    found.set(parent, one);
  }
  return [...found.values()];
}

function note({ columns, values }: Referenced, rows: readonly AnyRow[]): void {
  for (const column of columns) {
    for (let i = 0; i < rows.length && values.size <= MAX_DISTINCT; i++) {
      const value = rows[i][column];
      if (value !== null) values.add(value);
    }
  }
}
