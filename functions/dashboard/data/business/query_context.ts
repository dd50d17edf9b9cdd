/**
 * What the queries of the business page are made of.
 *
 * @module
 */
import type { Bind } from "./bind.ts";
import type { CountedFact } from "./facts.ts";
import type { Filter } from "./filter.ts";

/** Where the numbers come from. */
export interface Origin {
  /** The currency of the amounts. */
  readonly referenceCurrency: string;
  /** Whether the warehouse has exchange rates. */
  readonly hasRates: boolean;
  /** Whether the warehouse has sales targets. */
  readonly hasTargets: boolean;
  /** Whether the daily totals are complete and used. */
  readonly hasTotals: boolean;
  /** The rates, read before; null for a query that reads them itself, as people paste it. */
  readonly rates: RateTable | null;
}

/** Exchange rates that were read once, as arrays: queries get them as parameters. */
export interface RateTable {
  /** The ids of the reference currency, whose rate is always 1. */
  readonly referenceIds: string;
  /** The rates of both periods. */
  readonly period: RateArrays;
  /** The rates of every date: payments are due after the period, too. */
  readonly all: RateArrays;
}

/** Rates, each with its date and the id of its currency. */
export interface RateArrays {
  readonly days: string;
  readonly currencyIds: string;
  readonly rates: string;
}

/** What a query is made of. */
export interface QueryContext {
  readonly filter: Filter;
  readonly origin: Origin;
  readonly bind: Bind;
}

/** Which days a relation has. */
export type Days = "both periods" | "period" | "all";

/** Returns what a filter demands of a fact's row `f`. */
export function filterConditions(context: QueryContext, fact: CountedFact, days: Days): string[] {
  const { filter: { currency, department, country }, bind } = context;
  return [
    ...between(context, `f.${fact.day}`, days),
    ...currency === null ? [] : [isAmong("f.currency_id", currencyIds(bind, currency))],
    ...fact.filters && department !== null
      ? [isAmong(`f.${fact.filters.department}`, staffIds(bind, department))]
      : [],
    ...fact.filters && country !== null
      ? [isAmong(`f.${fact.filters.country}`, locationIds(bind, country))]
      : [],
  ];
}

/** Returns the condition for the days of a relation. */
export function between(
  { filter: { period }, bind }: QueryContext,
  day: string,
  days: Days,
): string[] {
  if (days === "all") return [];
  const from = days === "period" ? period.from : period.before;
  return [`${day} BETWEEN ${bind(from, "date")} AND ${bind(period.to, "date")}`];
}

/** Returns conditions as a clause. */
export function where(conditions: readonly string[], indent = "  "): string {
  return conditions.length === 0 ? "" : `\n${indent}WHERE ${conditions.join(`\n${indent}  AND `)}`;
}

/** Returns whether a column is one of some ids. An array, unlike a join, lets an index find the rows. */
export function isAmong(column: string, ids: string): string {
  return `${column} = ANY (ARRAY(${ids}))`;
}

/** Selects the ids of a currency. */
export function currencyIds(bind: Bind, code: string): string {
  return `SELECT currency_id FROM dim_currency WHERE currency_code = ${bind(code, "text")}`;
}

/** Selects the ids of a department's staff. */
export function staffIds(bind: Bind, department: string): string {
  return `SELECT staff_id FROM dim_staff WHERE department_name = ${bind(department, "text")}`;
}

/** Selects the ids of a country's locations. */
export function locationIds(bind: Bind, country: string): string {
  return `SELECT location_id FROM dim_location WHERE country = ${bind(country, "text")}`;
}

/** Returns the rate of a day and a currency, as SQL, and the join that it needs. */
export function rateOf(
  { referenceIds, ...tables }: RateTable,
  bind: Bind,
  row: { readonly day: string; readonly currencyId: string; readonly days: Days },
): { readonly rate: string; readonly join: string } {
  const { days, currencyIds, rates } = row.days === "all" ? tables.all : tables.period;
  const arrays = [
    bind(days, "date[]"),
    bind(currencyIds, "integer[]"),
    bind(rates, "numeric[]"),
  ].join(", ");
  const isReference = `${row.currencyId} = ANY (${bind(referenceIds, "integer[]")})`;
  return {
    rate: `CASE WHEN ${isReference} THEN 1 ELSE r.rate END`,
    join: `LEFT JOIN unnest(${arrays}) AS r (day, currency_id, rate)
    ON r.day = ${row.day} AND r.currency_id = ${row.currencyId}`,
  };
}
