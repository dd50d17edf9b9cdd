import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { totesys } from "../../schemas/mod.ts";
import type {
  Address,
  AnyRow,
  Counterparty,
  Currency,
  Department,
  Design,
  Payment,
  PaymentType,
  PurchaseOrder,
  SalesOrder,
  Staff,
  Transaction,
} from "../../schemas/mod.ts";
import { partOf } from "../../sdk/derive/parts.ts";
import { rowTransform } from "../../sdk/transform/row_transform.ts";

const CREATED = "2022-11-03 14:20:49.962";
const UPDATED = "2023-01-09 00:00:00";
const AUDIT = { created_at: CREATED, last_updated: UPDATED };
const AUDIT_OF_FACT = {
  created_date: "2022-11-03",
  created_time: "14:20:49.962",
  last_updated_date: "2023-01-09",
  last_updated_time: "00:00:00",
};

const ADDRESS: Address = {
  address_id: 15,
  address_line_1: "605 Haskell Trafficway",
  address_line_2: "Axel Freeway",
  district: null,
  city: "East Bobbie",
  postal_code: "88253-4257",
  country: "Heard Island and McDonald Islands",
  phone: "9687 937447",
  ...AUDIT,
};
const COUNTERPARTY: Counterparty = {
  counterparty_id: 1,
  counterparty_legal_name: "Fahey and Sons",
  legal_address_id: 15,
  commercial_contact: "Micheal Toy",
  delivery_contact: null,
  ...AUDIT,
};
const CURRENCY: Currency = { currency_id: 1, currency_code: "GBP", ...AUDIT };
const DEPARTMENT: Department = {
  department_id: 2,
  department_name: "Purchasing",
  location: null,
  manager: "Naomi Lapaglia",
  ...AUDIT,
};
const STAFF: Staff = {
  staff_id: 1,
  first_name: "Jeremie",
  last_name: "Franey",
  department_id: 2,
  email_address: "jeremie.franey@terrifictotes.com",
  ...AUDIT,
};
const DESIGN: Design = {
  design_id: 8,
  design_name: "Wooden",
  file_location: "/usr",
  file_name: "wooden-20220717-npgz.json",
  ...AUDIT,
};
const PAYMENT_TYPE: PaymentType = {
  payment_type_id: 1,
  payment_type_name: "SALES_RECEIPT",
  ...AUDIT,
};
const TRANSACTION: Transaction = {
  transaction_id: 1,
  transaction_type: "PURCHASE",
  sales_order_id: null,
  purchase_order_id: 2,
  ...AUDIT,
};
const SALES_ORDER: SalesOrder = {
  sales_order_id: 2,
  design_id: 3,
  staff_id: 19,
  counterparty_id: 8,
  units_sold: 42972,
  unit_price: "3.94",
  currency_id: 2,
  agreed_delivery_date: "2022-11-07",
  agreed_payment_date: "2022-11-08",
  agreed_delivery_location_id: 9,
  ...AUDIT,
};
const PURCHASE_ORDER: PurchaseOrder = {
  purchase_order_id: 1,
  staff_id: 12,
  counterparty_id: 11,
  item_code: "ZDOI5EA",
  item_quantity: 371,
  item_unit_price: "361.39",
  currency_id: 2,
  agreed_delivery_date: "2022-11-09",
  agreed_payment_date: "2022-11-07",
  agreed_delivery_location_id: 6,
  ...AUDIT,
};
const PAYMENT: Payment = {
  payment_id: 2,
  transaction_id: 2,
  counterparty_id: 15,
  payment_amount: "552548.62",
  currency_id: 2,
  payment_type_id: 3,
  paid: false,
  payment_date: "2022-11-04",
  company_ac_number: 67305075,
  counterparty_ac_number: 31622269,
  ...AUDIT,
};

