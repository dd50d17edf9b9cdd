/**
 * The rows behind a part of a chart: the newest of them, with their exact amounts. They name nobody that the
 * chart does not name.
 *
 * @module
 */
import type { QueryRow } from "../../../../sdk/postgres/connection.ts";
import type { Warehouse } from "../warehouse.ts";
import { type BoundQuery, parameterized } from "./bind.ts";
import { AGES } from "./charts.ts";
import { amountOf, type CountedFact, PAYMENTS, PURCHASES, SALES } from "./facts.ts";
import type { Parameters } from "./filter.ts";
import { type Asked, type Ground, readGround, SETTINGS } from "./read_business.ts";
import { filterConditions, type QueryContext } from "./query_context.ts";
import { withRelations } from "./relations.ts";

/** The most rows of a page. */
export const MAX_ROWS = 200;

/** What rows are of. */
export const KINDS = { sales: SALES, purchases: PURCHASES, payments: PAYMENTS } as const;

/** The kind of rows. */
export type Kind = keyof typeof KINDS;

/** Which rows of a kind, in addition to the filter: null for all. */
export interface Selection {
  readonly kind: Kind;
  readonly design: string | null;
  readonly counterparty: number | null;
  readonly staff: number | null;
  /** 1 is Monday. */
  readonly weekday: number | null;
  readonly hour: number | null;
  /** The class of age of unpaid payments. */
  readonly age: number | null;
}

/** The rows of a selection. */
export interface OrderRows extends Ground {
  readonly selection: Selection;
  readonly rows: readonly QueryRow[];
  /** Whether there are more. */
  readonly hasMore: boolean;
}

const MAX_ID = 2 ** 31 - 1;
const MAX_NAME = 200;

/** Reads a selection. A value that cannot be one is ignored. */
export function readSelection(given: Parameters): Selection {
  const kind = Object.hasOwn(KINDS, given.of ?? "") ? given.of as Kind : "sales";
  const sale = kind === "sales";
  const whole = (text: string | undefined, least: number, most: number) => {
    const value = /^\d{1,10}$/.test(text ?? "") ? Number(text) : NaN;
    return value >= least && value <= most ? value : null;
  };
  const design = given.design && given.design.length <= MAX_NAME && !given.design.includes("\0")
    ? given.design
    : null;
  return {
    kind,
    design: sale ? design : null,
    counterparty: sale ? whole(given.counterparty, 0, MAX_ID) : null,
    staff: kind === "payments" ? null : whole(given.staff, 0, MAX_ID),
    weekday: sale ? whole(given.weekday, 1, 7) : null,
    hour: sale ? whole(given.hour, 0, 23) : null,
    age: kind === "payments" ? whole(given.age, 0, AGES.length) : null,
  };
}

/** Reads the rows of a selection. Returns null for a warehouse that has not been loaded. */
export function readOrderRows(warehouse: Warehouse, asked: Asked): Promise<OrderRows | null> {
  return warehouse.snapshot(async (query) => {
    const ground = await readGround(query, asked);
    if (!ground) return null;
    const selection = readSelection(asked.parameters);
    const { text, values } = parameterized(orderRowsQuery(ground, selection));
    const rows = await query(text, values);
    const hasMore = rows.length > MAX_ROWS;
    return { ...ground, selection, rows: rows.slice(0, MAX_ROWS), hasMore };
  }, SETTINGS);
}

