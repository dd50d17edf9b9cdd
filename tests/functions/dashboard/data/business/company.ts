/**
 * A small company for tests: its rows in memory, the same rows in a warehouse, and what the charts should
 * show, worked out from the rows in memory with exact decimals.
 *
 * @module
 */
import type {
  AnyRow,
  FactPayment,
  FactPurchaseOrders,
  FactSalesOrder,
} from "../../../../../schemas/mod.ts";
import type { Filter } from "../../../../../functions/dashboard/data/business/filter.ts";
import { add, compare, divide, multiply, sum } from "../../../../../sdk/analysis/decimal.ts";
import { load } from "../../../../../sdk/load/load.ts";
import { deliver, rate, target } from "../../../../load/documents.ts";
import { FILES, type Lake, RATES } from "../../../../load/lakes.ts";
import { dimensions, put, sale } from "../../../../load/star.ts";
import { calendarRow } from "../../../../support/models.ts";

/** The day of the tests: a Saturday. */
export const TODAY = "2026-11-21";
export const NOW = new Date(`${TODAY}T12:00:00Z`);

const DAY_MS = 86_400_000;

/** Returns the date so many days before the day of the tests; negative for later ones. */
export function daysAgo(days: number): string {
  return new Date(Date.parse(TODAY) - days * DAY_MS).toISOString().slice(0, 10);
}

export const STAFF = [
  { staff_id: 1, first_name: "Ada", last_name: "Ash", department_name: "Sales" },
  { staff_id: 2, first_name: "Ben", last_name: "Birch", department_name: "Sales" },
  { staff_id: 3, first_name: "Cy", last_name: "Cedar", department_name: "Dispatch" },
];
export const PLACES = [
  { location_id: 1, country: "Japan" },
  { location_id: 2, country: "Turkey" },
  { location_id: 3, country: "Japan" },
  { location_id: 4, country: "Atlantis" },
];
/** Two designs have the same name. */
export const DESIGNS = [
  { design_id: 1, design_name: "Wooden" },
  { design_id: 2, design_name: "Steel" },
  { design_id: 3, design_name: "Steel" },
];
export const COUNTERPARTIES = [
  { counterparty_id: 1, counterparty_legal_name: "Fahey and Sons" },
  { counterparty_id: 2, counterparty_legal_name: '=HYPERLINK("x"), "quoted"' },
];
export const CURRENCIES = [
  { currency_id: 1, currency_code: "GBP" },
  { currency_id: 2, currency_code: "USD" },
  { currency_id: 3, currency_code: "EUR" },
];
export const PAYMENT_TYPES = [
  { payment_type_id: 1, payment_type_name: "SALES_RECEIPT" },
  { payment_type_id: 2, payment_type_name: "SALES_REFUND" },
  { payment_type_id: 3, payment_type_name: "PURCHASE_PAYMENT" },
  { payment_type_id: 4, payment_type_name: "PURCHASE_REFUND" },
];

/** Rates of a date: how many of each currency a euro costs. */
export type Rates = Readonly<Record<string, string>>;

/** Everything that the charts depend on. */
export interface Company {
  readonly sales: Map<number, FactSalesOrder>;
  readonly purchases: Map<number, FactPurchaseOrders>;
  readonly payments: Map<number, FactPayment>;
  /** By date. */
  readonly rates: Map<string, Rates>;
  readonly targets: AnyRow[];
  readonly departments: Map<number, string>;
  readonly designs: Map<number, string>;
}

/** Returns a purchase order: 5 pieces at 2.50. */
export function purchase(
  id: number,
  changes: Partial<FactPurchaseOrders> = {},
): FactPurchaseOrders {
  return {
    purchase_order_id: id,
    created_date: TODAY,
    created_time: "10:00:00",
    last_updated_date: TODAY,
    last_updated_time: "10:00:00",
    staff_id: 1,
    counterparty_id: 1,
    item_code: "ABC",
    item_quantity: 5,
    item_unit_price: "2.50",
    currency_id: 1,
    agreed_delivery_date: TODAY,
    agreed_payment_date: TODAY,
    agreed_delivery_location_id: 1,
    ...changes,
  };
}

