import { MINUS, ZERO } from "../ascii.ts";
import { fixedSizes, type Frame, type TypeCodec, writeNull } from "../type_codec.ts";
import type { Int64Column } from "../column.ts";
import { Int64Buffer, negate, setProduct } from "../int64.ts";

const BILLION = 1_000_000_000;
/** The greatest number of 64 bits, before and after its last nine digits. */
const MAX_HIGH = 9_223_372_036, MAX_LOW = 854_775_807;

/** Returns the codec of `bigint`. */
export function bigintCodec(): TypeCodec<Int64Column> {
  const buffer = new Int64Buffer();
  return {
    storage: "int64",
    decode({ bytes, starts, ends, width, rows }, place, odd, nulls) {
      const words = buffer.room(rows);
      for (let row = 0, field = place; row < rows; row++, field += width) {
        const from = starts[field];
        words[2 * row] = words[2 * row + 1] = 0;
        if (from < 0 || odd[row] === 1) continue;
        const to = ends[field];
        const first = bytes[from] === MINUS ? from + 1 : from;
        const split = to - 9;
        let high = 0, low = 0;
        // A number has one spelling: no zero in front, and no -0.
        let known = first < to && to - first <= 19 && (bytes[first] !== ZERO || to - from === 1);
        for (let i = first; i < to; i++) {
          const digit = bytes[i] - ZERO;
          if (digit < 0 || digit > 9) known = false;
          if (i < split) high = high * 10 + digit;
          else low = low * 10 + digit;
        }
        const most = first > from ? MAX_LOW + 1 : MAX_LOW;
        if (!known || high > MAX_HIGH || (high === MAX_HIGH && low > most)) {
          odd[row] = 1;
          continue;
        }
        setProduct(words, row, high, BILLION, low);
        if (first > from) negate(words, row);
      }
      return buffer.column(nulls);
    },
    encode(digits: string) {
      const value = BigInt(digits);
      if (BigInt.asIntN(64, value) !== value) {
        throw new RangeError(`${digits} is not a whole number of 64 bits`);
      }
      return value;
    },
    valueAt: ({ values }, row) => String(values[row]),
    addSizes: fixedSizes(8),
    write: writeInt64,
  };
}

/**
 * Writes numbers, each of them less by `epoch`, as `bigint`, `time` or `timestamp` for binary COPY.
 */
export function writeInt64(
  { words, nulls }: Int64Column,
  from: number,
  to: number,
  frame: Frame,
  epoch = 0n,
): void {
  const { view, at } = frame;
  const epochLow = Number(BigInt.asIntN(32, epoch)), epochHigh = Number(epoch >> 32n);
  for (let row = from; row < to; row++) {
    if (nulls !== null && nulls[row] === 1) {
      writeNull(frame, row - from);
      continue;
    }
    const place = at[row - from];
    const low = words[2 * row];
    const borrowed = low >>> 0 < epochLow >>> 0 ? 1 : 0;
    view.setInt32(place, 8);
    view.setInt32(place + 4, (words[2 * row + 1] - epochHigh - borrowed) | 0);
    view.setInt32(place + 8, (low - epochLow) | 0);
    at[row - from] = place + 12;
  }
}
