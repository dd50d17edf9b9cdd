import { parseDate } from "../../derive/calendar.ts";

/** Reads a date of a file. Returns `YYYY-MM-DD`; undefined when it is not a date of the calendar. */
export type DateReader = (text: string) => string | undefined;

const MAX_KNOWN = 10_000;
const DIGITS = { YYYY: "(?<year>\\d{4})", MM: "(?<month>\\d{1,2})", DD: "(?<day>\\d{1,2})" };

/**
 * Returns the reader of a format, such as `DD/MM/YYYY`; undefined when the format is not one. Without a day, it
 * is the first of the month. Months and days can have one digit.
 */
export function dateReader(format: string): DateReader | undefined {
  const parts = format.match(/YYYY|MM|DD|[^A-Za-z0-9]+/g) ?? [];
  const tokens = parts.filter((part): part is keyof typeof DIGITS => part in DIGITS);
  const isFormat = parts.join("") === format && new Set(tokens).size === tokens.length &&
    tokens.includes("YYYY") && tokens.includes("MM");
  if (!isFormat) return undefined;
  const source = parts.map((part) =>
    part in DIGITS
      ? DIGITS[part as keyof typeof DIGITS]
      : part.replace(/[\\^$.|?*+(){}[\]/-]/g, "\\$&")
  );
  const expression = new RegExp(`^${source.join("")}$`);
  const read = (text: string) => {
    const { year, month, day = "1" } = expression.exec(text)?.groups ?? {};
    if (year === undefined) return undefined;
    const date = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
    return parseDate(date) ? date : undefined;
  };
  return remembered(read);
}

/** Few dates are in a file, many times each. */
function remembered(read: DateReader): DateReader {
  const known = new Map<string, string | undefined>();
  return (text) => {
    const date = known.get(text);
    if (date !== undefined || known.has(text)) return date;
    if (known.size >= MAX_KNOWN) known.clear();
    const found = read(text);
    known.set(text, found);
    return found;
  };
}
