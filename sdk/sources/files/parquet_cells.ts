import type { SchemaElement } from "hyparquet";
import { dateFromDays, formatDate, formatTime, formatTimestamp } from "../../derive/calendar.ts";
import { formatDecimal } from "../../derive/decimal.ts";
import { type Cell, ExactNumber, ExactTime } from "./records.ts";

/** Returns the cell of a value as it is stored, without the library's conversion. */
export type CellReader = (value: unknown) => Cell;

const decoder = new TextDecoder();

/** What the numbers of a column count. */
type Kind =
  | { readonly of: "decimal"; readonly scale: number }
  | { readonly of: "date" }
  | { readonly of: "time" | "timestamp"; readonly perSecond: bigint }
  | undefined;

/** Returns whether a column holds binary floating-point numbers. */
export function isFloat({ type, logical_type }: SchemaElement): boolean {
  return type === "FLOAT" || type === "DOUBLE" || logical_type?.type === "FLOAT16";
}

/** Returns a column without the type that the library would convert it by and lose digits. */
export function withoutConversion(element: SchemaElement): SchemaElement {
  if (!kindOf(element)) return element;
  return { ...element, converted_type: undefined, logical_type: undefined };
}

/** Returns how the values of a column become cells. */
export function cellReader(element: SchemaElement): CellReader {
  const read = presentReader(element);
  return (value) => value === null || value === undefined ? null : read(value);
}

function presentReader(element: SchemaElement): CellReader {
  const kind = kindOf(element);
  switch (kind?.of) {
    case "decimal":
      return (value) => new ExactNumber(formatDecimal(integerOf(value), kind.scale, kind.scale));
    case "date":
      return (value) => new ExactTime(formatDate(dateFromDays(Number(value))));
    case "time":
    case "timestamp":
      return (value) => timeOf(BigInt(value as bigint), kind);
    case undefined:
      return plainCell;
  }
}

function plainCell(value: unknown): Cell {
  switch (typeof value) {
    case "boolean":
    case "string":
      return value;
    case "bigint":
      return new ExactNumber(String(value));
    case "number":
      return Number.isSafeInteger(value) ? new ExactNumber(String(value)) : `float ${value}`;
  }
  return value instanceof Uint8Array ? decoder.decode(value) : value as object;
}

function timeOf(count: bigint, { of, perSecond }: { of: "time" | "timestamp"; perSecond: bigint }) {
  const micros = count * 1_000_000n / perSecond;
  const isExact = micros * perSecond === count * 1_000_000n;
  const text = of === "time" ? formatTime(Number(micros)) : formatTimestamp(micros);
  // Postgres has no nanoseconds: the row goes to quarantine.
  return isExact ? new ExactTime(text) : `${text} and ${count % 1_000n} ns`;
}

/** Returns a whole number from its bytes, the highest first. */
function integerOf(value: unknown): bigint {
  if (!(value instanceof Uint8Array)) return BigInt(value as number | bigint);
  const digits = value.toHex();
  return digits === "" ? 0n : BigInt.asIntN(value.length * 8, BigInt(`0x${digits}`));
}

const PER_SECOND = { MILLIS: 1_000n, MICROS: 1_000_000n, NANOS: 1_000_000_000n };

function kindOf({ type, converted_type, logical_type, scale = 0 }: SchemaElement): Kind {
  if (converted_type === "DECIMAL" || logical_type?.type === "DECIMAL") {
    return { of: "decimal", scale };
  }
  if (converted_type === "DATE" || logical_type?.type === "DATE") return { of: "date" };
  if (type === "INT96") return { of: "timestamp", perSecond: PER_SECOND.NANOS };
  if (logical_type?.type === "TIME" || logical_type?.type === "TIMESTAMP") {
    const of = logical_type.type === "TIME" ? "time" : "timestamp";
    return { of, perSecond: PER_SECOND[logical_type.unit] };
  }
  const [, of, unit] = /^(TIME|TIMESTAMP)_(MILLIS|MICROS)$/.exec(converted_type ?? "") ?? [];
  if (!of) return undefined;
  const perSecond = PER_SECOND[unit as keyof typeof PER_SECOND];
  return { of: of === "TIME" ? "time" : "timestamp", perSecond };
}