/** Returns the query of a selection. It asks for one row more than is shown. */
export function orderRowsQuery(
  { filter, origin }: Pick<Ground, "filter" | "origin">,
  selection: Selection,
): BoundQuery {
  return (bind) => {
    const context: QueryContext = { filter, origin, bind };
    const fact: CountedFact = KINDS[selection.kind];
    const { columns, joins } = SHOWN[selection.kind];
    const conditions = [
      ...filterConditions(context, fact, selection.age === null ? "period" : "all"),
      ...selectionConditions(context, selection),
    ];
    const rate = `CASE c.currency_code WHEN ${
      bind(origin.referenceCurrency, "text")
    } THEN 1 ELSE r.rate END`;
    return withRelations(
      context,
      [],
      `SELECT ${columns.join(", ")},
  ${amountOf(fact)} AS amount, c.currency_code AS currency, ${
        amountOf(fact)
      } * ${rate} AS converted,
  ${rate} AS rate, r.rate_date::text AS rate_date
FROM (
  SELECT f.* FROM ${fact.table} f
  WHERE ${conditions.join("\n    AND ")}
  ORDER BY f.${fact.day} DESC, f.${KEYS[selection.kind]} DESC LIMIT ${MAX_ROWS + 1}
) f
JOIN dim_currency c USING (currency_id)
${joins.join("\n")}
LEFT JOIN exchange_rate_on r ON r.date_id = f.${fact.day} AND r.currency = c.currency_code
ORDER BY f.${fact.day} DESC, id DESC`,
    );
  };
}

const KEYS: Readonly<Record<Kind, string>> = {
  sales: "sales_order_id",
  purchases: "purchase_order_id",
  payments: "payment_id",
};

const COUNTERPARTY = "JOIN dim_counterparty p USING (counterparty_id)";
const SHOWN: Readonly<
  Record<Kind, { readonly columns: readonly string[]; readonly joins: readonly string[] }>
> = {
  sales: {
    columns: [
      "f.sales_order_id AS id",
      "to_char(f.created_date + f.created_time, 'YYYY-MM-DD HH24:MI') AS at",
      "s.first_name || ' ' || s.last_name AS staff",
      "p.counterparty_legal_name AS counterparty",
      "d.design_name AS design",
      "l.country",
      "f.units_sold AS units",
      "f.unit_price AS price",
    ],
    joins: [
      "JOIN dim_staff s ON s.staff_id = f.sales_staff_id",
      COUNTERPARTY,
      "JOIN dim_design d USING (design_id)",
      "JOIN dim_location l ON l.location_id = f.agreed_delivery_location_id",
    ],
  },
  purchases: {
    columns: [
      "f.purchase_order_id AS id",
      "to_char(f.created_date + f.created_time, 'YYYY-MM-DD HH24:MI') AS at",
      "s.first_name || ' ' || s.last_name AS staff",
      "p.counterparty_legal_name AS counterparty",
      "f.item_code AS item",
      "l.country",
      "f.item_quantity AS units",
      "f.item_unit_price AS price",
    ],
    joins: [
      "JOIN dim_staff s USING (staff_id)",
      COUNTERPARTY,
      "JOIN dim_location l ON l.location_id = f.agreed_delivery_location_id",
    ],
  },
  payments: {
    columns: [
      "f.payment_id AS id",
      "f.payment_date::text AS at",
      "t.payment_type_name AS type",
      "p.counterparty_legal_name AS counterparty",
      "CASE WHEN f.paid THEN 'yes' ELSE 'no' END AS paid",
    ],
    joins: [COUNTERPARTY, "JOIN dim_payment_type t USING (payment_type_id)"],
  },
};

function selectionConditions({ bind, filter }: QueryContext, selection: Selection): string[] {
  const { design, counterparty, staff, weekday, hour, age, kind } = selection;
  const equals = (expression: string, value: number | null) =>
    value === null ? [] : [`${expression} = ${bind(String(value), "integer")}`];
  // A value that is bound has to be used: Postgres cannot tell the type of one that is not.
  const ageClass = () =>
    `width_bucket(${bind(filter.today, "date")} - f.payment_date, ARRAY[${AGES.join(", ")}])`;
  return [
    ...design === null ? [] : [
      `f.design_id = ANY (ARRAY(SELECT design_id FROM dim_design WHERE design_name = ${
        bind(design, "text")
      }))`,
    ],
    ...equals("f.counterparty_id", counterparty),
    ...equals(kind === "sales" ? "f.sales_staff_id" : "f.staff_id", staff),
    ...equals("extract(isodow FROM f.created_date)", weekday),
    ...equals("extract(hour FROM f.created_time)", hour),
    ...age === null ? [] : ["NOT f.paid", ...equals(ageClass(), age)],
    ...kind === "payments" && age === null ? ["f.paid"] : [],
  ];
}