/** Returns a payment of 10. */
export function payment(id: number, changes: Partial<FactPayment> = {}): FactPayment {
  return {
    payment_id: id,
    created_date: TODAY,
    created_time: "10:00:00",
    last_updated_date: TODAY,
    last_updated_time: "10:00:00",
    transaction_id: 1,
    counterparty_id: 1,
    payment_amount: "10.00",
    currency_id: 1,
    payment_type_id: 1,
    paid: true,
    payment_date: TODAY,
    ...changes,
  };
}

/** Returns a sales order with dates that the calendar has. */
export function order(id: number, changes: Partial<FactSalesOrder> = {}): FactSalesOrder {
  const dates = {
    last_updated_date: TODAY,
    agreed_payment_date: TODAY,
    agreed_delivery_date: TODAY,
  };
  return sale(id, { created_date: TODAY, created_time: "10:00:00", ...dates, ...changes });
}

/** Returns the dimensions as a load takes them. */
export function dimensionsOf({ departments, designs }: Pick<Company, "departments" | "designs">) {
  const like = dimensions();
  const fill = (name: string, rows: readonly AnyRow[]) =>
    rows.map((row) => ({ ...like[name][0], ...row }));
  const dates = Array.from({ length: 1_300 }, (_, place) => calendarRow(daysAgo(1_200 - place)));
  return {
    ...like,
    dim_date: dates,
    dim_staff: fill(
      "dim_staff",
      STAFF.map((row) => ({
        ...row,
        department_name: departments.get(row.staff_id) ?? row.department_name,
      })),
    ),
    dim_location: fill("dim_location", PLACES),
    dim_design: fill(
      "dim_design",
      DESIGNS.map((row) => ({
        ...row,
        design_name: designs.get(row.design_id) ?? row.design_name,
      })),
    ),
    dim_counterparty: fill("dim_counterparty", COUNTERPARTIES),
    dim_currency: fill("dim_currency", CURRENCIES),
    dim_payment_type: fill("dim_payment_type", PAYMENT_TYPES),
  };
}

/** Returns a company without orders. */
export function emptyCompany(): Company {
  return {
    sales: new Map(),
    purchases: new Map(),
    payments: new Map(),
    rates: new Map(),
    targets: [],
    departments: new Map(),
    designs: new Map(),
  };
}

/** Returns a company with orders of three years: some of each kind, in every currency and place. */
export function smallCompany(): Company {
  const company = emptyCompany();
  const pick = <T>(list: readonly T[], place: number) => list[place % list.length];
  for (let id = 1; id <= 120; id++) {
    const created_date = daysAgo([0, 1, 3, 8, 20, 40, 95, 150, 400, 1_000][id % 10]);
    const shared = {
      created_date,
      created_time: `${String(8 + id % 11).padStart(2, "0")}:${
        String(id % 60).padStart(2, "0")
      }:07.5`,
      counterparty_id: 1 + id % 2,
      currency_id: 1 + id % 3,
      agreed_delivery_location_id: 1 + (id >> 1) % 4,
    };
    const unit_price = pick(["3.94", "0.01", "2.50"], id);
    company.sales.set(
      id,
      order(id, {
        ...shared,
        unit_price,
        sales_staff_id: 1 + id % 3,
        design_id: 1 + id % 3,
        units_sold: id,
      }),
    );
    if (id % 2) {
      company.purchases.set(
        id,
        purchase(id, { ...shared, staff_id: 1 + id % 3, item_quantity: id }),
      );
    }
    company.payments.set(
      id,
      payment(id, {
        payment_date: daysAgo([-3, 0, 1, 5, 31, 60, 91, 181, 366, 800][id % 10]),
        currency_id: 1 + id % 3,
        payment_type_id: 1 + (id >> 1) % 4,
        paid: id % 5 < 2,
        payment_amount: `${id}.05`,
      }),
    );
  }
  // None before 900 days ago, and none of the dollar on some days.
  company.rates.set(daysAgo(900), { GBP: "0.8", USD: "1.6" });
  company.rates.set(daysAgo(96), { GBP: "0.8", USD: "1.28" });
  company.rates.set(daysAgo(20), { GBP: "0.75" });
  company.rates.set(daysAgo(2), { GBP: "0.5", USD: "1.25" });
  for (const staff_id of [1, 2]) {
    for (const month of ["2026-08-01", "2026-11-01"]) {
      company.targets.push({ staff_id, month, currency_code: "EUR", target: `${staff_id}00.00` });
    }
  }
  return company;
}

