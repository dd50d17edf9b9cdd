import { formatTime, parseTime } from "../../derive/calendar.ts";
import { NO_TIME, readMicros } from "../calendar_bytes.ts";
import { fixedSizes, type TypeCodec } from "../type_codec.ts";
import type { Int64Column } from "../column.ts";
import { Int64Buffer, setSafe } from "../int64.ts";
import { writeInt64 } from "./bigint.ts";

/** Returns the codec of `time`. */
export function timeCodec(): TypeCodec<Int64Column> {
  const buffer = new Int64Buffer();
  return {
    storage: "int64",
    decode({ bytes, starts, ends, width, rows }, place, odd, nulls) {
      const words = buffer.room(rows);
      for (let row = 0, field = place; row < rows; row++, field += width) {
        const from = starts[field];
        words[2 * row] = words[2 * row + 1] = 0;
        if (from < 0 || odd[row] === 1) continue;
        const micros = readMicros(bytes, from, ends[field]);
        if (micros === NO_TIME) odd[row] = 1;
        else setSafe(words, row, micros);
      }
      return buffer.column(nulls);
    },
    encode(text: string) {
      const micros = parseTime(text);
      if (micros === undefined) throw new RangeError(`${JSON.stringify(text)} is not a time`);
      return BigInt(micros);
    },
    valueAt: ({ values }, row) => formatTime(Number(values[row])),
    addSizes: fixedSizes(8),
    write: writeInt64,
  };
}
