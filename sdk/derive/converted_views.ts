/**
 * The views that show amounts of facts in the reference currency, as SQL. Pure: specs in, statements out.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Conversion, FactSpec, WarehouseTableSpec } from "../../schemas/table.ts";
import { ConfigurationError } from "../errors.ts";
import { identifier, identifiers } from "../postgres/sql.ts";
import { VALID_FROM } from "./ddl.ts";

/** The fact with the rates, in the layout of the source `rates`. */
export const RATES_FACT = "fact_exchange_rate";
/** The view with the rate of every date of the calendar and every currency. */
export const EXCHANGE_RATE_ON = "exchange_rate_on";
/** The columns that a view with converted amounts has in addition to its fact's and the amounts. */
export const CONVERSION_COLUMNS = ["reference_currency", "rate", "rate_date"] as const;
/** The reference currency, unless another one is set. */
export const REFERENCE_CURRENCY = "GBP";

/** A view that the loader maintains. */
export interface DerivedView {
  readonly name: string;
  /** The tables that it reads. */
  readonly needs: readonly string[];
  /** The query that it stands for. */
  readonly select: string;
  /** Creates the view, or replaces one that has the same first columns. */
  readonly create: string;
  /** The view's comment. It tells whether a view is the same. */
  readonly comment: string;
}

type FactWithAmounts = FactSpec & { readonly convert: Conversion };

/** Returns the name of the view with a fact's converted amounts. */
export function convertedOf(fact: FactSpec): string {
  return `${fact.name}_converted`;
}

/**
 * Returns the view of rates, and one for each fact with amounts to convert; none for a model without
 * exchange rates.
 *
 * @throws {ConfigurationError} when the reference currency is not a code in capital letters.
 */
export function convertedViews(
  all: readonly WarehouseTableSpec[],
  referenceCurrency: string = REFERENCE_CURRENCY,
): DerivedView[] {
  if (!/^[A-Z0-9]{3,12}$/.test(referenceCurrency)) {
    throw new ConfigurationError(`${JSON.stringify(referenceCurrency)} is not a currency code`, {
      stage: "configuration",
      next: "set the reference currency to a code in capital letters, such as GBP",
    });
  }
  const calendar = all.find(({ kind }) => kind === "calendar");
  if (!calendar || !all.some(({ name }) => name === RATES_FACT)) return [];
  const rates = { name: EXCHANGE_RATE_ON, needs: [RATES_FACT, calendar.name] };
  const facts = all.filter((table): table is FactWithAmounts =>
    table.kind === "fact" && table.convert !== undefined
  );
  return [
    view(rates, ratesOn(calendar, referenceCurrency), `rates in ${referenceCurrency}`),
    ...facts.map((fact) => {
      const { select, joined } = converted(fact, all, referenceCurrency);
      const needs = [fact.name, ...joined, ...rates.needs];
      const what = `amounts of ${fact.name} in ${referenceCurrency}`;
      return view({ name: convertedOf(fact), needs }, select, what);
    }),
  ];
}

function view(
  { name, needs }: Pick<DerivedView, "name" | "needs">,
  select: string,
  what: string,
): DerivedView {
  const definition = createHash("sha256").update(select).digest("hex").slice(0, 8);
  return {
    name,
    needs,
    select,
    create: `CREATE OR REPLACE VIEW ${identifier(name)} AS\n${select}`,
    comment: `${what} (definition ${definition})`,
  };
}

/**
 * Both rates of a date are quoted against the same base, and the base itself is 1. Window functions carry
 * them to the dates after it: a join by inequality would compare each date with each other.
 */
function ratesOn(calendar: WarehouseTableSpec, reference: string): string {
  const date = identifier(calendar.key);
  return `WITH quoted AS (
  SELECT rate_date, base_currency AS base, quote_currency AS currency, rate
  FROM ${identifier(RATES_FACT)} WHERE rate > 0
  UNION ALL
  SELECT DISTINCT rate_date, base_currency, base_currency, 1::numeric FROM ${identifier(RATES_FACT)}
), published AS (
  SELECT DISTINCT ON (q.currency, q.rate_date) q.currency, q.rate_date, r.rate / q.rate AS rate
  FROM quoted q JOIN quoted r USING (rate_date, base)
  WHERE r.currency = '${reference}'
  ORDER BY q.currency, q.rate_date, q.base
), dated AS (
  SELECT d.${date} AS date_id, c.currency, p.rate, p.rate_date,
    count(p.rate) OVER (PARTITION BY c.currency ORDER BY d.${date}) AS publication
  FROM (SELECT DISTINCT currency FROM published) c CROSS JOIN ${identifier(calendar.name)} d
  LEFT JOIN published p ON p.currency = c.currency AND p.rate_date = d.${date}
)
SELECT date_id, currency, '${reference}'::text AS reference_currency,
  first_value(rate) OVER since AS rate, first_value(rate_date) OVER since AS rate_date
FROM dated WHERE publication > 0
WINDOW since AS (PARTITION BY currency, publication ORDER BY date_id)`;
}

function converted(
  fact: FactWithAmounts,
  all: readonly WarehouseTableSpec[],
  reference: string,
): { readonly select: string; readonly joined: readonly string[] } {
  const { amounts, currency, on } = fact.convert;
  const [column, code] = currency.split(".");
  const parent = code === undefined ? undefined : referenced(fact, column, all);
  const codeOf = parent ? `c.${identifier(code)}` : `f.${identifier(column)}`;
  const rate = `CASE ${codeOf} WHEN '${reference}' THEN 1 ELSE r.rate END`;
  const columns = identifiers([fact.surrogate, ...Object.keys(fact.columns), VALID_FROM], "f");
  const converted = amounts.map((name) =>
    `f.${identifier(name)} * ${rate} AS ${identifier(`${name}_converted`)}`
  );
  const join = parent
    ? `\nLEFT JOIN ${identifier(parent.name)} c` +
      ` ON c.${identifier(parent.key)} = f.${identifier(column)}`
    : "";
  return {
    joined: parent ? [parent.name] : [],
    select: `SELECT ${columns},
  '${reference}'::text AS reference_currency, ${rate} AS rate, r.rate_date,
  ${converted.join(",\n  ")}
FROM ${identifier(fact.name)} f${join}
LEFT JOIN ${identifier(EXCHANGE_RATE_ON)} r
  ON r.date_id = f.${identifier(on)} AND r.currency = ${codeOf}`,
  };
}

function referenced(
  fact: FactSpec,
  column: string,
  all: readonly WarehouseTableSpec[],
): WarehouseTableSpec | undefined {
  const name = fact.columns[column].references;
  return all.find((table) => table.name === name);
}
