import { MINUS, ZERO } from "../ascii.ts";
import { fixedSizes, type TypeCodec, writeNull } from "../type_codec.ts";
import type { Int32Column } from "../column.ts";
import { withRoom } from "../growing_arrays.ts";

/** Returns the codec of `integer`. */
export function integerCodec(): TypeCodec<Int32Column> {
  let buffer = new Int32Array(0);
  return {
    storage: "int32",
    decode({ bytes, starts, ends, width, rows }, place, odd, nulls) {
      const values = buffer = withRoom(buffer, rows);
      for (let row = 0, field = place; row < rows; row++, field += width) {
        const from = starts[field];
        if (from < 0 || odd[row] === 1) {
          values[row] = 0;
          continue;
        }
        const to = ends[field];
        const first = bytes[from] === MINUS ? from + 1 : from;
        let value = 0;
        // A number has one spelling: no zero in front, and no -0.
        let known = first < to && to - first <= 10 && (bytes[first] !== ZERO || to - from === 1);
        for (let i = first; i < to; i++) {
          const digit = bytes[i] - ZERO;
          if (digit < 0 || digit > 9) known = false;
          value = value * 10 + digit;
        }
        if (first > from) value = -value;
        if (!known || value > 2_147_483_647 || value < -2_147_483_648) odd[row] = 1;
        values[row] = value;
      }
      return { storage: "int32", values, nulls };
    },
    encode(value: number) {
      if ((value | 0) !== value) throw new RangeError(`${value} is not a whole number of 32 bits`);
      return value;
    },
    valueAt: ({ values }, row) => values[row],
    addSizes: fixedSizes(4),
    write: (column, from, to, frame) => writeInt32(column, from, to, frame, 0),
  };
}

/** Writes values, each of them less by `epoch`, as `integer` or `date` for binary COPY. */
export function writeInt32(
  { values, nulls }: Int32Column,
  from: number,
  to: number,
  frame: Parameters<TypeCodec["write"]>[3],
  epoch: number,
): void {
  const { view, at } = frame;
  for (let row = from; row < to; row++) {
    if (nulls !== null && nulls[row] === 1) {
      writeNull(frame, row - from);
      continue;
    }
    const place = at[row - from];
    view.setInt32(place, 4);
    view.setInt32(place + 4, values[row] - epoch);
    at[row - from] = place + 8;
  }
}
