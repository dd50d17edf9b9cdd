import { fixedSizes, type TypeCodec, writeNull } from "../type_codec.ts";
import type { BooleanColumn } from "../column.ts";
import { withRoom } from "../growing_arrays.ts";

const [TRUE, FALSE] = ["true", "false"].map((text) => new TextEncoder().encode(text));

/** Returns the codec of `boolean`: `true` and `false` in JSON, `t` and `f` in COPY text. */
export function booleanCodec(): TypeCodec<BooleanColumn> {
  let buffer = new Uint8Array(0);
  return {
    storage: "boolean",
    decode({ bytes, starts, ends, width, rows }, place, odd, nulls) {
      const values = buffer = withRoom(buffer, rows);
      for (let row = 0, field = place; row < rows; row++, field += width) {
        const from = starts[field];
        values[row] = 0;
        if (from < 0 || odd[row] === 1) continue;
        const length = ends[field] - from;
        const word = bytes[from] === TRUE[0] ? TRUE : FALSE;
        let known = length === 1 || length === word.length;
        for (let i = 0; i < length && known; i++) known = bytes[from + i] === word[i];
        if (!known) odd[row] = 1;
        else if (word === TRUE) values[row] = 1;
      }
      return { storage: "boolean", values, nulls };
    },
    encode(value: boolean) {
      if (typeof value !== "boolean") throw new RangeError(`${value} is not a boolean`);
      return value ? 1 : 0;
    },
    valueAt: ({ values }, row) => values[row] === 1,
    addSizes: fixedSizes(1),
    write({ values, nulls }, from, to, frame) {
      const { bytes, view, at } = frame;
      for (let row = from; row < to; row++) {
        if (nulls !== null && nulls[row] === 1) {
          writeNull(frame, row - from);
          continue;
        }
        const place = at[row - from];
        view.setInt32(place, 1);
        bytes[place + 4] = values[row];
        at[row - from] = place + 5;
      }
    },
  };
}