/** Loads a company into an empty warehouse. */
export async function loadCompany(lake: Lake, company: Company): Promise<void> {
  await put(lake.processed, {
    ...dimensionsOf(company),
    fact_sales_order: [...company.sales.values()],
    fact_purchase_orders: [...company.purchases.values()],
    fact_payment: [...company.payments.values()],
  });
  await load(lake);
  await loadRates(lake, company.rates);
  if (company.targets.length === 0) return;
  const rows = company.targets.map((row, place) => target("t.csv", place + 1, row));
  await deliver(lake, "files", { name: "t.csv", rows });
  await load({ ...lake, ...FILES });
}

/** Loads rates of some dates. */
export async function loadRates(lake: Lake, rates: ReadonlyMap<string, Rates>): Promise<void> {
  for (const [date, quotes] of rates) {
    const rows = Object.entries(quotes).map(([quote, value]) => rate(date, quote, value));
    await deliver(lake, "rates", { name: `${date}/eur`, rows });
  }
  if (rates.size > 0) await load({ ...lake, ...RATES });
}

/** The rate from a currency to another on a date; null before the first. */
function rateOn(company: Company, code: string, reference: string, date: string): string | null {
  if (code === reference) return "1";
  const known = [...company.rates].filter(([day, quotes]) =>
    day <= date && (code === "EUR" || quotes[code]) && (reference === "EUR" || quotes[reference])
  ).sort(([a], [b]) => a < b ? 1 : -1);
  if (known.length === 0) return null;
  const quotes: Rates = { ...known[0][1], EUR: "1" };
  return divide(quotes[reference], quotes[code], 16);
}

/** What one order, or one payment, adds to a chart. */
interface Item {
  readonly day: string;
  readonly orders: string;
  readonly units: string;
  /** In the reference currency; null without a rate. */
  readonly amount: string | null;
}

type Row = Readonly<Record<string, string | null>>;

const codeOf = (id: number) => CURRENCIES.find((row) => row.currency_id === id)!.currency_code;
const countryOf = (id: number) => PLACES.find((row) => row.location_id === id)!.country;

/** What the charts should show, worked out without SQL. */
export class Expected {
  readonly #company: Company;
  readonly #filter: Filter;
  readonly #reference: string;

  constructor(company: Company, filter: Filter, reference = "GBP") {
    this.#company = company;
    this.#filter = filter;
    this.#reference = reference;
  }

