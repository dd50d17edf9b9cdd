/**
 * Derives how a spec's columns are stored in Parquet: schema elements and conversions. Types are
 * the logical ones, so that every engine reads dates as dates and money as decimals.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @module
 */
import type { SchemaElement } from "hyparquet";
import type { ColumnSpec, NumericColumn, Value } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import {
  dateFromDays,
  daysFromDate,
  formatDate,
  formatTime,
  formatTimestamp,
  parseDate,
  parseTime,
  parseTimestamp,
} from "./calendar.ts";
import { formatDecimal, parseDecimal } from "./decimal.ts";
import { assertNever } from "../assert_never.ts";

/** A value as Parquet stores it. */
export type Physical = number | bigint | boolean | string | null;

/** One column of a Parquet file. */
export interface ParquetColumn {
  /** The column's entry in the file's schema. */
  readonly element: SchemaElement;
  /** Converts a value to its stored form. @throws {RangeError} when it does not fit. */
  encode(value: Value): Physical;
}

/** A column of a spec and the one or two Parquet columns that store it. */
export interface ParquetMapping {
  /** The column of the spec. */
  readonly name: string;
  /** The Parquet columns. */
  readonly columns: readonly ParquetColumn[];
  /** Converts stored values, in the order of `columns`, to the spec's value. */
  decode(stored: readonly Physical[]): Value;
}

/** Derives the Parquet columns of a table. */
export function parquetMappings(spec: TableSpec): ParquetMapping[] {
  return Object.entries(spec.columns).map(([name, column]) => mapping(name, column));
}

/** Returns the schema of a table's Parquet files. */
export function parquetSchema(mappings: readonly ParquetMapping[]): SchemaElement[] {
  const elements = mappings.flatMap(({ columns }) => columns.map(({ element }) => element));
  return [{ name: "root", num_children: elements.length }, ...elements];
}

/** A type's single Parquet column, without name and nullability. */
interface Storage {
  readonly element: Omit<SchemaElement, "name" | "repetition_type">;
  encode(value: never): Physical;
  decode(stored: never): Value;
}

function mapping(name: string, column: ColumnSpec): ParquetMapping {
  if (column.type === "numeric" && (column.precision ?? Infinity) > WIDEST.precision) {
    return unconstrained(name, column);
  }
  const { element, encode, decode } = storage(column);
  return {
    name,
    columns: [{
      element: { name, repetition_type: column.nullable ? "OPTIONAL" : "REQUIRED", ...element },
      encode: (value) => value === null ? nullOrThrow(column) : encode(value as never),
    }],
    decode: ([stored]) => stored === null ? null : decode(stored as never),
  };
}

function storage(column: ColumnSpec): Storage {
  switch (column.type) {
    case "integer":
      return { element: { type: "INT32" }, encode: int32, decode: identity };
    case "bigint":
      return {
        element: { type: "INT64" },
        encode: (digits: string) => BigInt(digits),
        decode: String,
      };
    case "boolean":
      return { element: { type: "BOOLEAN" }, encode: identity, decode: identity };
    case "text":
      return { element: TEXT, encode: identity, decode: identity };
    case "numeric":
      return decimal(column);
    case "date":
      return {
        element: { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } },
        encode: memoize(encodeDate),
        decode: memoize((days: number) => formatDate(dateFromDays(days))),
      };
    case "time":
      return {
        element: {
          type: "INT64",
          logical_type: { type: "TIME", isAdjustedToUTC: false, unit: "MICROS" },
        },
        encode: (text: string) => BigInt(required(parseTime(text), text, "time")),
        decode: (micros: bigint) => formatTime(Number(micros)),
      };
    case "timestamp":
      return {
        element: {
          type: "INT64",
          logical_type: { type: "TIMESTAMP", isAdjustedToUTC: false, unit: "MICROS" },
        },
        encode: (text: string) => int64(required(parseTimestamp(text), text, "timestamp"), text),
        decode: formatTimestamp,
      };
    default:
      return assertNever(column);
  }
}

const TEXT = {
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
} as const;

function decimalElement(precision: number, scale: number): Storage["element"] {
  const logical = { type: "DECIMAL", precision, scale } as const;
  const common = { converted_type: "DECIMAL", precision, scale, logical_type: logical } as const;
  if (precision <= 18) return { type: "INT64", ...common };
  return { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, ...common };
}

function decimal({ precision = 38, scale = 0 }: NumericColumn): Storage {
  return {
    element: decimalElement(precision, scale),
    encode: (text: string) => {
      const unscaled = parseDecimal(text, { precision, scale });
      if (unscaled === undefined) {
        throw new RangeError(`${text} does not fit numeric(${precision},${scale}) exactly`);
      }
      return unscaled;
    },
    decode: (unscaled: bigint) => formatDecimal(unscaled, scale, scale),
  };
}

/** Precision and scale of the widest decimal that all engines support. */
const WIDEST = { precision: 38, scale: 18 };
/** The fewest fraction digits of a decimal that is read back, as totesys writes money. */
const MONEY_DIGITS = 2;

/**
 * Postgres's unconstrained numeric has no exact Parquet type, because each value has its own scale.
 * It is stored as the widest decimal. Where that loses digits of the text (`3.9`, 40 digits), a
 * second column holds the text.
 */
function unconstrained(name: string, column: NumericColumn): ParquetMapping {
  const format = (unscaled: bigint) => formatDecimal(unscaled, WIDEST.scale, MONEY_DIGITS);
  const encodeAmount = (value: Value) =>
    value === null ? nullOrThrow(column) : parseDecimal(value as string, WIDEST) ?? null;
  return {
    name,
    columns: [
      {
        element: {
          name,
          repetition_type: "OPTIONAL",
          ...decimalElement(WIDEST.precision, WIDEST.scale),
        },
        encode: encodeAmount,
      },
      {
        element: { name: `${name}_exact`, repetition_type: "OPTIONAL", ...TEXT },
        encode: (value) => {
          const unscaled = encodeAmount(value);
          return unscaled !== null && format(unscaled) === value ? null : value;
        },
      },
    ],
    decode: ([unscaled, exact]) =>
      exact !== null ? exact as string : unscaled === null ? null : format(unscaled as bigint),
  };
}

function nullOrThrow({ nullable }: ColumnSpec): null {
  if (nullable) return null;
  throw new RangeError("is NULL, but the column does not allow it");
}

function int32(value: number): number {
  if ((value | 0) !== value) throw new RangeError(`${value} is not a whole number of 32 bits`);
  return value;
}

/** Postgres counts from 2000 and Parquet from 1970: the last 30 years of Postgres do not fit. */
function int64(micros: bigint, text: string): bigint {
  if (BigInt.asIntN(64, micros) !== micros) throw new RangeError(`${text} is too late for Parquet`);
  return micros;
}

function identity<T>(value: T): T {
  return value;
}

function required<T>(parsed: T | undefined, text: string, type: string): T {
  if (parsed === undefined) throw new RangeError(`${JSON.stringify(text)} is not a ${type}`);
  return parsed;
}

function encodeDate(text: string): number {
  return daysFromDate(required(parseDate(text), text, "date"));
}

const MAX_CACHED = 10_000;

/** Caches results: a column of dates repeats few values many times. */
function memoize<K, V>(compute: (key: K) => V): (key: K) => V {
  const results = new Map<K, V>();
  return (key) => {
    let result = results.get(key);
    if (result === undefined) {
      if (results.size >= MAX_CACHED) results.clear();
      results.set(key, result = compute(key));
    }
    return result;
  };
}