/** Returns the row of a totesys table that is made of these rows. */
function made(table: string, row: AnyRow, joined: Readonly<Record<string, AnyRow>> = {}): AnyRow {
  const spec = totesys.warehouse.find(({ name }) => name === table)!;
  return rowTransform(spec, totesys)(row, joined)!;
}

/** Returns the calendar's row of a date. */
function dimDate(date_id: string): AnyRow {
  return made("dim_date", { date_id });
}

Deno.test("a counterparty comes with its legal address", () => {
  assertEquals(made("dim_counterparty", COUNTERPARTY, { address: ADDRESS }), {
    counterparty_id: 1,
    counterparty_legal_name: "Fahey and Sons",
    counterparty_legal_address_line_1: "605 Haskell Trafficway",
    counterparty_legal_address_line_2: "Axel Freeway",
    counterparty_legal_district: null,
    counterparty_legal_city: "East Bobbie",
    counterparty_legal_postal_code: "88253-4257",
    counterparty_legal_country: "Heard Island and McDonald Islands",
    counterparty_legal_phone_number: "9687 937447",
  });
});

Deno.test("staff come with their department, and not with its manager", () => {
  assertEquals(made("dim_staff", STAFF, { department: DEPARTMENT }), {
    staff_id: 1,
    first_name: "Jeremie",
    last_name: "Franey",
    department_name: "Purchasing",
    location: null,
    email_address: "jeremie.franey@terrifictotes.com",
  });
});

Deno.test("an address becomes a location under the same key", () => {
  assertEquals(made("dim_location", ADDRESS), {
    location_id: 15,
    address_line_1: "605 Haskell Trafficway",
    address_line_2: "Axel Freeway",
    district: null,
    city: "East Bobbie",
    postal_code: "88253-4257",
    country: "Heard Island and McDonald Islands",
    phone: "9687 937447",
  });
});

Deno.test("a currency gets its ISO 4217 name", () => {
  assertEquals(made("dim_currency", CURRENCY), {
    currency_id: 1,
    currency_code: "GBP",
    currency_name: "Pound Sterling",
  });
  const name = (currency_code: string) =>
    made("dim_currency", { ...CURRENCY, currency_code }).currency_name;
  assertEquals(name("USD"), "US Dollar");
  assertEquals(name("EUR"), "Euro");
});

Deno.test("a currency outside ISO 4217 keeps its code as its name", () => {
  for (const currency_code of ["XQZ", "", "toString"]) {
    const { currency_name } = made("dim_currency", { ...CURRENCY, currency_code });
    assertEquals(currency_name, currency_code);
  }
});

Deno.test("a design is loaded without its timestamps", () => {
  assertEquals(made("dim_design", DESIGN), {
    design_id: 8,
    design_name: "Wooden",
    file_location: "/usr",
    file_name: "wooden-20220717-npgz.json",
  });
});

Deno.test("a payment type is loaded without its timestamps", () => {
  assertEquals(made("dim_payment_type", PAYMENT_TYPE), {
    payment_type_id: 1,
    payment_type_name: "SALES_RECEIPT",
  });
});

Deno.test("a transaction names the sale or the purchase it belongs to", () => {
  assertEquals(made("dim_transaction", TRANSACTION), {
    transaction_id: 1,
    transaction_type: "PURCHASE",
    sales_order_id: null,
    purchase_order_id: 2,
  });
});

Deno.test("a sales order becomes a fact with its timestamps split and unshifted", () => {
  assertEquals(made("fact_sales_order", SALES_ORDER), {
    sales_order_id: 2,
    ...AUDIT_OF_FACT,
    sales_staff_id: 19,
    counterparty_id: 8,
    units_sold: 42972,
    unit_price: "3.94",
    currency_id: 2,
    design_id: 3,
    agreed_payment_date: "2022-11-08",
    agreed_delivery_date: "2022-11-07",
    agreed_delivery_location_id: 9,
  });
});

