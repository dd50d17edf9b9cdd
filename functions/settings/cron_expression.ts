/**
 * Cron schedules: five fields in UTC, as `Deno.cron` accepts them.
 *
 * @module
 */
import { ConfigurationError } from "../../sdk/errors.ts";

interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Words that stand for numbers, the first for `from`. */
  readonly words: readonly string[];
}

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
// Deno.cron numbers the days of the week from Sunday, which is 1.
const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

const FIELDS: readonly Field[] = [
  { name: "minute", from: 0, to: 59, words: [] },
  { name: "hour", from: 0, to: 23, words: [] },
  { name: "day of the month", from: 1, to: 31, words: [] },
  { name: "month", from: 1, to: 12, words: MONTHS },
  { name: "day of the week", from: 1, to: 7, words: DAYS },
];

/** Checks a schedule and returns it. */
export function cronSchedule(text: string): string {
  const parts = text.split(/\s+/);
  if (parts.length !== FIELDS.length) throw new ConfigurationError("does not have five fields");
  const wrong = FIELDS.find((field, place) =>
    !parts[place].split(",").every((part) => isPart(part, field))
  );
  if (!wrong) return text;
  const { name, from, to } = wrong;
  throw new ConfigurationError(
    `has a ${name} that is not *, a number from ${from} to ${to}, or a list, range or step of these`,
  );
}

/** Returns whether a list's part is `*`, `7`, `1-5` or `MON-FRI`, with or without a step such as `/15`. */
function isPart(part: string, field: Field): boolean {
  const [range, step, ...more] = part.split("/");
  if (more.length > 0) return false;
  if (step !== undefined && !(/^[1-9]\d?$/.test(step) && Number(step) <= field.to - field.from)) {
    return false;
  }
  if (range === "*") return true;
  const bounds = range.split("-").map((bound) => numberOf(bound, field));
  if (bounds.length > 2 || bounds.some((bound) => bound === null)) return false;
  const [first, last = first] = bounds as number[];
  return first >= field.from && last <= field.to && first <= last;
}

function numberOf(text: string, { from, words }: Field): number | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const place = words.indexOf(text.toUpperCase());
  return place < 0 ? null : from + place;
}
