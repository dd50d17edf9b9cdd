import type { NumericColumn } from "../../../schemas/columns.ts";
import { formatDecimal, parseDecimal } from "../../derive/decimal.ts";
import { fixedSizes, type TypeCodec } from "../type_codec.ts";
import type { Int64Column } from "../column.ts";
import { copyDecimal, type DecimalSize, readUnscaled } from "../decimal_bytes.ts";
import { Int64Buffer } from "../int64.ts";
import { addNumericSizes, groupsOf, writeNumericTexts, writeUnscaled } from "../numeric_binary.ts";
import { type CopyField, textAt, TextBuffer, type TextsColumn } from "../texts.ts";

/** Decimals of up to so many digits are kept as unscaled 64-bit integers. */
const INT64_DIGITS = 18;
/** Decimals of more digits have no Parquet type: each is kept as it is printed. */
const PARQUET_DIGITS = 38;
const DECIMAL = /^-?\d+(\.\d+)?$/;

/** Returns the codec of `numeric`. Its storage depends on the precision. */
export function numericCodec(spec: NumericColumn): TypeCodec<Int64Column> | TypeCodec<TextsColumn> {
  const { precision = Infinity, scale = 0 } = spec;
  if (precision > PARQUET_DIGITS) return decimalTextCodec(undefined);
  const size = { precision, scale };
  return precision <= INT64_DIGITS && scale >= 0 ? unscaledCodec(size) : decimalTextCodec(size);
}

function unscaledCodec(size: DecimalSize): TypeCodec<Int64Column> {
  const { scale } = size;
  const buffer = new Int64Buffer();
  const groups = groupsOf(size);
  return {
    storage: "int64",
    decode({ bytes, starts, ends, width, rows }, place, odd, nulls) {
      const words = buffer.room(rows);
      for (let row = 0, field = place; row < rows; row++, field += width) {
        const from = starts[field];
        words[2 * row] = words[2 * row + 1] = 0;
        if (from < 0 || odd[row] === 1) continue;
        if (!readUnscaled(bytes, from, ends[field], words, row, size)) odd[row] = 1;
      }
      return buffer.column(nulls);
    },
    encode: (text: string) => unscaledOf(text, size),
    valueAt: ({ values }, row) => formatDecimal(values[row], scale, scale),
    addSizes: fixedSizes(8 + 2 * (groups.whole + groups.fraction)),
    write: (column, from, to, frame) => writeUnscaled(column, from, to, frame, scale, groups),
  };
}

/** With a size, a text has exactly its number of fraction digits. */
function decimalTextCodec(size: DecimalSize | undefined): TypeCodec<TextsColumn> {
  const buffer = new TextBuffer();
  const copy: CopyField = (bytes, from, to, out, at) => copyDecimal(bytes, from, to, out, at, size);
  return {
    storage: "text",
    decode: (fields, place, odd, nulls) => buffer.decode(fields, place, odd, nulls, copy),
    encode(text: string) {
      if (size) return formatDecimal(unscaledOf(text, size), size.scale, size.scale);
      if (DECIMAL.test(text)) return text;
      throw new RangeError(`${text} is not a decimal`);
    },
    valueAt: textAt,
    addSizes: addNumericSizes,
    write: writeNumericTexts,
  };
}

function unscaledOf(text: string, size: DecimalSize): bigint {
  const unscaled = parseDecimal(text, size);
  if (unscaled !== undefined) return unscaled;
  throw new RangeError(`${text} does not fit numeric(${size.precision},${size.scale}) exactly`);
}
