/**
 * The charts of the business page: each is one query, which is sent to the warehouse, shown as SQL, and
 * downloaded as CSV. Amounts are in the reference currency. Orders whose date has no rate are in no amount;
 * `without_rate` counts them. Columns that end in `_before` are about the period before.
 *
 * @module
 */
import { type CountedFact, PAYMENTS, PURCHASES, SALES } from "./facts.ts";
import { rowsOf } from "./as_of.ts";
import { type QueryContext, rateOf } from "./query_context.ts";
import { relation, withRelations } from "./relations.ts";

/** The most designs or counterparties of a ranking. */
export const RANKED = 8;
/** The days since the payment date from which a payment is in the next class of age. */
export const AGES = [1, 31, 91, 181, 366] as const;

/** Money that comes in: from customers, and back from suppliers. */
const INCOMING = "('SALES_RECEIPT', 'PURCHASE_REFUND')";

/** The charts, by name. */
export const CHARTS = {
  revenue: (context: QueryContext) => overTime(context, "sale", SALES),
  purchases: (context: QueryContext) => overTime(context, "purchase", PURCHASES),
  payments,
  hours,
  designs,
  counterparties,
  unpaid,
  countries,
  staff,
  rates,
} as const;

/** The name of a chart. */
export type Chart = keyof typeof CHARTS;

/** Returns whether a text is the name of a chart. */
export function isChart(name: string): name is Chart {
  return Object.hasOwn(CHARTS, name);
}

/** Steps of a period and of the one before, counted back from the last day. */
function overTime(context: QueryContext, name: string, fact: CountedFact): string {
  return withRelations(context, [
    relation(context, name, fact, anyKey(context)),
    summed(context, name, [stepOf(context)], ["amount", "orders", "units"]),
  ], fromSteps(context, pairs(["amount", "orders", "units", "without_rate"])));
}

/** Payments that were made, by payment date. */
function payments(context: QueryContext): string {
  const amount = (condition: string, name: string) =>
    `coalesce(sum(amount) FILTER (WHERE ${condition}), 0) AS ${name}`;
  return withRelations(
    context,
    [
      relation(context, "due", PAYMENTS, "type"),
      `paid AS (
  SELECT due.*, payment_type_name IN ${INCOMING} AS incoming
  FROM due JOIN dim_payment_type USING (payment_type_id) WHERE paid
)`,
      summed(context, "paid", [stepOf(context), "incoming"], ["amount"]),
    ],
    fromSteps(context, [
      amount("incoming AND is_now", "received"),
      amount("incoming AND NOT is_now", "received_before"),
      amount("NOT incoming AND is_now", "spent"),
      amount("NOT incoming AND NOT is_now", "spent_before"),
      ...pairs(["without_rate"]),
    ]),
  );
}

/** Orders of the period by weekday and hour. */
function hours(context: QueryContext): string {
  return withRelations(
    context,
    [relation(context, "sale", SALES, "hour", "period")],
    `SELECT extract(isodow FROM day)::integer AS weekday, key AS hour, sum(orders) AS orders
FROM sale GROUP BY weekday, hour HAVING sum(orders) > 0 ORDER BY weekday, hour`,
  );
}

function designs(context: QueryContext): string {
  return ranking(context, "design", ["key AS name"], `\nLIMIT ${RANKED}`);
}

function counterparties(context: QueryContext): string {
  const named = ["key AS id", "counterparty_legal_name AS name"];
  const join = " JOIN dim_counterparty ON counterparty_id = key";
  return ranking(context, "counterparty", named, `\nLIMIT ${RANKED}`, join);
}

/** Every country of delivery: the map shows all of them. */
function countries(context: QueryContext): string {
  const join = " JOIN dim_location ON location_id = key";
  return ranking(context, "location", ["country AS name"], "", join);
}

