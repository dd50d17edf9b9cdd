/**
 * Dates and times of day in text, as {@link ../derive/calendar.ts} parses them, but read byte by byte.
 * Only the one spelling that Postgres prints is read.
 *
 * @module
 */
import { COLON, DOT, MINUS, ZERO } from "./ascii.ts";

/** What {@linkcode readDays} returns when there is no date: no date of the calendar has so many days. */
export const NO_DATE = -2_147_483_648;
/** What {@linkcode readMicros} returns when there is no time. */
export const NO_TIME = -1;
/** Microseconds of a day. */
export const MICROS_PER_DAY = 86_400_000_000;
/** The days from 1970-01-01 to 2000-01-01, from when Postgres counts. */
export const POSTGRES_EPOCH_DAYS = 10_957;
/** The same in microseconds. */
export const POSTGRES_EPOCH_MICROS = BigInt(POSTGRES_EPOCH_DAYS) * BigInt(MICROS_PER_DAY);

const MONTH_DAYS = Uint8Array.of(0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31);
/** More than any number that two digits make. */
const NOT_DIGITS = 1_000_000;

/** Returns the days from 1970-01-01 to the date `YYYY-MM-DD` at a place, or {@linkcode NO_DATE}. */
export function readDays(bytes: Uint8Array, from: number, to: number): number {
  const dash = to - 6;
  const digits = dash - from;
  if (digits < 4 || digits > 6 || (digits > 4 && bytes[from] === ZERO)) return NO_DATE;
  let year = 0;
  for (let i = from; i < dash; i++) {
    const digit = bytes[i] - ZERO;
    if (digit < 0 || digit > 9) return NO_DATE;
    year = year * 10 + digit;
  }
  const month = twoDigits(bytes, dash + 1);
  const day = twoDigits(bytes, dash + 4);
  if (
    bytes[dash] !== MINUS || bytes[dash + 3] !== MINUS || year < 1 || month < 1 || month > 12 ||
    day < 1 || day > MONTH_DAYS[month] || (month === 2 && day === 29 && !isLeap(year))
  ) return NO_DATE;
  return daysOf(year, month, day);
}

/**
 * Returns the microseconds from midnight to the time `HH:MM:SS[.ffffff]` at a place, or
 * {@linkcode NO_TIME}. 24:00:00 is a time.
 */
export function readMicros(bytes: Uint8Array, from: number, to: number): number {
  const hours = twoDigits(bytes, from);
  const minutes = twoDigits(bytes, from + 3);
  const seconds = twoDigits(bytes, from + 6);
  const places = to - from - 9;
  if (
    bytes[from + 2] !== COLON || bytes[from + 5] !== COLON || minutes > 59 || seconds > 59 ||
    places < -1 || places === 0 || places > 6
  ) return NO_TIME;
  let fraction = 0;
  if (places > 0) {
    if (bytes[from + 8] !== DOT || bytes[to - 1] === ZERO) return NO_TIME;
    for (let i = from + 9; i < to; i++) {
      const digit = bytes[i] - ZERO;
      if (digit < 0 || digit > 9) return NO_TIME;
      fraction = fraction * 10 + digit;
    }
    for (let i = places; i < 6; i++) fraction *= 10;
  }
  const micros = ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction;
  return micros <= MICROS_PER_DAY ? micros : NO_TIME;
}

function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at] - ZERO;
  const ones = bytes[at + 1] - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NOT_DIGITS;
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** The integer arithmetic of `daysFromDate()` in calendar.ts, for years that are not negative. */
function daysOf(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = (shifted / 400) | 0;
  const yearOfEra = shifted - era * 400;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  const leapDays = ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}
