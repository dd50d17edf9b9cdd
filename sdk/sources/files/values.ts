/**
 * Converts the cells of files to the values of columns. Nothing is rounded. A cell that is not a value of its
 * column stays text that no column of that type holds, so that its row goes to quarantine.
 *
 * @module
 */
import type { ColumnSpec, Value } from "../../../schemas/columns.ts";
import { assertNever } from "../../assert_never.ts";
import { rowValidator } from "../../derive/validator.ts";
import { plainDecimal } from "../plain_decimal.ts";
import type { DateReader } from "./dates.ts";
import type { NumberReader } from "./numbers.ts";
import { type Cell, ExactNumber, ExactTime } from "./records.ts";

/** How the cells of a file are written. */
export interface CellSyntax {
  /** Reads its numbers. */
  readonly numbers: NumberReader;
  /** Reads the dates of this column, if they have a format of their own. */
  readonly date?: { readonly format: string; readonly read: DateReader };
  /** Whether an empty text is NULL: CSV cannot tell them apart. */
  readonly emptyIsNull: boolean;
}

/** Converts a cell. */
export type Converter = (cell: Cell) => Value;

/** A value, or undefined when the cell is none of this type. */
type Conversion = (cell: Exclude<Cell, null | undefined>) => Value | undefined;

/** A number with a larger exponent goes to quarantine. */
const LARGEST_EXPONENT = 1_000;
const SHORT = /^-?\d{1,9}$/;
const INT32 = /^-?\d{1,10}$/;

/**
 * Returns the converter of a column.
 *
 * @throws {RefusedDocumentError} from the converter, when the numbers of the file contradict one another.
 */
export function converter(column: ColumnSpec, syntax: CellSyntax): Converter {
  const convert = conversion(column, syntax);
  const table = { name: "file", key: "value", columns: { value: column } };
  const isInvalid = rowValidator(table);
  const isNull = syntax.emptyIsNull || column.type !== "text";
  const expected = syntax.date?.format ?? "unambiguous";
  return (cell) => {
    if (cell === null || cell === undefined || cell === "" && isNull) return null;
    const value = convert(cell);
    if (value !== undefined) return value;
    const left = leftover(cell);
    if (isInvalid({ value: left })) return left;
    // What the column holds too would be taken for its value. No text is invalid in a column of text.
    return column.type === "text" ? [left] as unknown as Value : `${left} is not ${expected}`;
  };
}

function conversion(column: ColumnSpec, { numbers, date }: CellSyntax): Conversion {
  const number = (cell: Cell) => {
    if (cell instanceof ExactNumber) return plainDecimal(cell.text, LARGEST_EXPONENT);
    return typeof cell === "string" ? numbers.read(cell.trim()) : undefined;
  };
  switch (column.type) {
    case "numeric":
      return number;
    case "integer":
      return (cell) => {
        if (typeof cell === "string" && SHORT.test(cell)) return Number(cell);
        const digits = whole(number(cell));
        return digits !== undefined && INT32.test(digits) ? Number(digits) : digits;
      };
    case "bigint":
      return (cell) => whole(number(cell));
    case "text":
      return column.native === undefined ? textOf : leftover;
    case "boolean":
      return (cell) =>
        typeof cell === "boolean" ? cell : BOOLEANS[textOf(cell)?.toLowerCase() ?? ""];
    case "date":
      return (cell) => dateOf(cell, date);
    case "time":
    case "timestamp":
      return (cell) => textOf(cell)?.replace(/^(\d{4,6}-\d\d-\d\d)T(?=\d)/, "$1 ");
    default:
      return assertNever(column);
  }
}

const BOOLEANS: Readonly<Partial<Record<string, boolean>>> = {
  true: true,
  t: true,
  yes: true,
  y: true,
  1: true,
  false: false,
  f: false,
  no: false,
  n: false,
  0: false,
};

/** Returns the digits of a whole number: `12.00` is one. */
function whole(number: string | undefined): string | undefined {
  return number === undefined ? undefined : /^(-?\d+)(?:\.0*)?$/.exec(number)?.[1];
}

function textOf(cell: Cell): string | undefined {
  if (typeof cell === "string") return cell;
  if (typeof cell === "boolean") return String(cell);
  return cell instanceof ExactNumber || cell instanceof ExactTime ? cell.text : undefined;
}

/** A column of months holds first days only: another day would be lost without a word. */
function dateOf(cell: Cell, date: CellSyntax["date"]): string | undefined {
  const text = textOf(cell)?.trim();
  if (text === undefined || !date) return text;
  const isFirst = date.format.includes("DD") || /-01$/.test(text);
  return date.read(text) ?? (cell instanceof ExactTime && isFirst ? text : undefined);
}

/** Returns the text of a cell that is no value of its column. */
function leftover(cell: Exclude<Cell, null | undefined>): string {
  return textOf(cell) ??
    JSON.stringify(cell, (_key, value) => value instanceof ExactNumber ? value.text : value);
}
