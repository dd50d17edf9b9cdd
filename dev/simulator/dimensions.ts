/**
 * Generates the small tables of the source: everything that orders refer to.
 *
 * @module
 */
import { faker } from "@faker-js/faker/locale/en";
import type { Address } from "../../schemas/source/address.ts";
import type { Counterparty } from "../../schemas/source/counterparty.ts";
import type { Currency } from "../../schemas/source/currency.ts";
import type { Department } from "../../schemas/source/department.ts";
import type { Design } from "../../schemas/source/design.ts";
import type { PaymentType } from "../../schemas/source/payment_type.ts";
import type { Staff } from "../../schemas/source/staff.ts";
import { BEGINNING, date, DAY_MS, type Millis, timestamp } from "./clock.ts";
import type { Random } from "./random.ts";

/** Number of addresses, with keys from 1. */
export const ADDRESSES = 30;
/** Number of counterparties, with keys from 1. */
export const COUNTERPARTIES = 20;
/** Number of members of staff, with keys from 1. */
export const STAFF = 20;

const CURRENCIES = ["GBP", "USD", "EUR"];
const PAYMENT_TYPES = ["SALES_RECEIPT", "SALES_REFUND", "PURCHASE_PAYMENT", "PURCHASE_REFUND"];
const DEPARTMENTS = [
  "Sales",
  "Purchasing",
  "Production",
  "Dispatch",
  "Finance",
  "Facilities",
  "Communications",
  "HR",
];
const FOLDERS = [
  "/usr",
  "/private",
  "/opt/bin",
  "/usr/local/src",
  "/lost+found",
  "/etc",
  "/home/user",
];
const OFFICES = ["Manchester", "Leeds", null];

/** Returns the currencies. */
export function currencies(): Currency[] {
  return CURRENCIES.map((currency_code, i) => ({ currency_id: i + 1, currency_code, ...stamps() }));
}

/** Returns the payment types. */
export function paymentTypes(): PaymentType[] {
  return PAYMENT_TYPES.map((payment_type_name, i) => ({
    payment_type_id: i + 1,
    payment_type_name,
    ...stamps(),
  }));
}

/** Returns the departments. */
export function departments(random: Random): Department[] {
  return DEPARTMENTS.map((department_name, i) => ({
    department_id: i + 1,
    department_name,
    location: random.pick(OFFICES),
    manager: random.chance(90) ? random.faker().person.fullName() : null,
    ...stamps(),
  }));
}

/** Returns the addresses. */
export function addresses(random: Random): Address[] {
  return numbered(ADDRESSES, (address_id) => ({
    address_id,
    ...postalAddress(random),
    ...stamps(),
  }));
}

/** Returns the columns of an address, without key and timestamps. */
export function postalAddress(random: Random): Omit<Address, "address_id" | keyof Stamps> {
  const { location, helpers } = random.faker();
  return {
    address_line_1: location.streetAddress(),
    address_line_2: random.chance(40) ? location.street() : null,
    district: random.chance(50) ? location.county() : null,
    city: location.city(),
    postal_code: location.zipCode(),
    country: location.country(),
    phone: helpers.replaceSymbols("#### ######"),
  };
}

/** Returns the counterparties. */
export function counterparties(random: Random): Counterparty[] {
  return numbered(COUNTERPARTIES, (counterparty_id) => {
    const { company, person } = random.faker();
    return {
      counterparty_id,
      counterparty_legal_name: company.name(),
      legal_address_id: random.int(1, ADDRESSES),
      commercial_contact: random.chance(90) ? person.fullName() : null,
      delivery_contact: random.chance(90) ? person.fullName() : null,
      ...stamps(),
    };
  });
}

/** Returns the members of staff. */
export function staff(random: Random): Staff[] {
  return numbered(STAFF, (staff_id) => {
    const { person } = random.faker();
    const [first_name, last_name] = [person.firstName(), person.lastName()];
    return {
      staff_id,
      first_name,
      last_name,
      department_id: random.int(1, DEPARTMENTS.length),
      email_address: `${first_name}.${last_name}@terrifictotes.com`.toLowerCase(),
      ...stamps(),
    };
  });
}

/** Generates the designs, spread over the full time span. */
export function* designs(random: Random, ids: Iterable<number>, step: Millis): Iterable<Design> {
  const { material } = faker.definitions.commerce.product_name;
  let at = BEGINNING;
  for (const design_id of ids) {
    const design_name = random.pick(material);
    const drawn = date(at - random.int(1, 400) * DAY_MS).replaceAll("-", "");
    yield {
      design_id,
      created_at: timestamp(at),
      design_name,
      file_location: random.pick(FOLDERS),
      file_name: `${design_name}-${drawn}-${random.code(4)}.json`.toLowerCase(),
      last_updated: timestamp(at),
    };
    at += random.int(0, 2 * step);
  }
}

type Stamps = Pick<Address, "created_at" | "last_updated">;

function stamps(at: Millis = BEGINNING): Stamps {
  return { created_at: timestamp(at), last_updated: timestamp(at) };
}

function numbered<T>(count: number, row: (id: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => row(i + 1));
}
