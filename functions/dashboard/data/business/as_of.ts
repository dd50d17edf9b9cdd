/**
 * The facts as they were at an earlier time, from their versions.
 *
 * @module
 */
import { totesys } from "../../../../schemas/model.ts";
import type { FactSpec } from "../../../../schemas/table.ts";
import { convertedViews } from "../../../../sdk/derive/converted_views.ts";
import { VALID_FROM, VALID_TO } from "../../../../sdk/derive/ddl.ts";
import { everyTable } from "../../../../sdk/derive/source_model.ts";
import { identifiers } from "../../../../sdk/postgres/sql.ts";
import type { Bind } from "./bind.ts";
import type { Origin, QueryContext } from "./query_context.ts";

/** Returns what a fact's rows are read from, under an alias. A deleted row has no version. */
export function rowsOf(
  table: string,
  alias: string,
  { filter: { asOf }, bind }: QueryContext,
): string {
  if (asOf === null) return `${table} ${alias}`;
  return `(SELECT * FROM ${table}_versions v WHERE ${wasValid("v", asOf, bind)}) ${alias}`;
}

/** Returns whether a version of a row was valid at an instant. */
function wasValid(alias: string, asOf: string, bind: Bind): string {
  const instant = bind(asOf, "timestamptz");
  return `${alias}.${VALID_FROM} <= ${instant}
    AND (${alias}.${VALID_TO} IS NULL OR ${alias}.${VALID_TO} > ${instant})`;
}

/** What separates the rows of now from those of an earlier time. */
export function differencesSince(table: string, asOf: string, bind: Bind): readonly Difference[] {
  const instant = bind(asOf, "timestamptz");
  return [
    { sign: "-1", table, condition: `f.${VALID_FROM} > ${instant}` },
    {
      sign: "1",
      table: `${table}_history`,
      condition: `f.${VALID_FROM} <= ${instant} AND f.${VALID_TO} > ${instant}`,
    },
  ];
}

/** Rows to add, or to take away, to get from the rows of now to those of an earlier time. */
export interface Difference {
  readonly sign: "1" | "-1";
  readonly table: string;
  /** The condition for these rows, about `f`. */
  readonly condition: string;
}

/**
 * Returns what the views with converted amounts do, as common table expressions, for numbers that the views
 * cannot give: those of an earlier time, and those of a warehouse without exchange rates. Each one has the
 * name of what it stands for, so that the rest of a query is the same.
 */
export function standIns({ filter: { asOf }, origin, bind }: QueryContext): string[] {
  if (asOf === null && origin.hasRates) return [];
  const tables = everyTable(totesys);
  const facts = tables.filter((table): table is FactSpec => table.kind === "fact");
  const versions = asOf === null ? [] : facts.filter(({ name }) => isThere(name, origin))
    .map((fact) => versionsAt(fact, asOf, bind));
  const empty = origin.hasRates ? [] : [NO_RATES];
  const views = convertedViews(tables, origin.referenceCurrency)
    .filter(({ needs }) => needs.every((name) => name === RATES || isThere(name, origin)))
    .map(({ name, select }) => `${name} AS (\n${select}\n)`);
  return [...versions, ...empty, ...views];
}

const RATES = "fact_exchange_rate";
const NO_RATES = `${RATES} AS (
  SELECT NULL::date AS rate_date, NULL::text AS base_currency, NULL::text AS quote_currency,
    NULL::numeric AS rate
  WHERE false
)`;

function isThere(table: string, { hasRates, hasTargets }: Origin): boolean {
  if (table === RATES) return hasRates;
  return table !== "fact_sales_target" || hasTargets;
}

function versionsAt(fact: FactSpec, asOf: string, bind: Bind): string {
  const columns = identifiers([fact.surrogate, ...Object.keys(fact.columns), VALID_FROM], "v");
  return `${fact.name} AS (
  SELECT ${columns} FROM ${fact.name}_versions v
  WHERE ${wasValid("v", asOf, bind)}
)`;
}
