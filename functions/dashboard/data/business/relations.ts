/**
 * The rows that the charts are made of, as common table expressions: one row per order, or per day, currency
 * and key. They have the columns `day`, the key's, `orders`, `units` and `amount`, which is in the reference
 * currency, or NULL when the date has no exchange rate.
 *
 * @module
 */
import { totesys } from "../../../../schemas/model.ts";
import type { FactSpec } from "../../../../schemas/table.ts";
import { convertedViews } from "../../../../sdk/derive/converted_views.ts";
import { VALID_FROM, VALID_TO, versionsOf } from "../../../../sdk/derive/ddl.ts";
import { everyTable } from "../../../../sdk/derive/source_model.ts";
import { identifiers } from "../../../../sdk/postgres/sql.ts";
import type { Bind } from "./bind.ts";
import { DAILY_TOTAL, DAILY_TOTAL_CHANGE, keysOf } from "./daily_totals.ts";
import { amountOf, type CountedFact, joinOf } from "./facts.ts";
import type { Filter } from "./filter.ts";

/** Where the numbers come from. */
export interface Origin {
  /** The currency of the amounts. */
  readonly referenceCurrency: string;
  /** Whether the warehouse has exchange rates. */
  readonly hasRates: boolean;
  /** Whether the warehouse has sales targets. */
  readonly hasTargets: boolean;
  /** Whether the daily totals can be used: they are complete, and the numbers are those of now. */
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

/** Returns a query of common table expressions, with those that it builds on. */
export function withRelations(
  context: QueryContext,
  relations: readonly string[],
  select: string,
): string {
  const all = [...preparations(context), ...relations];
  return all.length === 0 ? select : `WITH ${all.join(",\n")}\n${select}`;
}

/** Returns the relation of a fact's rows, grouped by a key if the daily totals have it. */
export function relation(
  context: QueryContext,
  name: string,
  fact: CountedFact,
  key: string,
  days: Days = "both periods",
): string {
  const usable = context.origin.hasTotals && fits(context.filter, fact, key);
  const select = usable ? fromTotals(context, fact, key, days) : fromFact(context, fact, key, days);
  return `${name} AS (\n${select}\n)`;
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

/** Whether the daily totals of a key are enough for a filter. */
function fits({ department, country }: Filter, { filters }: CountedFact, key: string): boolean {
  if (filters === null) return true;
  return (department === null || key === "staff") && (country === null || key === "location");
}

function fromFact(context: QueryContext, fact: CountedFact, key: string, days: Days): string {
  const { columns } = fact.keys[key];
  const keys = Object.entries(columns).map(([name, [expression]]) => `${expression} AS ${name}`);
  const { origin: { rates }, bind } = context;
  const conditions = filterConditions(context, fact, days);
  const units = fact.units === null ? "0" : `f.${fact.units}`;
  const shown = [`f.${fact.day} AS day`, ...keys, "1 AS orders", `${units} AS units`];
  const select = `  SELECT ${shown.join(", ")}`;
  const joined = joinOf(fact.keys[key]);
  if (!rates) {
    return `${select},
    ${amountOf(fact, `${fact.price}_converted`)} AS amount
  FROM ${fact.table}_converted f${joined}${where(conditions)}`;
  }
  const { rate, join } = rateOf(rates, bind, {
    day: `f.${fact.day}`,
    currencyId: "f.currency_id",
    days,
  });
  return `${select},
    ${amountOf(fact)} * ${rate} AS amount
  FROM ${fact.table} f${joined}
  ${join}${where(conditions)}`;
}

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

function fromTotals(context: QueryContext, fact: CountedFact, key: string, days: Days): string {
  const { filter: { currency, department, country }, origin, bind } = context;
  const columns = Object.entries(fact.keys[key].columns);
  const keys = columns.map(([name, [, type]], place) => {
    const part = columns.length === 1 ? "t.key" : `split_part(t.key, ' ', ${place + 1})`;
    return `${part}${type === "text" ? "" : `::${type}`} AS ${name}`;
  });
  const ids = fact.filters === null
    ? null
    : department !== null
    ? staffIds(bind, department)
    : country !== null
    ? locationIds(bind, country)
    : null;
  const conditions = (keyColumn: string) => [
    `fact = '${fact.table}'`,
    ...between(context, "day", days),
    ...currency === null ? [] : [isAmong("currency_id", currencyIds(bind, currency))],
    ...ids === null ? [] : [`${keyColumn} = ANY (ARRAY(${ids.replace(" FROM", "::text FROM")}))`],
  ];
  const place = `keys[${keysOf(fact).indexOf(key) + 1}]`;
  const { rate, join } = rateOf(origin.rates!, bind, {
    day: "t.day",
    currencyId: "t.currency_id",
    days,
  });
  const columnsOf = (keyColumn: string) => `day, currency_id, ${keyColumn}, orders, units, amount`;
  return `  SELECT ${["t.day", ...keys, "t.orders", "t.units"].join(", ")},
    t.amount * ${rate} AS amount
  FROM (
    SELECT ${columnsOf("key")} FROM ${DAILY_TOTAL}${
    where([`grouped_by = '${key}'`, ...conditions("key")], "    ")
  }
    UNION ALL
    SELECT ${columnsOf(place)} FROM ${DAILY_TOTAL_CHANGE}${where(conditions(place), "    ")}
  ) t
  ${join}`;
}

function between({ filter: { period }, bind }: QueryContext, day: string, days: Days): string[] {
  if (days === "all") return [];
  const from = days === "period" ? period.from : period.before;
  return [`${day} BETWEEN ${bind(from, "date")} AND ${bind(period.to, "date")}`];
}

function where(conditions: readonly string[], indent = "  "): string {
  return conditions.length === 0 ? "" : `\n${indent}WHERE ${conditions.join(`\n${indent}  AND `)}`;
}

/** An array, unlike a join, lets an index on the column find the rows. */
function isAmong(column: string, ids: string): string {
  return `${column} = ANY (ARRAY(${ids}))`;
}

function currencyIds(bind: Bind, code: string): string {
  return `SELECT currency_id FROM dim_currency WHERE currency_code = ${bind(code, "text")}`;
}

function staffIds(bind: Bind, department: string): string {
  return `SELECT staff_id FROM dim_staff WHERE department_name = ${bind(department, "text")}`;
}

function locationIds(bind: Bind, country: string): string {
  return `SELECT location_id FROM dim_location WHERE country = ${bind(country, "text")}`;
}

/**
 * Returns what the views with converted amounts do, as common table expressions, for numbers that the views
 * cannot give: those of an earlier time, and those of a warehouse without exchange rates. Each one has the
 * name of what it stands for, so that the rest of a query is the same.
 */
function preparations({ filter: { asOf }, origin, bind }: QueryContext): string[] {
  const tables = everyTable(totesys);
  const facts = tables.filter((table): table is FactSpec => table.kind === "fact");
  const versions = asOf === null ? [] : facts.filter(({ name }) => isThere(name, origin))
    .map((fact) => asOfRelation(fact, bind(asOf, "timestamptz")));
  if (asOf === null && origin.hasRates) return [];
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

/** A fact's rows at an instant. A deleted row has no version then. */
function asOfRelation(fact: FactSpec, instant: string): string {
  const columns = identifiers([fact.surrogate, ...Object.keys(fact.columns), VALID_FROM]);
  return `${fact.name} AS (
  SELECT ${columns} FROM ${versionsOf(fact)}
  WHERE ${VALID_FROM} <= ${instant} AND (${VALID_TO} IS NULL OR ${VALID_TO} > ${instant})
)`;
}
