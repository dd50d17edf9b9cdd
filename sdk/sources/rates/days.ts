import { dateFromDays, daysFromDate, formatDate, parseDate } from "../../derive/calendar.ts";
import type { Ledger } from "../../lake/ledger.ts";

/** Days after its date in which a day can still be published. After that it is missing. */
export const WAIT_DAYS = 3;

/** Returns the date that is some days after another, or before it. */
export function addDays(date: string, days: number): string {
  return formatDate(dateFromDays(daysFromDate(parseDate(date)!) + days));
}

/** Returns the name of the document of a date. */
export function documentName(date: string, base: string): string {
  return `${date}/${base}`;
}

/** Returns whether a date that is not published by now never will be. */
export function isOverdue(date: string, today: string): boolean {
  return date < addDays(today, -WAIT_DAYS);
}

/**
 * Returns the dates whose rates are to be asked for, the oldest first. With `from`, these are all dates
 * from then on that are unknown or missing. Without it, they are the unknown ones from the first known
 * date on: an interrupted backfill continues.
 */
export function daysToFetch(
  ledger: Ledger,
  { base, from, today }: { readonly base: string; readonly from?: string; readonly today: string },
): string[] {
  const first = from ?? firstDay(ledger, base) ?? addDays(today, -WAIT_DAYS);
  const days: string[] = [];
  for (let date = first; date <= today; date = addDays(date, 1)) {
    const outcome = ledger.latest(documentName(date, base))?.outcome;
    if (outcome === undefined || (from !== undefined && outcome !== "read")) days.push(date);
  }
  return days;
}

function firstDay(ledger: Ledger, base: string): string | undefined {
  for (const { name } of ledger.entries()) {
    const [date, code] = name.split("/");
    if (code === base) return date;
  }
}
