import type { DimDate } from "../../schemas/warehouse/dim_date.ts";
import { daysFromDate, parseDate } from "../derive/calendar.ts";

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

/**
 * Returns the calendar row of a date (`YYYY-MM-DD`). Days of the week are as in ISO 8601: Monday is 1.
 *
 * @throws {RangeError} when there is no such date.
 */
export function toDimDate(date: string): DimDate {
  const parsed = parseDate(date);
  if (!parsed) throw new RangeError(`not a date: ${JSON.stringify(date)}`);
  const { year, month, day } = parsed;
  const sinceMonday = (daysFromDate(parsed) + EPOCH_DAY_OF_WEEK - 1) % 7;
  const dayOfWeek = (sinceMonday + 7) % 7 + 1;
  return {
    date_id: date,
    year,
    month,
    day,
    day_of_week: dayOfWeek,
    day_name: DAYS[dayOfWeek - 1],
    month_name: MONTHS[month - 1],
    quarter: Math.ceil(month / 3),
  };
}
