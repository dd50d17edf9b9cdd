import type { CatalogueTable } from "../../../../sdk/derive/catalogue.ts";
import { readableIdentifier } from "../../../../sdk/postgres/sql.ts";
import type { Statement } from "../../../../sdk/postgres/statement.ts";
import { ask } from "../operations/ask.ts";
import type { Warehouse } from "../warehouse.ts";

/** Days up to the newest that are shown: 13 weeks. */
export const DAYS = 91;

/** The rows of a day. */
export interface DayRows {
  /** The day: `YYYY-MM-DD`. */
  readonly day: string;
  readonly rows: number;
}

/** Returns the column that says on which day a row of a fact began; undefined for other tables. */
export function dateColumnOf({ kind, columns }: CatalogueTable): string | undefined {
  if (kind !== "fact") return undefined;
  return columns.find(({ type, references }) => type === "date" && references !== undefined)?.name;
}

/**
 * Returns the statement that counts a fact's rows per day: the last {@linkcode DAYS} days up to the newest
 * row that is not of the future. A date that was mistyped must not hide the others.
 */
function selectRowsPerDay(
  { name }: CatalogueTable,
  column: string,
  today: string,
): Statement {
  const [date, table] = [column, name].map(readableIdentifier);
  const text = `SELECT day::text, rows::integer FROM (
  SELECT ${date} AS day, count(*) AS rows, max(${date}) OVER () AS newest
  FROM ${table} WHERE ${date} <= $1::date GROUP BY ${date}
) days WHERE day > newest - ${DAYS} ORDER BY day`;
  return { text, values: [today] };
}

/**
 * Reads rows per day. Counting a million takes a tenth of a second, so the counts of a table are kept until it
 * changes.
 */
export class RowsPerDay {
  readonly #warehouse: Warehouse;
  readonly #kept = new Map<string, { readonly version: string; readonly days: DayRows[] }>();

  constructor(warehouse: Warehouse) {
    this.#warehouse = warehouse;
  }

  /**
   * Returns a fact's rows per day, the oldest first. Days without rows are left out.
   *
   * @param changed When the fact last changed; null when that is unknown.
   */
  async read(
    table: CatalogueTable,
    column: string,
    now: Date,
    changed: string | null,
  ): Promise<DayRows[]> {
    const today = now.toISOString().slice(0, 10);
    const version = `${today} ${changed}`;
    const kept = this.#kept.get(table.name);
    if (kept?.version === version) return kept.days;
    const days = await ask<DayRows>(this.#warehouse, selectRowsPerDay(table, column, today));
    if (changed !== null) this.#kept.set(table.name, { version, days });
    return days;
  }
}