function ranking(
  context: QueryContext,
  key: string,
  named: readonly string[],
  limit: string,
  join = "",
): string {
  const places = named.map((_, place) => place + 1);
  return withRelations(
    context,
    [relation(context, "sale", SALES, key), summed(context, "sale", ["key"], ["amount", "orders"])],
    `SELECT ${[...named, ...pairs(["amount", "orders", "without_rate"])].join(",\n  ")}
FROM summed${join}
GROUP BY ${places.join(", ")} HAVING sum(orders) > 0
ORDER BY amount DESC, amount_before DESC, name${limit}`,
  );
}

/** Payments that have not been made, by days since their payment date. */
function unpaid(context: QueryContext): string {
  const today = context.bind(context.filter.today, "date");
  const sum = (condition: string, name: string) =>
    `coalesce(sum(amount) FILTER (WHERE ${condition}), 0) AS ${name}`;
  return withRelations(
    context,
    [
      relation(context, "due", PAYMENTS, "type", "all"),
      `unpaid AS (
  SELECT due.*, width_bucket(${today} - day, ARRAY[${AGES.join(", ")}]) AS class,
    payment_type_name IN ${INCOMING} AS incoming
  FROM due JOIN dim_payment_type USING (payment_type_id) WHERE NOT paid
)`,
    ],
    `SELECT class AS age_class,
  ${sum("incoming", "owed_to_us")},
  ${sum("NOT incoming", "we_owe")},
  coalesce(sum(orders), 0) AS payments,
  coalesce(sum(orders) FILTER (WHERE amount IS NULL), 0) AS without_rate
FROM generate_series(0, ${AGES.length}) AS class LEFT JOIN unpaid USING (class)
GROUP BY class ORDER BY class`,
  );
}

/** Each member of staff: sales, the target for the days of the period, and the orders handled. */
function staff(context: QueryContext): string {
  const { bind, filter: { department } } = context;
  const sold = pairs(["amount", "orders", "without_rate"]);
  const of = department === null ? "" : `department_name = ${bind(department, "text")} AND `;
  const counts = ["orders", "purchases"].flatMap((name) => [name, `${name}_before`]);
  return withRelations(
    context,
    [
      relation(context, "sale", SALES, "staff"),
      summed(context, "sale", ["key"], ["amount", "orders"]),
      `sold AS (SELECT key, ${sold.join(",\n  ")} FROM summed GROUP BY key)`,
      relation(context, "purchase", PURCHASES, "staff"),
      summed(context, "purchase", ["key"], ["orders"], "summed_purchase"),
      `bought AS (
  SELECT key, ${pairs(["orders"]).join(", ").replaceAll("AS orders", "AS purchases")}
  FROM summed_purchase GROUP BY key
)`,
      targets(context),
    ],
    `SELECT staff_id AS id, first_name || ' ' || last_name AS name, department_name AS department,
  ${
      ["amount", "amount_before", ...counts].map((name) => `coalesce(${name}, 0) AS ${name}`).join(
        ", ",
      )
    },
  coalesce(orders, 0) + coalesce(purchases, 0) AS handled,
  coalesce(orders_before, 0) + coalesce(purchases_before, 0) AS handled_before,
  target, coalesce(target_without_rate, 0) AS target_without_rate,
  coalesce(without_rate, 0) AS without_rate, coalesce(without_rate_before, 0) AS without_rate_before
FROM dim_staff LEFT JOIN sold ON sold.key = staff_id LEFT JOIN bought ON bought.key = staff_id
LEFT JOIN target ON target.key = staff_id
WHERE ${of}(${[...counts, "target"].map((name) => `${name} > 0`).join(" OR ")})
ORDER BY amount DESC, handled DESC, name, id`,
  );
}

