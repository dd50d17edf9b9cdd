import * as v from "valibot";
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { isTimestamp, parseDate, parseTime } from "./calendar.ts";
import { assertNever } from "../assert_never.ts";
import { fitsNumeric } from "./decimal.ts";

/** Returns what is wrong with a row, column by column, or undefined when it is valid. */
export type RowValidator = (row: unknown) => string | undefined;

/** Returns the validator of a table's rows. It ignores keys that the spec does not name. */
export function rowValidator(spec: TableSpec): RowValidator {
  const entries = Object.entries(spec.columns).map((
    [name, column],
  ) => [name, columnSchema(column)]);
  const schema = v.object(Object.fromEntries(entries));
  return (row) => {
    if (v.is(schema, row)) return undefined;
    const { issues } = v.safeParse(schema, row);
    return issues?.map(explain).join("; ");
  };
}

function explain(issue: v.BaseIssue<unknown>): string {
  const column = issue.path?.map((item) => String(item.key)).join(".") ?? "row";
  return `${column}: ${issue.message}`;
}

function columnSchema(column: ColumnSpec): v.GenericSchema {
  const present = presentSchema(column);
  return column.nullable ? v.nullable(present) : present;
}

function presentSchema(column: ColumnSpec): v.GenericSchema {
  switch (column.type) {
    case "integer":
      return v.pipe(
        v.number(),
        v.integer(),
        v.minValue(-2_147_483_648),
        v.maxValue(2_147_483_647),
      );
    case "bigint":
      return checked(isBigint, "a whole number of 64 bits in digits");
    case "numeric":
      return v.pipe(
        text(/^-?\d+(\.\d+)?$/, "a finite decimal number as text"),
        v.check(hasRoom, "more digits than Postgres can hold"),
      );
    case "boolean":
      return v.boolean();
    case "text":
      return column.format === "date"
        ? checked(isDate, "a date YYYY-MM-DD")
        : checked(isText, "text without NUL, of whole characters");
    case "date":
      return checked(isDate, "a date YYYY-MM-DD");
    case "time":
      return checked(isTime, "a time HH:MM:SS[.ffffff]");
    case "timestamp":
      return checked(isTimestamp, "a timestamp YYYY-MM-DD HH:MM:SS[.ffffff]");
    default:
      return assertNever(column);
  }
}

function isBigint(text: string): boolean {
  return /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}

function hasRoom(decimal: string): boolean {
  const [whole, fraction = ""] = decimal.replace(/^-/, "").split(".");
  return fitsNumeric(whole.length, fraction.length);
}

function text(pattern: RegExp, what: string): v.GenericSchema<string> {
  return v.pipe(v.string(), v.regex(pattern, (issue) => notA(what, issue.input)));
}

function checked(isValid: (text: string) => boolean, what: string): v.GenericSchema {
  return v.pipe(v.string(), v.check(isValid, (issue) => notA(what, issue.input)));
}

/** Postgres can hold no NUL, and UTF-8 no half of a surrogate pair. */
function isText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\0");
}

function isDate(text: string): boolean {
  return parseDate(text) !== undefined;
}

function isTime(text: string): boolean {
  return parseTime(text) !== undefined;
}

function notA(what: string, input: unknown): string {
  return `expected ${what}, got ${JSON.stringify(input)}`;
}
