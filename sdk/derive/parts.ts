/**
 * The parts of dates and timestamps, as a warehouse column's `part` names them.
 *
 * @module
 */
import type { Part } from "../../schemas/origin.ts";
import { type CalendarDate, daysFromDate, parseDate } from "./calendar.ts";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const MONTHS = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];
/** 1970-01-01 was a Thursday, the fourth day of the ISO week. */
const EPOCH_DAY_OF_WEEK = 4;

/** Returns the day of the week of a date as in ISO 8601: Monday is 1, Sunday 7. */
function isoDayOfWeek(date: CalendarDate): number {
  const sinceMonday = (daysFromDate(date) + EPOCH_DAY_OF_WEEK - 1) % 7;
  return (sinceMonday + 7) % 7 + 1;
}

/** Makes each part from a date; `date` and `time` are cut out of the text instead. */
const OF_DATE: Readonly<
  Record<Exclude<Part, "date" | "time">, (date: CalendarDate) => number | string>
> = {
  year: ({ year }) => year,
  quarter: ({ month }) => Math.ceil(month / 3),
  month: ({ month }) => month,
  day: ({ day }) => day,
  isoDayOfWeek,
  dayName: (date) => DAYS[isoDayOfWeek(date) - 1],
  monthName: ({ month }) => MONTHS[month - 1],
};

/**
 * Returns the function that takes a part of a date (`YYYY-MM-DD`) or timestamp (`YYYY-MM-DD HH:MM:SS…`),
 * as written, without a time zone. The function throws a RangeError when there is no such date.
 */
export function partOf(part: Part): (text: string) => number | string {
  if (part === "date") return dateOf;
  if (part === "time") return (text) => text.slice(text.indexOf(" ") + 1);
  const make = OF_DATE[part];
  return (text) => {
    const date = parseDate(dateOf(text));
    if (!date) throw new RangeError(`not a date: ${JSON.stringify(text)}`);
    return make(date);
  };
}

function dateOf(text: string): string {
  const space = text.indexOf(" ");
  return space < 0 ? text : text.slice(0, space);
}