  /** Returns the rows of every chart, in a form that {@linkcode comparable} gives the real ones. */
  charts(): Record<string, Row[]> {
    const sales = this.#sales();
    const { from } = this.#filter.period;
    const now = sales.filter(({ day }) => day >= from);
    const byHour = grouped(now, ({ day, hour }) => `${weekdayOf(day)} ${hour}`);
    const ranked = (keyOf: (one: typeof sales[number]) => string, name: (key: string) => Row) =>
      [...grouped(sales, keyOf)].map(([key, items]) => ({ ...name(key), ...this.#pairs(items) }));
    return {
      revenue: this.#steps(sales),
      purchases: this.#steps(this.#purchases()),
      payments: this.#payments(),
      hours: [...byHour].map(([key, { length }]) => {
        const [weekday, hour] = key.split(" ");
        return { weekday, hour, orders: String(length) };
      }),
      designs: top(ranked(({ design }) => design, (name) => ({ name }))),
      counterparties: top(ranked(({ counterparty }) => counterparty, (id) => ({
        id,
        name: COUNTERPARTIES.find((row) => String(row.counterparty_id) === id)!
          .counterparty_legal_name,
      }))),
      countries: top(ranked(({ country }) => country, (name) => ({ name })), Infinity),
      unpaid: this.#unpaid(),
      staff: this.#staff(sales),
    };
  }

  #converted(amount: string, currency_id: number, day: string): string | null {
    const found = rateOn(this.#company, codeOf(currency_id), this.#reference, day);
    return found === null ? null : multiply(amount, found);
  }

  #fits(currency_id: number, staff_id: number | null, location_id: number | null): boolean {
    const { currency, department, country } = this.#filter;
    if (currency !== null && codeOf(currency_id) !== currency) return false;
    if (staff_id === null || location_id === null) return true;
    return (department === null || this.#departmentOf(staff_id) === department) &&
      (country === null || countryOf(location_id) === country);
  }

  #departmentOf(staff_id: number): string {
    return this.#company.departments.get(staff_id) ??
      STAFF.find((row) => row.staff_id === staff_id)!.department_name;
  }

  #isInPeriods(day: string): boolean {
    const { before, to } = this.#filter.period;
    return day >= before && day <= to;
  }

  #sales() {
    return [...this.#company.sales.values()].filter((row) =>
      this.#isInPeriods(row.created_date) &&
      this.#fits(row.currency_id, row.sales_staff_id, row.agreed_delivery_location_id)
    ).map((row) => ({
      day: row.created_date,
      hour: String(Number(row.created_time.slice(0, 2))),
      design: this.#company.designs.get(row.design_id) ??
        DESIGNS.find(({ design_id }) => design_id === row.design_id)!.design_name,
      counterparty: String(row.counterparty_id),
      country: countryOf(row.agreed_delivery_location_id),
      staff: row.sales_staff_id,
      orders: "1",
      units: String(row.units_sold),
      amount: this.#converted(
        multiply(row.unit_price, row.units_sold),
        row.currency_id,
        row.created_date,
      ),
    }));
  }

  #purchases() {
    return [...this.#company.purchases.values()].filter((row) =>
      this.#isInPeriods(row.created_date) &&
      this.#fits(row.currency_id, row.staff_id, row.agreed_delivery_location_id)
    ).map((row) => ({
      day: row.created_date,
      staff: row.staff_id,
      orders: "1",
      units: String(row.item_quantity),
      amount: this.#converted(
        multiply(row.item_unit_price, row.item_quantity),
        row.currency_id,
        row.created_date,
      ),
    }));
  }

  #due() {
    return [...this.#company.payments.values()].filter((row) =>
      this.#fits(row.currency_id, null, null)
    )
      .map((row) => ({
        day: row.payment_date,
        paid: row.paid,
        incoming: row.payment_type_id === 1 || row.payment_type_id === 4,
        orders: "1",
        units: "0",
        amount: this.#converted(row.payment_amount, row.currency_id, row.payment_date),
      }));
  }

  #split<T extends Item>(items: readonly T[]): [now: T[], before: T[]] {
    const { from } = this.#filter.period;
    return [items.filter(({ day }) => day >= from), items.filter(({ day }) => day < from)];
  }

  #pairOf(
    items: readonly Item[],
    column: "amount" | "orders" | "units",
    name: string = column,
  ): Row {
    const [now, before] = this.#split(items);
    return { [name]: total(now, column), [`${name}_before`]: total(before, column) };
  }

  #pairs(items: readonly Item[]): Row {
    return {
      ...this.#pairOf(items, "amount"),
      ...this.#pairOf(items, "orders"),
      ...this.#withoutRate(items),
    };
  }

  #withoutRate(items: readonly Item[]): Row {
    const [now, before] = this.#split(items);
    return { without_rate: withoutRate(now), without_rate_before: withoutRate(before) };
  }

  /** The last day of each step, oldest first, and the items of a day in each period. */
  #stepOf(): { untils: string[]; until: (day: string) => string } {
    const { to, days, step } = this.#filter.period;
    const count = Math.ceil(days / step);
    const at = (place: number) => shift(to, -place * step);
    return {
      untils: Array.from({ length: count }, (_, place) => at(count - 1 - place)),
      until: (day) => at(Math.floor(distance(day, to) % days / step)),
    };
  }

  #steps(items: readonly Item[]): Row[] {
    const { untils, until } = this.#stepOf();
    return untils.map((name) => ({
      until: name,
      ...this.#pairs(items.filter(({ day }) => until(day) === name)),
      ...this.#pairOf(items.filter(({ day }) => until(day) === name), "units"),
    }));
  }

  #payments(): Row[] {
    const { untils, until } = this.#stepOf();
    const paid = this.#due().filter(({ paid, day }) => paid && this.#isInPeriods(day));
    return untils.map((name) => {
      const items = paid.filter(({ day }) => until(day) === name);
      return {
        until: name,
        ...this.#pairOf(items.filter(({ incoming }) => incoming), "amount", "received"),
        ...this.#pairOf(items.filter(({ incoming }) => !incoming), "amount", "spent"),
        ...this.#withoutRate(items),
      };
    });
  }

  #unpaid(): Row[] {
    const due = this.#due().filter(({ paid }) => !paid);
    return [0, 1, 2, 3, 4, 5].map((age) => {
      const items = due.filter(({ day }) => ageClass(distance(day, this.#filter.today)) === age);
      return {
        age_class: String(age),
        owed_to_us: total(items.filter(({ incoming }) => incoming), "amount"),
        we_owe: total(items.filter(({ incoming }) => !incoming), "amount"),
        payments: String(items.length),
        without_rate: withoutRate(items),
      };
    });
  }

  #staff(sales: readonly (Item & { staff: number })[]): Row[] {
    const purchases = this.#purchases();
    return STAFF.map(({ staff_id, first_name, last_name }) => {
      const sold = this.#pairs(sales.filter(({ staff }) => staff === staff_id));
      const [now, before] = this.#split(purchases.filter(({ staff }) => staff === staff_id));
      const [bought, boughtBefore] = [String(now.length), String(before.length)];
      const row: Row = {
        id: String(staff_id),
        name: `${first_name} ${last_name}`,
        department: this.#departmentOf(staff_id),
        ...sold,
        ...this.#target(staff_id),
        purchases: bought,
        purchases_before: boughtBefore,
        handled: add(sold.orders!, bought),
        handled_before: add(sold.orders_before!, boughtBefore),
      };
      return row;
    }).filter(({ department, handled, handled_before, target }) =>
      (this.#filter.department === null || department === this.#filter.department) &&
      (handled !== "0" || handled_before !== "0" || target !== null)
    );
  }

  /** The targets of the months, by the days of them that are in the period; null without one. */
  #target(staff_id: number): Row {
    const { from, to } = this.#filter.period;
    const parts = this.#company.targets.flatMap((row) => {
      const month = String(row.month);
      const end = shift(shift(month, 31).slice(0, 7) + "-01", -1);
      if (row.staff_id !== staff_id || month > to || end < from) return [];
      const days = distance(from > month ? from : month, to < end ? to : end) + 1;
      const found = rateOn(this.#company, String(row.currency_code), this.#reference, month);
      if (found === null) return [null];
      const amount = multiply(multiply(String(row.target), found), days);
      return [divide(amount, distance(month, end) + 1, 8)];
    });
    const known = parts.filter((part) => part !== null);
    return {
      target: known.length === 0 ? null : sum(known),
      target_without_rate: String(parts.length - known.length),
    };
  }
}

