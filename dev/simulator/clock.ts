/**
 * Timestamps and dates in the source's format.
 *
 * @module
 */

/** Milliseconds since 1970. */
export type Millis = number;

/** One hour. */
export const HOUR_MS = 3_600_000;
/** One day. */
export const DAY_MS = 24 * HOUR_MS;
/** When the real system's records begin. */
export const BEGINNING: Millis = Date.UTC(2022, 10, 3, 14, 20, 49, 962);

/** Returns a timestamp as Postgres prints it, without trailing zeros in the fraction. */
export function timestamp(at: Millis): string {
  const milliseconds = at % DAY_MS;
  const fraction = milliseconds % 1000;
  return `${date(at)} ${two(milliseconds / HOUR_MS)}:${two(milliseconds / 60_000 % 60)}` +
    `:${two(milliseconds / 1000 % 60)}${fraction ? decimals(fraction) : ""}`;
}

// Cached: thousands of rows share a date, and `Date` is slow.
const dates = new Map<number, string>();

/** Returns a date as `YYYY-MM-DD`. */
export function date(at: Millis): string {
  const day = Math.floor(at / DAY_MS);
  let text = dates.get(day);
  if (text === undefined) {
    text = new Date(day * DAY_MS).toISOString().slice(0, 10);
    dates.set(day, text);
  }
  return text;
}

function two(number: number): string {
  return number < 10 ? `0${Math.floor(number)}` : `${Math.floor(number)}`;
}

function decimals(fraction: number): string {
  return `.${String(fraction).padStart(3, "0")}`.replace(/0+$/, "");
}
