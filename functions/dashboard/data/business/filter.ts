/**
 * What the business page is asked for, as query parameters say it. A value that is unknown or malformed is
 * answered with the default, and a sentence about it.
 *
 * @module
 */
import { addDays, customPeriod, daysBetween, isDate, namedPeriod, PERIODS } from "./period.ts";
import type { Period } from "./period.ts";

/** The values that filters can have. */
export interface Choices {
  readonly currencies: readonly string[];
  readonly departments: readonly string[];
  readonly countries: readonly string[];
}

/** Which orders the page is about. */
export interface Filter {
  readonly period: Period;
  /** A currency's code; null for all. */
  readonly currency: string | null;
  /** A department's name; null for all. */
  readonly department: string | null;
  /** A country of delivery; null for all. */
  readonly country: string | null;
  /** The instant at which the warehouse is looked at (RFC 3339); null for now. */
  readonly asOf: string | null;
  /** The day of that instant, or today. */
  readonly today: string;
}

/** A filter, and what has to be said about the query parameters. */
export interface FilterAnswer {
  readonly filter: Filter;
  /** Sentences about values that were not accepted. */
  readonly notes: readonly string[];
}

/** The first value of each query parameter. */
export type Parameters = Readonly<Record<string, string | undefined>>;

const DEFAULT_PERIOD = "quarter";
/** Longer periods have no use, and cost. */
const MAX_DAYS = 3_700;
const FIRST_DATE = "1900-01-01";
const INSTANT = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)(Z|[+-]\d\d:\d\d)?$/i;
const MAX_QUOTED = 40;

/** Reads a filter. `now` is the time of the page. */
export function readFilter(given: Parameters, choices: Choices, now: Date): FilterAnswer {
  const notes: string[] = [];
  const asOf = readInstant(given.as_of, now, notes);
  const today = new Date(asOf ? Date.parse(asOf) : now.getTime()).toISOString().slice(0, 10);
  const choice = (
    name: string,
    value: string | undefined,
    known: readonly string[],
    all: string,
  ) => {
    if (!value) return null;
    if (known.includes(value)) return value;
    notes.push(`There is no ${name} ${quoted(value)}: the page shows all ${all}.`);
    return null;
  };
  const filter = {
    period: readPeriod(given, today, notes),
    currency: choice("currency", given.currency, choices.currencies, "currencies"),
    department: choice("department", given.department, choices.departments, "departments"),
    country: choice("country", given.country, choices.countries, "countries"),
    asOf,
    today,
  };
  return { filter, notes };
}

function readPeriod({ period, from, to }: Parameters, today: string, notes: string[]): Period {
  const usual = namedPeriod(DEFAULT_PERIOD, today);
  if (period === "custom") {
    const problem = problemOf(from, to);
    if (!problem) return customPeriod(from!, to!);
    notes.push(`${problem}: the page shows the last 13 weeks.`);
    return usual;
  }
  if (from || to) notes.push("The dates count only for the period Custom.");
  if (!period) return usual;
  if (Object.hasOwn(PERIODS, period)) return namedPeriod(period as keyof typeof PERIODS, today);
  notes.push(`There is no period ${quoted(period)}: the page shows the last 13 weeks.`);
  return usual;
}

/** Returns why two days are no period; undefined if they are one. */
function problemOf(from: string | undefined, to: string | undefined): string | undefined {
  if (!from || !to) return "A custom period needs a first and a last day";
  for (const date of [from, to]) {
    if (!isDate(date)) return `${quoted(date)} is not a date such as 2026-11-27`;
  }
  if (from > to) return "The first day of the period is after its last";
  if (from < FIRST_DATE) return `The period begins before ${FIRST_DATE}`;
  if (daysBetween(from, to) >= MAX_DAYS) return "The period is longer than ten years";
}

/** Returns an instant as RFC 3339 in UTC. A time without a zone is UTC, as the form sends it. */
function readInstant(text: string | undefined, now: Date, notes: string[]): string | null {
  if (!text) return null;
  const [, date = "", time = "", zone = "Z"] = INSTANT.exec(text) ?? [];
  const seconds = time.length === 5 ? `${time}:00` : time;
  const at = Date.parse(`${date}T${seconds.slice(0, 12)}${zone.toUpperCase()}`);
  const problem = !isDate(date) || Number.isNaN(at)
    ? `${quoted(text)} is not an instant such as 2026-11-27T14:00:00Z`
    : at > now.getTime()
    ? `${quoted(text)} is in the future`
    : date < FIRST_DATE
    ? `${quoted(text)} is before ${FIRST_DATE}`
    : undefined;
  if (problem) {
    notes.push(`${problem}: the page shows the warehouse as it is now.`);
    return null;
  }
  // Dates hold milliseconds; the warehouse's validity has microseconds.
  const fraction = seconds.slice(8).replace(".", "").padEnd(6, "0");
  return `${new Date(at).toISOString().slice(0, 19)}.${fraction}Z`.replace(".000000Z", "Z");
}

/** Returns the query parameters of a filter, without those that are the default. */
export function parametersOf(filter: Filter): URLSearchParams {
  const { period, currency, department, country, asOf } = filter;
  const parameters = new URLSearchParams();
  if (period.name !== DEFAULT_PERIOD) parameters.set("period", period.name);
  if (period.name === "custom") {
    parameters.set("from", period.from);
    parameters.set("to", period.to);
  }
  if (currency !== null) parameters.set("currency", currency);
  if (department !== null) parameters.set("department", department);
  if (country !== null) parameters.set("country", country);
  if (asOf !== null) parameters.set("as_of", asOf);
  return parameters;
}

/** Returns the filter for the days that one point of a chart stands for. */
export function pointOf(filter: Filter, until: string): Filter {
  const { step, from } = filter.period;
  const first = addDays(until, 1 - step);
  return { ...filter, period: customPeriod(first < from ? from : first, until) };
}

/** Returns text of the address as a sentence can show it. */
function quoted(text: string): string {
  const shown = [...text.replace(/\p{C}/gu, " ")].slice(0, MAX_QUOTED).join("");
  return JSON.stringify(shown.length < [...text].length ? `${shown}…` : shown);
}
