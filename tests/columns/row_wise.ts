/**
 * What the row-wise engine, which wrote Parquet before there were columns, read back for a value. The codecs
 * are compared with it.
 *
 * @module
 */
import type { ColumnSpec, NumericColumn, Value } from "../../schemas/columns.ts";
import {
  dateFromDays,
  daysFromDate,
  formatDate,
  formatTime,
  formatTimestamp,
  parseDate,
  parseTime,
  parseTimestamp,
} from "../../sdk/derive/calendar.ts";
import { formatDecimal, parseDecimal } from "../../sdk/derive/decimal.ts";
import { isUnconstrained } from "../../sdk/derive/parquet.ts";

/** Returns what a value of a column was after Parquet. Throws a RangeError when it did not fit. */
export function afterParquet(spec: ColumnSpec, value: Value): Value {
  if (value === null) {
    if (!spec.nullable) throw new RangeError("is NULL, but the column does not allow it");
    return null;
  }
  switch (spec.type) {
    case "integer":
      return wholeNumber(value as number);
    case "bigint":
      return String(BigInt(value as string));
    case "boolean":
    case "text":
      return value;
    case "numeric":
      return decimal(spec, value as string);
    case "date": {
      const date = parseDate(value as string) ?? refuse(value, "date");
      return formatDate(dateFromDays(daysFromDate(date)));
    }
    case "time":
      return formatTime(parseTime(value as string) ?? refuse(value, "time"));
    case "timestamp": {
      const micros = parseTimestamp(value as string) ?? refuse(value, "timestamp");
      if (BigInt.asIntN(64, micros) !== micros) {
        throw new RangeError(`${value} is too late for Parquet`);
      }
      return formatTimestamp(micros);
    }
  }
}

function wholeNumber(value: number): number {
  if ((value | 0) !== value) throw new RangeError(`${value} is not a whole number of 32 bits`);
  return value;
}

function decimal(spec: NumericColumn, text: string): string {
  // Next to its number is its text, where they differ.
  if (isUnconstrained(spec)) return text;
  const { precision = 38, scale = 0 } = spec;
  const unscaled = parseDecimal(text, { precision, scale });
  if (unscaled === undefined) {
    throw new RangeError(`${text} does not fit numeric(${precision},${scale}) exactly`);
  }
  return formatDecimal(unscaled, scale, scale);
}

function refuse(value: Value, type: string): never {
  throw new RangeError(`${JSON.stringify(value)} is not a ${type}`);
}
