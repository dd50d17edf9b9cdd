/**
 * When a cron runs: five fields in UTC, as Deno.cron takes them.
 *
 * @module
 */
interface Field {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Words for numbers, beginning with `from`. */
  readonly words: readonly string[];
}

const MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
// In Deno.cron the week begins with Sunday, as 1.
const DAYS = "SUN MON TUE WED THU FRI SAT".split(" ");

const FIELDS: readonly Field[] = [
  { name: "minute", from: 0, to: 59, words: [] },
  { name: "hour", from: 0, to: 23, words: [] },
  { name: "day of the month", from: 1, to: 31, words: [] },
  { name: "month", from: 1, to: 12, words: MONTHS },
  { name: "day of the week", from: 1, to: 7, words: DAYS },
];

/** What is wrong with a schedule, or null. */
export function scheduleProblem(schedule: string): string | null {
  const parts = schedule.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) return "is not five fields";
  const wrong = FIELDS.findIndex((field, place) =>
    !parts[place].split(",").every((part) => isPart(part, field))
  );
  if (wrong < 0) return null;
  const { name, from, to } = FIELDS[wrong];
  return `has a ${name} that is not *, from ${from} to ${to}, or a list, range or step of these`;
}

/** A part of a list: `*`, `7`, `1-5`, `MON-FRI`, with or without a step such as `/15`. */
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
