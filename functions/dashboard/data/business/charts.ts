/**
 * The charts of the business page: each is one query, which is sent to the warehouse, shown as SQL, and
 * downloaded as CSV. Amounts are in the reference currency.
 *
 * @module
 */
import { PAYMENTS, PURCHASES, SALES } from "./facts.ts";
import { type QueryContext, relation, withRelations } from "./relations.ts";
import type { CountedFact } from "./facts.ts";

/** The most designs or counterparties of a ranking. */
export const RANKED = 8;
/** The days since the payment date from which a payment is in the next class of age. */
export const AGES = [1, 31, 91, 181, 366] as const;

/** Money that comes in: from customers, and back from suppliers. */
const INCOMING = "('SALES_RECEIPT', 'PURCHASE_REFUND')";

/** The charts, by name. */
export const CHARTS = {
  kpi,
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

/** The sums of a period. */
function kpi(context: QueryContext): string {
  const from = context.bind(context.filter.period.from, "date");
  const pairs = ["amount", "units", "orders"].map((column) => pair(context, column, column));
  return withRelations(
    context,
    [relation(context, "sale", SALES, anyKey(context))],
    `SELECT ${pairs.join(",\n  ")},
  ${withoutRate(context)},
  coalesce(sum(orders) FILTER (WHERE amount IS NULL AND day < ${from}), 0) AS without_rate_before
FROM sale`,
  );
}

/** Steps of a period and of the one before, counted back from the last day. */
function overTime(context: QueryContext, name: string, fact: CountedFact): string {
  const key = fact === SALES
    ? anyKey(context)
    : context.filter.country === null
    ? "staff"
    : "location";
  return withRelations(
    context,
    [relation(context, name, fact, key)],
    `SELECT ${steps(context)},
  ${pair(context, "amount", "amount")},
  ${orders(context)},
  ${withoutRate(context)}
${fromSteps(context, name)}`,
  );
}

/** Payments that were made, by payment date. */
function payments(context: QueryContext): string {
  const { period } = context.filter;
  const from = context.bind(period.from, "date");
  const sum = (condition: string, column: string) =>
    `coalesce(sum(p.amount) FILTER (WHERE ${condition}), 0) AS ${column}`;
  return withRelations(
    context,
    [
      relation(context, "due", PAYMENTS, "type"),
      `paid AS (
  SELECT due.*, payment_type_name IN ${INCOMING} AS incoming
  FROM due JOIN dim_payment_type USING (payment_type_id) WHERE paid
)`,
    ],
    `SELECT ${steps(context)},
  ${sum(`incoming AND p.day >= ${from}`, "received")},
  ${sum(`incoming AND p.day < ${from}`, "received_before")},
  ${sum(`NOT incoming AND p.day >= ${from}`, "spent")},
  ${sum(`NOT incoming AND p.day < ${from}`, "spent_before")},
  ${withoutRate(context, "p.")}
${fromSteps(context, "paid", "p")}`,
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
  return ranking(context, "design", "key AS name", "", `LIMIT ${RANKED}`);
}

function counterparties(context: QueryContext): string {
  return ranking(
    context,
    "counterparty",
    "key AS id, counterparty_legal_name AS name",
    " JOIN dim_counterparty ON counterparty_id = key",
    `LIMIT ${RANKED}`,
  );
}

/** Every country of delivery: the map shows all of them. */
function countries(context: QueryContext): string {
  return ranking(
    context,
    "location",
    "country AS name",
    " JOIN dim_location ON location_id = key",
    "",
  );
}

function ranking(
  context: QueryContext,
  key: string,
  named: string,
  join: string,
  limit: string,
): string {
  const groups = named.split(", ").map((column) => column.replace(/^.* AS /, ""));
  return withRelations(
    context,
    [relation(context, "sale", SALES, key)],
    `SELECT ${named},
  ${pair(context, "amount", "amount")},
  ${orders(context)},
  ${withoutRate(context)}
FROM sale${join}
GROUP BY ${groups.join(", ")} HAVING sum(orders) > 0
ORDER BY amount DESC, amount_before DESC, ${groups.at(-1)}${limit && `\n${limit}`}`,
  );
}

/** Payments that have not been made, by days since their payment date. */
function unpaid(context: QueryContext): string {
  const today = context.bind(context.filter.today, "date");
  const sum = (condition: string, column: string) =>
    `coalesce(sum(u.amount) FILTER (WHERE ${condition}), 0) AS ${column}`;
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
  coalesce(sum(u.orders), 0) AS payments,
  coalesce(sum(u.orders) FILTER (WHERE u.orders <> 0 AND u.amount IS NULL), 0) AS without_rate
FROM generate_series(0, ${AGES.length}) AS class LEFT JOIN unpaid u USING (class)
GROUP BY class ORDER BY class`,
  );
}

/** Each member of staff: sales, the target for the days of the period, and the orders handled. */
function staff(context: QueryContext): string {
  const { bind, filter: { period, department }, origin } = context;
  const [from, to] = [bind(period.from, "date"), bind(period.to, "date")];
  const monthEnd = "(month + interval '1 month' - interval '1 day')::date";
  const targets = origin.hasTargets
    ? `target AS (
  SELECT sales_staff_id AS key, sum(target_converted *
    (least(${monthEnd}, ${to}) - greatest(month, ${from}) + 1) / (${monthEnd} - month + 1)) AS target
  FROM fact_sales_target_converted
  WHERE month <= ${to} AND ${monthEnd} >= ${from} GROUP BY key
)`
    : "target AS (SELECT NULL::integer AS key, NULL::numeric AS target WHERE false)";
  const of = department === null ? "" : `\nWHERE department_name = ${bind(department, "text")}`;
  return withRelations(
    context,
    [
      relation(context, "sale", SALES, "staff"),
      relation(context, "purchase", PURCHASES, "staff"),
      `sold AS (
  SELECT key, ${pair(context, "amount", "amount")},
    ${orders(context)},
    ${withoutRate(context)}
  FROM sale GROUP BY key
)`,
      `bought AS (
  SELECT key, coalesce(sum(orders) FILTER (WHERE day >= ${from}), 0) AS purchases,
    coalesce(sum(orders) FILTER (WHERE day < ${from}), 0) AS purchases_before
  FROM purchase GROUP BY key
)`,
      targets,
    ],
    `SELECT staff_id AS id, first_name || ' ' || last_name AS name, department_name AS department,
  coalesce(amount, 0) AS amount, coalesce(amount_before, 0) AS amount_before, target,
  coalesce(orders, 0) AS orders, coalesce(orders_before, 0) AS orders_before,
  coalesce(purchases, 0) AS purchases, coalesce(purchases_before, 0) AS purchases_before,
  coalesce(orders, 0) + coalesce(purchases, 0) AS handled,
  coalesce(orders_before, 0) + coalesce(purchases_before, 0) AS handled_before,
  coalesce(without_rate, 0) AS without_rate
FROM dim_staff LEFT JOIN sold ON sold.key = staff_id LEFT JOIN bought ON bought.key = staff_id
LEFT JOIN target ON target.key = staff_id${of}${
      of ? " AND" : "\nWHERE"
    } (orders > 0 OR orders_before > 0
  OR purchases > 0 OR purchases_before > 0 OR target > 0)
ORDER BY amount DESC, handled DESC, name, id`,
  );
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
  return department !== null ? "staff" : country !== null ? "location" : "hour";
}

function pair({ filter, bind }: QueryContext, column: string, name: string): string {
  const from = bind(filter.period.from, "date");
  return `coalesce(sum(${column}) FILTER (WHERE day >= ${from}), 0) AS ${name},
  coalesce(sum(${column}) FILTER (WHERE day < ${from}), 0) AS ${name}_before`;
}

function orders(context: QueryContext): string {
  return pair(context, "orders", "orders");
}

function withoutRate({ filter, bind }: QueryContext, alias = ""): string {
  const from = bind(filter.period.from, "date");
  return `coalesce(sum(${alias}orders) FILTER (WHERE ${alias}amount IS NULL AND ${alias}day >= ${from}), 0)` +
    " AS without_rate";
}

/** The last day of each step. */
function steps({ filter: { period }, bind }: QueryContext): string {
  return `(${bind(period.to, "date")} - step * ${period.step})::text AS until`;
}

function fromSteps({ filter: { period }, bind }: QueryContext, name: string, alias = name): string {
  const last = Math.ceil(period.days / period.step) - 1;
  return `FROM generate_series(0, ${last}) AS step LEFT JOIN ${name}${
    alias === name ? "" : ` ${alias}`
  }
  ON step = (${bind(period.to, "date")} - ${alias}.day) % ${period.days} / ${period.step}
GROUP BY step ORDER BY step DESC`;
}
