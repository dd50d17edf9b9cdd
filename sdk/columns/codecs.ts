/**
 * The codecs of all column types: one row of {@linkcode TYPES} each.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import { assertNever } from "../assert_never.ts";
import type { Codec, TypeCodec } from "./type_codec.ts";
import type { Column, Nulls } from "./column.ts";
import type { Fields } from "./fields.ts";
import { withRoom } from "./growing_arrays.ts";
import { bigintCodec } from "./types/bigint.ts";
import { booleanCodec } from "./types/boolean.ts";
import { dateCodec } from "./types/date.ts";
import { integerCodec } from "./types/integer.ts";
import { numericCodec } from "./types/numeric.ts";
import { textCodec } from "./types/text.ts";
import { timeCodec } from "./types/time.ts";
import { timestampCodec } from "./types/timestamp.ts";

const TYPES: {
  readonly [T in ColumnSpec["type"]]: (spec: Extract<ColumnSpec, { type: T }>) => TypeCodec;
} = {
  integer: integerCodec,
  bigint: bigintCodec,
  numeric: numericCodec,
  boolean: booleanCodec,
  text: textCodec,
  date: dateCodec,
  time: timeCodec,
  timestamp: timestampCodec,
};

/**
 * Returns the codec of a column, with memory of its own.
 *
 * @throws {TypeError} when the spec has an unknown type.
 */
export function codecOf(spec: ColumnSpec): Codec {
  const create = TYPES[spec.type] as ((spec: ColumnSpec) => TypeCodec) | undefined;
  const type = create?.(spec) ?? assertNever(spec as never);
  const findNulls = nullFinder(spec);
  return {
    storage: type.storage,
    decode: (fields, place, odd) => type.decode(fields, place, odd, findNulls(fields, place, odd)),
    encode: (value) => value === null ? nullOrThrow(spec) : type.encode(value as never),
    valueAt: (column, row) => isNull(column, row) ? null : type.valueAt(column, row),
    addSizes: type.addSizes,
    write: type.write,
  };
}

/** Returns whether a row of a column is NULL. */
export function isNull({ nulls }: Column, row: number): boolean {
  return nulls !== null && nulls[row] === 1;
}

function nullOrThrow({ nullable }: ColumnSpec): null {
  if (nullable) return null;
  throw new RangeError("is NULL, but the column does not allow it");
}

/**
 * Returns a function that finds the rows whose field is NULL. Where the column does not allow NULL, it marks
 * them as odd. The next call overwrites the array it returns.
 */
export function nullFinder(
  { nullable }: ColumnSpec,
): (fields: Fields, place: number, odd: Uint8Array) => Nulls {
  let buffer = new Uint8Array(0);
  return ({ starts, width, rows }, place, odd) => {
    const nulls = buffer = withRoom(buffer, rows);
    let some = 0;
    for (let row = 0, field = place; row < rows; row++, field += width) {
      nulls[row] = starts[field] < 0 && odd[row] === 0 ? 1 : 0;
      some |= nulls[row];
    }
    if (some === 0) return null;
    if (nullable) return nulls;
    for (let row = 0; row < rows; row++) odd[row] |= nulls[row];
    return null;
  };
}