function shift(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

function distance(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

function ageClass(days: number): number {
  return [1, 31, 91, 181, 366].filter((limit) => days >= limit).length;
}

function weekdayOf(day: string): number {
  return new Date(day).getUTCDay() || 7;
}

function total(items: readonly Item[], column: "amount" | "orders" | "units"): string {
  return sum(items.flatMap((item) => item[column] ?? []));
}

function withoutRate(items: readonly Item[]): string {
  return String(items.filter(({ amount }) => amount === null).length);
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    groups.set(key, [...groups.get(key) ?? [], item]);
  }
  return groups;
}

function top(rows: readonly Row[], most = 8): Row[] {
  return [...rows].sort((a, b) =>
    compare(b.amount!, a.amount!) || compare(b.amount_before!, a.amount_before!) ||
    (a.name! < b.name! ? -1 : 1)
  ).slice(0, most);
}

/** Returns the rows of charts without trailing zeros, and with sets in one order. */
export function comparable(
  charts: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>,
): Record<string, Record<string, string | null>[]> {
  return Object.fromEntries(
    Object.entries(charts).filter(([name]) => name !== "rates").map(([name, rows]) => {
      const plain = rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([column, value]) => [column, plainValue(column, value)])
            .sort(([a], [b]) => a! < b! ? -1 : 1),
        )
      );
      return [name, ORDERED.includes(name) ? plain : plain.sort(byText)];
    }),
  );
}

const ORDERED = ["revenue", "purchases", "payments", "unpaid"];

function byText(a: unknown, b: unknown): number {
  return JSON.stringify(a) < JSON.stringify(b) ? -1 : 1;
}

/** A target is a quotient, which has no end. */
function plainValue(column: string, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const text = String(value);
  if (column === "target") return Number(text).toFixed(6);
  return /^-?\d+\.\d+$/.test(text) ? text.replace(/\.?0+$/, "") : text;
}
