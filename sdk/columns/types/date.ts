import { dateFromDays, daysFromDate, formatDate, parseDate } from "../../derive/calendar.ts";
import { NO_DATE, POSTGRES_EPOCH_DAYS, readDays } from "../calendar_bytes.ts";
import { fixedSizes, type TypeCodec } from "../type_codec.ts";
import type { Int32Column } from "../column.ts";
import { withRoom } from "../growing_arrays.ts";
import { writeInt32 } from "./integer.ts";

/** Returns the codec of `date`. */
export function dateCodec(): TypeCodec<Int32Column> {
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
        const days = readDays(bytes, from, ends[field]);
        if (days === NO_DATE) odd[row] = 1;
        values[row] = days;
      }
      return { storage: "int32", values, nulls };
    },
    encode(text: string) {
      const date = parseDate(text);
      if (date === undefined) throw new RangeError(`${JSON.stringify(text)} is not a date`);
      return daysFromDate(date);
    },
    valueAt: ({ values }, row) => formatDate(dateFromDays(values[row])),
    addSizes: fixedSizes(4),
    write: (column, from, to, frame) => writeInt32(column, from, to, frame, POSTGRES_EPOCH_DAYS),
  };
}