/** The targets of the months that the period has days of: each by the share of its days. */
function targets(context: QueryContext): string {
  const { bind, filter: { period }, origin } = context;
  if (!origin.hasTargets) {
    return `target AS (
  SELECT NULL::integer AS key, NULL::numeric AS target, 0 AS target_without_rate WHERE false
)`;
  }
  const [from, to] = [bind(period.from, "date"), bind(period.to, "date")];
  const last = "(month + interval '1 month' - interval '1 day')::date";
  const share = `(least(${last}, ${to}) - greatest(month, ${from}) + 1) / (${last} - month + 1)`;
  const { converted, source } = convertedTargets(context);
  return `target AS (
  SELECT sales_staff_id AS key, sum(${converted} * ${share}) AS target,
    count(*) FILTER (WHERE ${converted} IS NULL) AS target_without_rate
  FROM ${source}
  WHERE month <= ${to} AND ${last} >= ${from} GROUP BY key
)`;
}

function convertedTargets(context: QueryContext): { converted: string; source: string } {
  const { bind, origin: { rates } } = context;
  if (!rates) return { converted: "target_converted", source: "fact_sales_target_converted" };
  const row = { day: "t.month", currencyId: "c.currency_id", days: "all" } as const;
  const { rate, join } = rateOf(rates, bind, row);
  return {
    converted: `t.target * ${rate}`,
    source: `${rowsOf("fact_sales_target", "t", context)}
  LEFT JOIN dim_currency c USING (currency_code)
  ${join}`,
  };
}

/** The rates on the last day of the period, each with the date it was published on. */
function rates(context: QueryContext): string {
  const { bind, filter: { period, currency } } = context;
  const of = currency === null ? "" : ` AND currency_code = ${bind(currency, "text")}`;
  return withRelations(
    context,
    [],
    `SELECT DISTINCT ON (currency_code) currency_code AS currency, rate, rate_date::text AS rate_date
FROM dim_currency LEFT JOIN exchange_rate_on
  ON currency = currency_code AND date_id <= ${bind(period.to, "date")}
WHERE currency_code <> ${bind(context.origin.referenceCurrency, "text")}${of}
ORDER BY currency_code, date_id DESC`,
  );
}

/** Any key that the daily totals have for a filter: the sums over it are the same. */
function anyKey({ filter: { department, country } }: QueryContext): string {
  return department !== null ? "staff" : country !== null ? "location" : "whole";
}

/** Sums up a relation by some expressions and by period: few rows, for what is joined next. */
function summed(
  { filter, bind }: QueryContext,
  name: string,
  by: readonly string[],
  columns: readonly string[],
  as = "summed",
): string {
  const sums = columns.map((column) => `sum(${column}) AS ${column}`);
  const missing = columns.includes("amount")
    ? ["sum(orders) FILTER (WHERE amount IS NULL) AS without_rate"]
    : [];
  return `${as} AS (
  SELECT ${by.join(", ")}, day >= ${bind(filter.period.from, "date")} AS is_now,
    ${[...sums, ...missing].join(", ")}
  FROM ${name} GROUP BY ${[...by, ""].map((_, place) => place + 1).join(", ")}
)`;
}

/** Returns each sum of the period, and of the one before. */
function pairs(columns: readonly string[]): string[] {
  return columns.flatMap((name) => [
    `coalesce(sum(${name}) FILTER (WHERE is_now), 0) AS ${name}`,
    `coalesce(sum(${name}) FILTER (WHERE NOT is_now), 0) AS ${name}_before`,
  ]);
}

/** The number of a day's step: 0 is the last one. */
function stepOf({ filter: { period }, bind }: QueryContext): string {
  return `(${bind(period.to, "date")} - day) % ${period.days} / ${period.step} AS step`;
}

/** Selects from `summed` by step, each with its last day. */
function fromSteps({ filter: { period }, bind }: QueryContext, columns: readonly string[]): string {
  const last = Math.ceil(period.days / period.step) - 1;
  const until = `(${bind(period.to, "date")} - step * ${period.step})::text AS until`;
  return `SELECT ${[until, ...columns].join(",\n  ")}
FROM generate_series(0, ${last}) AS step LEFT JOIN summed USING (step)
GROUP BY step ORDER BY step DESC`;
}
