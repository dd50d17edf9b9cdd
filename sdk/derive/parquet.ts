/**
 * Derives how a spec's columns are stored in Parquet. Types are the logical ones, so that every engine
 * reads dates as dates and money as decimals.
 *
 * @see https://github.com/apache/parquet-format/blob/master/LogicalTypes.md
 *
 * @module
 */
import type { SchemaElement } from "hyparquet";
import type { ColumnSpec, NumericColumn } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { assertNever } from "../assert_never.ts";

/** Precision and scale of the widest decimal that all engines support. */
const WIDEST = { precision: 38, scale: 18 };

/** Returns the schema of a table's Parquet files. */
export function parquetSchema({ columns }: TableSpec): SchemaElement[] {
  const elements = Object.entries(columns).flatMap(([name, column]) =>
    parquetElements(name, column)
  );
  return [{ name: "root", num_children: elements.length }, ...elements];
}

/**
 * Returns the Parquet column of a column of the spec. Postgres's unconstrained numeric has two: no exact
 * Parquet type fits it, because each value has its own scale. It is stored as the widest decimal. Where that
 * loses digits of the text (`3.9`, 40 digits), the second column holds the text.
 */
export function parquetElements(
  name: string,
  column: ColumnSpec,
): readonly [SchemaElement, ...exact: SchemaElement[]] {
  if (isUnconstrained(column)) {
    const optional = { name, repetition_type: "OPTIONAL" } as const;
    return [
      { ...optional, ...decimal(WIDEST.precision, WIDEST.scale) },
      { ...optional, ...TEXT, name: exactColumn(name) },
    ];
  }
  const repetition_type = column.nullable ? "OPTIONAL" : "REQUIRED";
  return [{ name, repetition_type, ...typeOf(column) }];
}

/** Returns whether a column is a numeric whose values are stored in two Parquet columns. */
export function isUnconstrained(column: ColumnSpec): boolean {
  return column.type === "numeric" && (column.precision ?? Infinity) > WIDEST.precision;
}

/** Returns the name of the Parquet column for the texts of an unconstrained numeric. */
export function exactColumn(name: string): string {
  return `${name}_exact`;
}

type ParquetType = Omit<SchemaElement, "name" | "repetition_type">;

const TEXT = {
  type: "BYTE_ARRAY",
  converted_type: "UTF8",
  logical_type: { type: "STRING" },
} as const;

function typeOf(column: ColumnSpec): ParquetType {
  switch (column.type) {
    case "integer":
      return { type: "INT32" };
    case "bigint":
      return { type: "INT64" };
    case "boolean":
      return { type: "BOOLEAN" };
    case "text":
      return TEXT;
    case "numeric":
      return decimalOf(column);
    case "date":
      return { type: "INT32", converted_type: "DATE", logical_type: { type: "DATE" } };
    case "time":
      return micros("TIME");
    case "timestamp":
      return micros("TIMESTAMP");
    default:
      return assertNever(column);
  }
}

function micros(type: "TIME" | "TIMESTAMP"): ParquetType {
  return { type: "INT64", logical_type: { type, isAdjustedToUTC: false, unit: "MICROS" } };
}

function decimalOf({ precision = WIDEST.precision, scale = 0 }: NumericColumn): ParquetType {
  return decimal(precision, scale);
}

function decimal(precision: number, scale: number): ParquetType {
  const logical = { type: "DECIMAL", precision, scale } as const;
  const common = { converted_type: "DECIMAL", precision, scale, logical_type: logical } as const;
  if (precision <= 18) return { type: "INT64", ...common };
  return { type: "FIXED_LEN_BYTE_ARRAY", type_length: 16, ...common };
}
