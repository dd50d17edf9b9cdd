import { formatTimestamp, parseTimestamp } from "../../derive/calendar.ts";
import { SPACE } from "../ascii.ts";
import {
  MICROS_PER_DAY,
  NO_DATE,
  NO_TIME,
  POSTGRES_EPOCH_MICROS,
  readDays,
  readMicros,
} from "../calendar_bytes.ts";
import { fixedSizes, type TypeCodec } from "../type_codec.ts";
import type { Int32Column, Int64Column, Nulls } from "../column.ts";
import type { Fields } from "../fields.ts";
import { withRoom } from "../growing_arrays.ts";
import { Int64Buffer, setSafe } from "../int64.ts";
import { writeInt64 } from "./bigint.ts";

/** A day's microseconds are this times 2^13. */
const DAY_FACTOR = MICROS_PER_DAY / 8192;
/** The last day that 64 bits of microseconds since 1970 hold in full. */
const LAST_DAY = 106_751_990;

/** Returns the codec of `timestamp`. */
export function timestampCodec(): TypeCodec<Int64Column> {
  const parts = new PartsBuffer();
  const buffer = new Int64Buffer();
  return {
    storage: "int64",
    decode(fields, place, odd, nulls) {
      const { rows } = fields;
      const { days, micros } = parts.read(fields, place, odd);
      const words = buffer.room(rows);
      for (let row = 0; row < rows; row++) {
        if (days[row] > LAST_DAY) odd[row] = 1;
        const product = days[row] * DAY_FACTOR;
        const carried = Math.floor(product / 524_288);
        const sum = (product - carried * 524_288) * 8192 + micros[row];
        words[2 * row] = sum | 0;
        words[2 * row + 1] = carried + Math.floor(sum / 4_294_967_296);
      }
      return buffer.column(nulls);
    },
    encode(text: string) {
      const micros = parseTimestamp(text);
      if (micros === undefined) throw new RangeError(`${JSON.stringify(text)} is not a timestamp`);
      // Postgres counts from 2000 and this from 1970: the last 30 years of Postgres do not fit.
      if (BigInt.asIntN(64, micros) !== micros) {
        throw new RangeError(`${text} is too late for Parquet`);
      }
      return micros;
    },
    valueAt: ({ values }, row) => formatTimestamp(values[row]),
    addSizes: fixedSizes(8),
    write: (column, from, to, frame) => writeInt64(column, from, to, frame, POSTGRES_EPOCH_MICROS),
  };
}

/** The date and the time of day of timestamps. */
export interface TimestampParts {
  readonly days: Int32Column;
  readonly time: Int64Column;
}

/**
 * Returns a reader of timestamps that leaves them in parts, which costs no division of 64 bits. It marks
 * rows as {@linkcode Codec.decode} does; NULL and its rows are the caller's. The next call overwrites the
 * arrays.
 */
export function timestampParts(): (
  fields: Fields,
  place: number,
  odd: Uint8Array,
  nulls: Nulls,
) => TimestampParts {
  const parts = new PartsBuffer();
  const buffer = new Int64Buffer();
  return (fields, place, odd, nulls) => {
    const { days, micros } = parts.read(fields, place, odd);
    const words = buffer.room(fields.rows);
    for (let row = 0; row < fields.rows; row++) setSafe(words, row, micros[row]);
    return { days: { storage: "int32", values: days, nulls }, time: buffer.column(nulls) };
  };
}

/** Reads timestamps as days since 1970 and microseconds of the day; 0 for rows that have none. */
class PartsBuffer {
  #days = new Int32Array(0);
  #micros = new Float64Array(0);

  read(
    { bytes, starts, ends, width, rows }: Fields,
    place: number,
    odd: Uint8Array,
  ): { readonly days: Int32Array; readonly micros: Float64Array } {
    const days = this.#days = withRoom(this.#days, rows);
    const micros = this.#micros = withRoom(this.#micros, rows);
    for (let row = 0, field = place; row < rows; row++, field += width) {
      const from = starts[field];
      days[row] = 0;
      micros[row] = 0;
      if (from < 0 || odd[row] === 1) continue;
      const to = ends[field];
      let space = from + 10;
      while (space < to && bytes[space] !== SPACE && space < from + 12) space++;
      const day = readDays(bytes, from, space);
      const time = space < to ? readMicros(bytes, space + 1, to) : NO_TIME;
      // Postgres does not print 24:00:00 of a day in a timestamp: it is 00:00:00 of the next.
      if (
        bytes[space] !== SPACE || day === NO_DATE || time === NO_TIME || time === MICROS_PER_DAY
      ) {
        odd[row] = 1;
        continue;
      }
      days[row] = day;
      micros[row] = time;
    }
    return { days, micros };
  }
}