Deno.test("a purchase order becomes a fact", () => {
  assertEquals(made("fact_purchase_orders", PURCHASE_ORDER), {
    purchase_order_id: 1,
    ...AUDIT_OF_FACT,
    staff_id: 12,
    counterparty_id: 11,
    item_code: "ZDOI5EA",
    item_quantity: 371,
    item_unit_price: "361.39",
    currency_id: 2,
    agreed_delivery_date: "2022-11-09",
    agreed_payment_date: "2022-11-07",
    agreed_delivery_location_id: 6,
  });
});

Deno.test("a payment becomes a fact without its account numbers", () => {
  assertEquals(made("fact_payment", PAYMENT), {
    payment_id: 2,
    ...AUDIT_OF_FACT,
    transaction_id: 2,
    counterparty_id: 15,
    payment_amount: "552548.62",
    currency_id: 2,
    payment_type_id: 3,
    paid: false,
    payment_date: "2022-11-04",
  });
});

Deno.test("the calendar describes a day, leap days and the turn of centuries too", () => {
  const days: [string, number, string, string, number][] = [
    ["0001-01-01", 1, "Monday", "January", 1],
    ["1752-09-02", 6, "Saturday", "September", 3],
    ["1900-02-28", 3, "Wednesday", "February", 1],
    ["1969-12-31", 3, "Wednesday", "December", 4],
    ["1970-01-01", 4, "Thursday", "January", 1],
    ["2000-02-29", 2, "Tuesday", "February", 1],
    ["2022-04-30", 6, "Saturday", "April", 2],
    ["2023-01-01", 7, "Sunday", "January", 1],
    ["2024-07-01", 1, "Monday", "July", 3],
    ["2024-11-15", 5, "Friday", "November", 4],
    ["2099-12-31", 4, "Thursday", "December", 4],
    ["9999-12-31", 5, "Friday", "December", 4],
  ];
  for (const [date_id, day_of_week, day_name, month_name, quarter] of days) {
    const [year, month, day] = date_id.split("-").map(Number);
    assertEquals(dimDate(date_id), {
      date_id,
      year,
      month,
      day,
      day_of_week,
      day_name,
      month_name,
      quarter,
    });
  }
});

Deno.test("the calendar agrees with the platform about the day of the week, year after year", () => {
  const names = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
  fc.assert(fc.property(fc.integer({ min: 0, max: 9999 * 365 }), (days) => {
    const date = new Date(Date.parse("0001-01-01T00:00:00Z") + days * 86_400_000);
    const found = dimDate(date.toISOString().slice(0, 10));
    assertEquals(found.day_name, names[date.getUTCDay()]);
    assertEquals(found.day_of_week, date.getUTCDay() || 7);
  }));
});

Deno.test("the calendar refuses a day the calendar does not have", () => {
  for (const date of ["2022-02-30", "2100-02-29", "0000-12-31", "", "tomorrow"]) {
    const error = assertThrows(() => dimDate(date), RangeError);
    assert(error.message.includes(JSON.stringify(date)));
  }
});

Deno.test("a timestamp is split without a time-zone shift", () => {
  for (const zone of ["America/New_York", "Pacific/Auckland"]) {
    const before = Deno.env.get("TZ");
    Deno.env.set("TZ", zone);
    try {
      // An hour that does not exist in New York, and a second before midnight in Auckland.
      assertEquals(partOf("date")("2022-03-13 02:30:00"), "2022-03-13");
      assertEquals(partOf("time")("2022-03-13 02:30:00"), "02:30:00");
      assertEquals(partOf("date")("2022-12-31 23:59:59.999999"), "2022-12-31");
      assertEquals(partOf("time")("2022-12-31 23:59:59.999999"), "23:59:59.999999");
      assertEquals(dimDate("2022-12-31").day, 31);
    } finally {
      if (before === undefined) Deno.env.delete("TZ");
      else Deno.env.set("TZ", before);
    }
  }
});
