/**
 * The rows that the charts are made of, as common table expressions: one row per order, or per day, currency
 * and key. They have the columns `day`, the key's, `orders`, `units` and `amount`, which is in the reference
 * currency, or NULL when the date has no exchange rate.
 *
 * @module
 */
import { differencesSince, rowsOf, standIns } from "./as_of.ts";
import { DAILY_TOTAL, DAILY_TOTAL_CHANGE, keysOf } from "./daily_totals.ts";
import { amountOf, type CountedFact, joinOf, textOf, unitsOf } from "./facts.ts";
import type { Filter } from "./filter.ts";
import {
  between,
  currencyIds,
  type Days,
  filterConditions,
  isAmong,
  locationIds,
  type QueryContext,
  rateOf,
  staffIds,
  where,
} from "./query_context.ts";

/** Returns a query of common table expressions. */
export function withRelations(
  context: QueryContext,
  relations: readonly string[],
  select: string,
): string {
  // With rates as parameters, relations do without the views.
  const needsViews = context.origin.rates === null || relations.length === 0;
  const all = [...needsViews ? standIns(context) : [], ...relations];
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
  const { filter, origin } = context;
  const select = origin.hasTotals && fits(filter, fact, key)
    ? fromTotals(context, fact, key, days)
    : fromFact(context, fact, key, days);
  return `${name} AS (\n${select}\n)`;
}

/** Whether the daily totals of a key are enough for a filter. */
function fits({ department, country }: Filter, { filters }: CountedFact, key: string): boolean {
  if (filters === null) return true;
  return (department === null || key === "staff") && (country === null || key === "location");
}

function fromFact(context: QueryContext, fact: CountedFact, key: string, days: Days): string {
  const { origin: { rates }, bind } = context;
  const keys = Object.entries(fact.keys[key].columns)
    .map(([name, [expression]]) => `${expression} AS ${name}`);
  const shown = [`f.${fact.day} AS day`, ...keys, "1 AS orders", `${unitsOf(fact)} AS units`];
  const select = `  SELECT ${shown.join(", ")}`;
  const joined = joinOf(fact.keys[key]);
  const conditions = where(filterConditions(context, fact, days));
  if (!rates) {
    return `${select},
    ${amountOf(fact, `${fact.price}_converted`)} AS amount
  FROM ${fact.table}_converted f${joined}${conditions}`;
  }
  const row = { day: `f.${fact.day}`, currencyId: "f.currency_id", days };
  const { rate, join } = rateOf(rates, bind, row);
  return `${select},
    ${amountOf(fact)} * ${rate} AS amount
  FROM ${rowsOf(fact.table, "f", context)}${joined}
  ${join}${conditions}`;
}

/** The totals, what has changed since they were added up, and what was different at an earlier time. */
function fromTotals(context: QueryContext, fact: CountedFact, key: string, days: Days): string {
  const columns = Object.entries(fact.keys[key].columns);
  const keys = columns.map(([name, [, type]], place) => {
    const part = columns.length === 1 ? "t.key" : `split_part(t.key, ' ', ${place + 1})`;
    return `${part}${type === "text" ? "" : `::${type}`} AS ${name}`;
  });
  const row = { day: "t.day", currencyId: "t.currency_id", days };
  const { rate, join } = rateOf(context.origin.rates!, context.bind, row);
  const place = `keys[${keysOf(fact).indexOf(key) + 1}]`;
  const part = (table: string, keyColumn: string, ...more: string[]) =>
    `SELECT day, currency_id, ${keyColumn} AS key, orders, units, amount FROM ${table}${
      where([...more, ...totalConditions(context, fact, keyColumn, days)], "    ")
    }`;
  const parts = [
    part(DAILY_TOTAL, "key", `grouped_by = '${key}'`),
    part(DAILY_TOTAL_CHANGE, place),
    ...differences(context, fact, key, days),
  ];
  return `  SELECT ${["t.day", ...keys, "t.orders", "t.units"].join(", ")},
    t.amount * ${rate} AS amount
  FROM (
    ${parts.join("\n    UNION ALL\n    ")}
  ) t
  ${join}`;
}

function totalConditions(
  context: QueryContext,
  fact: CountedFact,
  keyColumn: string,
  days: Days,
): string[] {
  const { filter: { currency, department, country }, bind } = context;
  const ids = fact.filters === null
    ? null
    : department !== null
    ? staffIds(bind, department)
    : country !== null
    ? locationIds(bind, country)
    : null;
  return [
    `fact = '${fact.table}'`,
    ...between(context, "day", days),
    ...currency === null ? [] : [isAmong("currency_id", currencyIds(bind, currency))],
    ...ids === null ? [] : [`${keyColumn} = ANY (ARRAY(${ids.replace(" FROM", "::text FROM")}))`],
  ];
}

function differences(
  context: QueryContext,
  fact: CountedFact,
  key: string,
  days: Days,
): string[] {
  const { filter: { asOf }, bind } = context;
  if (asOf === null) return [];
  return differencesSince(fact.table, asOf, bind).map(({ sign, table, condition }) =>
    `SELECT f.${fact.day}, f.currency_id, ${textOf(fact.keys[key])}, ${sign},
      ${sign} * ${unitsOf(fact)}, ${sign} * ${amountOf(fact)}
    FROM ${table} f${joinOf(fact.keys[key])}${
      where([condition, ...filterConditions(context, fact, days)], "    ")
    }`
  );
}
