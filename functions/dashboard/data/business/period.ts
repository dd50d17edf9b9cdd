/**
 * The periods that the business page can show. They end on the last day of the page, so that a period and the
 * one before it have the same length, and the four longer ones the same weekdays.
 *
 * @module
 */

/** The periods by name: their label, and their days. */
export const PERIODS = {
  today: { label: "Today", before: "yesterday", days: 1 },
  "7d": { label: "7 days", before: "the 7 days before", days: 7 },
  month: { label: "Month (4 weeks)", before: "the 4 weeks before", days: 28 },
  quarter: { label: "Quarter (13 weeks)", before: "the 13 weeks before", days: 91 },
  year: { label: "Year (52 weeks)", before: "the 52 weeks before", days: 364 },
} as const;

/** The name of a period. */
export type PeriodName = keyof typeof PERIODS | "custom";

/** A period of whole days, as dates (`2026-11-27`). */
export interface Period {
  readonly name: PeriodName;
  /** The first day. */
  readonly from: string;
  /** The last day. */
  readonly to: string;
  /** The number of days. */
  readonly days: number;
  /** The first day of the period before, which ends on the day before `from`. */
  readonly before: string;
  /** What the period before is called: `the 13 weeks before`. */
  readonly beforeLabel: string;
  /** The days that a point of a chart stands for. */
  readonly step: number;
}

const DAY_MS = 86_400_000;
/** Below this, charts show each day. */
const DAYS_BY_DAY = 60;
/** Up to this, charts show weeks. */
const DAYS_BY_WEEK = 1_100;
const WEEK = 7;
const FOUR_WEEKS = 28;

/** Returns the period with a name that ends on a day. */
export function namedPeriod(name: keyof typeof PERIODS, to: string): Period {
  const { days, before } = PERIODS[name];
  return periodOf(name, addDays(to, 1 - days), to, before);
}

/** Returns the period between two days, which both belong to it. */
export function customPeriod(from: string, to: string): Period {
  const days = daysBetween(from, to) + 1;
  return periodOf("custom", from, to, days === 1 ? "the day before" : `the ${days} days before`);
}

function periodOf(name: PeriodName, from: string, to: string, beforeLabel: string): Period {
  const days = daysBetween(from, to) + 1;
  const step = days < DAYS_BY_DAY ? 1 : days <= DAYS_BY_WEEK ? WEEK : FOUR_WEEKS;
  return { name, from, to, days, before: addDays(from, -days), beforeLabel, step };
}

/** Returns the date so many days after another. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(date) + days * DAY_MS).toISOString().slice(0, 10);
}

/** Returns the days from one date to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

/** Returns whether a text is a date of the calendar, as `2026-11-27`. */
export function isDate(text: string): boolean {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) &&
    new Date(Date.parse(text)).toISOString().slice(0, 10) === text;
}
