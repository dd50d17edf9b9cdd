/**
 * Converts dates, times and timestamps between text and the whole numbers that Parquet stores. It
 * avoids `Date`, which has a time zone, milliseconds and a smaller range of years than Postgres.
 *
 * @module
 */

/** The parts of a calendar date. */
export interface CalendarDate {
  /** The year, 1 or later. */
  readonly year: number;
  /** 1 is January. */
  readonly month: number;
  /** The day of the month, from 1. */
  readonly day: number;
}

const MICROS_PER_DAY = 86_400_000_000;

/** Returns whether a year of the Gregorian calendar is a leap year. */
function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Returns the days of a month, or 0 when the month does not exist. */
function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeap(year) ? 29 : 28;
  return [31, 0, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
}

/**
 * Parses `YYYY-MM-DD`. Returns undefined when it is not a date of the calendar (`2022-02-30`, year
 * 0).
 */
export function parseDate(text: string): CalendarDate | undefined {
  const dash = text.length - 6; // years have 4 digits or more
  if (dash < 4 || dash > 6 || text[dash] !== "-" || text[dash + 3] !== "-") return undefined;
  if (dash > 4 && text[0] === "0") return undefined; // a day has one spelling
  const year = digits(text, 0, dash);
  const month = digits(text, dash + 1, dash + 3);
  const day = digits(text, dash + 4, dash + 6);
  const exists = year >= 1 && day >= 1 && day <= daysInMonth(year, month);
  return exists ? { year, month, day } : undefined;
}

/** Returns the number in a part of a text; NaN when it is not all digits. */
function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    number = number * 10 + digit;
  }
  return number;
}

/**
 * Returns the days from 1970-01-01 to a date in the proleptic Gregorian calendar, which Postgres
 * and Parquet use.
 *
 * @see https://howardhinnant.github.io/date_algorithms.html#days_from_civil
 */
export function daysFromDate({ year, month, day }: CalendarDate): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) +
    dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/**
 * Returns the date a number of days after 1970-01-01.
 *
 * @see https://howardhinnant.github.io/date_algorithms.html#civil_from_days
 */
export function dateFromDays(days: number): CalendarDate {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthIndex = Math.floor((5 * dayOfYear + 2) / 153);
  const month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9;
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * monthIndex + 2) / 5) + 1,
  };
}

/** Formats a date as `YYYY-MM-DD`. */
export function formatDate({ year, month, day }: CalendarDate): string {
  return `${String(year).padStart(4, "0")}-${twoDigits(month)}-${twoDigits(day)}`;
}

/** Parses `HH:MM:SS[.ffffff]` as microseconds since midnight; undefined when it is not a time. */
export function parseTime(text: string): number | undefined {
  if (text[2] !== ":" || text[5] !== ":") return undefined;
  const hours = digits(text, 0, 2);
  const minutes = digits(text, 3, 5);
  const seconds = digits(text, 6, 8);
  const micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fractionMicros(text);
  // Postgres has a 24:00:00. Comparisons with NaN are false, so only digits pass.
  return minutes <= 59 && seconds <= 59 && micros <= MICROS_PER_DAY ? micros : undefined;
}

/** Returns the microseconds of a time's fraction: 0 without one, NaN when malformed. */
function fractionMicros(time: string): number {
  if (time.length === 8) return 0;
  const places = time.length - 9;
  if (time[8] !== "." || places < 1 || places > 6) return NaN;
  return digits(time, 9, time.length) * 10 ** (6 - places);
}

/** Formats microseconds since midnight as Postgres does: `HH:MM:SS[.ffffff]`. */
export function formatTime(micros: number): string {
  const fraction = micros % 1_000_000;
  const seconds = (micros - fraction) / 1_000_000;
  const clock = `${twoDigits(Math.floor(seconds / 3600))}:` +
    `${twoDigits(Math.floor(seconds / 60) % 60)}:${twoDigits(seconds % 60)}`;
  if (fraction === 0) return clock;
  return `${clock}.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
}

/** Returns whether a text is a timestamp `YYYY-MM-DD HH:MM:SS[.ffffff]`. */
export function isTimestamp(text: string): boolean {
  const space = text.indexOf(" ");
  return space > 0 && parseDate(text.slice(0, space)) !== undefined &&
    parseTime(text.slice(space + 1)) !== undefined;
}

/** Parses `YYYY-MM-DD HH:MM:SS[.ffffff]` as microseconds since 1970-01-01 00:00:00. */
export function parseTimestamp(text: string): bigint | undefined {
  const space = text.indexOf(" ");
  const date = parseDate(text.slice(0, space));
  const time = parseTime(text.slice(space + 1));
  if (space < 0 || date === undefined || time === undefined) return undefined;
  return BigInt(daysFromDate(date)) * BigInt(MICROS_PER_DAY) + BigInt(time);
}

/** Formats microseconds since 1970-01-01 00:00:00 as Postgres does. */
export function formatTimestamp(micros: bigint): string {
  const day = BigInt(MICROS_PER_DAY);
  const time = ((micros % day) + day) % day;
  const days = Number((micros - time) / day);
  return `${formatDate(dateFromDays(days))} ${formatTime(Number(time))}`;
}

function twoDigits(n: number): string {
  return n < 10 ? `0${n}` : String(n);
}
