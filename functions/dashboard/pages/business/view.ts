/**
 * What every part of the business page gets.
 *
 * @module
 */
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import type { Chart } from "../../data/business/charts.ts";
import { type Filter, parametersOf } from "../../data/business/filter.ts";
import type { Business, ChartRows } from "../../data/business/read_business.ts";
import { type Money, moneyOf } from "../../layout/money.ts";
import type { Pair } from "./words.ts";

/** The business page, as its parts see it. */
export interface View {
  readonly business: Business;
  readonly rows: ChartRows;
  readonly filter: Filter;
  readonly money: Money;
  /** What the period before is called. */
  readonly before: string;
  /** Returns the links to the SQL and the CSV of a chart. */
  links(chart: Chart): readonly (readonly [label: string, href: string])[];
  /** Returns the link to the rows of a part of a chart. */
  rowsOf(selection: Readonly<Record<string, string | number>>, filter?: Filter): string;
}

/** Returns the view of a page. */
export function viewOf(business: Business): View {
  const { filter, rows, origin } = business;
  const query = withMark(parametersOf(filter));
  return {
    business,
    rows,
    filter,
    money: moneyOf(origin.referenceCurrency),
    before: filter.period.beforeLabel,
    links: (chart) => [
      ["SQL", `/business/${chart}.sql${query}`],
      ["CSV", `/business/${chart}.csv${query}`],
    ],
    rowsOf: (selection, of = filter) => {
      const parameters = parametersOf(of);
      for (const [name, value] of Object.entries(selection)) parameters.set(name, String(value));
      return `/business/rows${withMark(parameters)}`;
    },
  };
}

/** Returns query parameters with their question mark, if there are any. */
export function withMark(parameters: URLSearchParams): string {
  return parameters.size === 0 ? "" : `?${parameters}`;
}

/** Returns a number of a row. It is for pictures and short forms: exact numbers are text. */
export function num(row: QueryRow | undefined, column: string): number {
  return Number(row?.[column] ?? 0);
}

/** Returns the sum of a column. */
export function total(rows: readonly QueryRow[], column: string): number {
  return rows.reduce((sum, row) => sum + num(row, column), 0);
}

/** Returns the number of some rows and periods. Only amounts can be incomplete. */
export function pairOf(rows: readonly QueryRow[], column: string, isAmount = true): Pair {
  const missing = (name: string) => isAmount ? total(rows, name) : 0;
  return {
    now: total(rows, column),
    before: total(rows, `${column}_before`),
    missing: missing("without_rate"),
    missingBefore: missing("without_rate_before"),
  };
}

/** Returns a text of a row. */
export function text(row: QueryRow, column: string): string {
  return String(row[column] ?? "");
}
