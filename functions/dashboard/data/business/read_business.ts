/**
 * Reads the business page: every number of it is of the warehouse after the same commit.
 *
 * @module
 */
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import type { Query, Warehouse } from "../warehouse.ts";
import { parameterized } from "./bind.ts";
import { type Chart, CHARTS } from "./charts.ts";
import { areComplete } from "./daily_totals.ts";
import {
  type Choices,
  type Filter,
  type FilterAnswer,
  type Parameters,
  readFilter,
} from "./filter.ts";
import type { Origin, RateTable } from "./query_context.ts";
import { withRelations } from "./relations.ts";

/** The commit that the page shows. */
export interface ShownCommit {
  /** The number of the last applied commit of the database. */
  readonly sequence: number;
  /** The time of its snapshot of the source (RFC 3339, UTC). */
  readonly taken_at: string;
}

/** What the page has to know about the warehouse before it can ask for numbers. */
export interface Ground extends FilterAnswer {
  readonly choices: Choices;
  readonly commit: ShownCommit;
  readonly origin: Origin;
}

/** The rows of charts, by chart. */
export type ChartRows = Readonly<Record<Chart, readonly QueryRow[]>>;

/** What the page shows. */
export interface Business extends Ground {
  readonly rows: ChartRows;
  /** The day of the last order; null when there is none. Only for a page without orders. */
  readonly lastDay: string | null;
}

/** What a reading is of. */
export interface Asked {
  readonly parameters: Parameters;
  readonly referenceCurrency: string;
  readonly now: Date;
  /** Whether the exchange rates are read once, for several queries. */
  readonly withRates?: boolean;
}

/** Reads the page. Returns null for a warehouse that has not been loaded. */
export function readBusiness(warehouse: Warehouse, asked: Asked): Promise<Business | null> {
  return warehouse.snapshot(async (query) => {
    const ground = await readGround(query, { ...asked, withRates: true });
    if (!ground) return null;
    const charts = Object.keys(CHARTS) as Chart[];
    const rows = await Promise.all(charts.map((chart) => readChart(query, chart, ground)));
    const found = byChart(charts, rows);
    const isEmpty = found.revenue.every(({ orders, orders_before }) =>
      Number(orders) === 0 && Number(orders_before) === 0
    );
    const lastDay = isEmpty ? await readLastDay(query) : null;
    return { ...ground, rows: found, lastDay };
  }, SETTINGS);
}

function byChart(charts: readonly Chart[], rows: readonly QueryRow[][]): ChartRows {
  const entries = charts.map((chart, place) => [chart, rows[place]]);
  return Object.fromEntries(entries) as Record<Chart, QueryRow[]>;
}

/** Reads one chart. Returns null for a warehouse that has not been loaded. */
export function readOneChart(
  warehouse: Warehouse,
  chart: Chart,
  asked: Asked,
): Promise<readonly QueryRow[] | null> {
  return warehouse.snapshot(async (query) => {
    const ground = await readGround(query, { ...asked, withRates: true });
    return ground && await readChart(query, chart, ground);
  }, SETTINGS);
}

/** Reads what a page has to know. Returns null for a warehouse that has not been loaded. */
export async function readGround(query: Query, asked: Asked): Promise<Ground | null> {
  const { parameters, referenceCurrency, now } = asked;
  const [state] = await query<StateRow & QueryRow>(SELECT_STATE);
  if (!state.is_loaded) return null;
  const [choices, commit] = await Promise.all([readChoices(query), readCommit(query)]);
  if (!commit) return null;
  const answer = readFilter(parameters, choices, now);
  const { has_rates: hasRates, has_targets: hasTargets, has_totals } = state;
  const base = { referenceCurrency, hasRates, hasTargets };
  const origin: Origin = { ...base, hasTotals: has_totals, rates: null };
  if (!asked.withRates) return { ...answer, choices, commit, origin };
  const rates = await readRates(query, { filter: answer.filter, origin });
  return { ...answer, choices, commit, origin: { ...origin, rates } };
}

/** Postgres cannot estimate the rows of the view with rates, and would read all of them for each order. */
export const SETTINGS = { enable_nestloop: "off" };

interface StateRow {
  readonly is_loaded: boolean;
  readonly has_rates: boolean;
  readonly has_targets: boolean;
  readonly has_totals: boolean;
}

function exist(...tables: string[]): string {
  return tables.map((table) => `to_regclass('${table}') IS NOT NULL`).join(" AND ");
}

const SELECT_STATE = `SELECT
  ${
  exist("etl.applied_commit", "fact_sales_order", "fact_purchase_orders", "fact_payment")
} AS is_loaded,
  ${
  exist(
    "fact_exchange_rate",
    "exchange_rate_on",
    "fact_sales_order_converted",
    "fact_purchase_orders_converted",
    "fact_payment_converted",
  )
} AS has_rates,
  ${exist("fact_sales_target")} AS has_targets,
  ${areComplete()} AS has_totals`;

async function readChoices(query: Query): Promise<Choices> {
  const list = (name: string, table: string, column: string) =>
    `(SELECT coalesce(jsonb_agg(DISTINCT ${column}), '[]') FROM ${table}) AS ${name}`;
  const [choices] = await query<Choices & QueryRow>(`SELECT
  ${list("currencies", "dim_currency", "currency_code")},
  ${list("departments", "dim_staff", "department_name")},
  ${list("countries", "dim_location", "country")}`);
  return choices;
}

async function readCommit(query: Query): Promise<ShownCommit | undefined> {
  const [commit] = await query<ShownCommit & QueryRow>(
    `SELECT sequence::float8 AS sequence,
  to_char(taken_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') AS taken_at
FROM etl.applied_commit WHERE source = 'database' ORDER BY applied_commit.sequence DESC LIMIT 1`,
  );
  return commit;
}

async function readRates(
  query: Query,
  ground: Pick<Ground, "filter" | "origin">,
): Promise<RateTable> {
  const { text, values } = parameterized((bind) => {
    const { before, to } = ground.filter.period;
    const period = `r.date_id BETWEEN ${bind(before, "date")} AND ${bind(to, "date")}`;
    const reference = bind(ground.origin.referenceCurrency, "text");
    const array = (column: string, condition: string) =>
      `coalesce(array_agg(${column}) FILTER (WHERE ${condition}), '{}')::text`;
    const arrays = (condition: string) =>
      `jsonb_build_object('days', ${array("r.date_id", condition)},
  'currencyIds', ${array("c.currency_id", condition)}, 'rates', ${array("r.rate", condition)})`;
    return withRelations(
      { ...ground, bind },
      [],
      `SELECT ${arrays("true")} AS "all", ${arrays(period)} AS period,
  (SELECT coalesce(array_agg(currency_id), '{}')::text FROM dim_currency
    WHERE currency_code = ${reference}) AS "referenceIds"
FROM exchange_rate_on r JOIN dim_currency c ON c.currency_code = r.currency
WHERE c.currency_code <> ${reference}`,
    );
  });
  const [rates] = await query<RateTable & QueryRow>(text, values);
  return rates;
}

async function readChart(
  query: Query,
  chart: Chart,
  { filter, origin }: { readonly filter: Filter; readonly origin: Origin },
): Promise<QueryRow[]> {
  const { text, values } = parameterized((bind) => CHARTS[chart]({ filter, origin, bind }));
  return await query(text, values);
}

async function readLastDay(query: Query): Promise<string | null> {
  const [{ day }] = await query<{ day: string | null }>(
    "SELECT max(created_date)::text AS day FROM fact_sales_order",
  );
  return day;
}
