import { FieldBuffer } from "./field_buffer.ts";
import type { Fields } from "./fields.ts";

const [TAB, LINE_FEED, BACKSLASH, CAPITAL_N] = [9, 10, 92, 78];

/**
 * Returns a function that finds the fields of COPY text of whole rows. Its result is valid until the
 * next call. Fields are as COPY escapes them, and no row is odd.
 *
 * @throws {Error} when a row does not have `width` fields.
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 */
export function copyScanner(width: number): (bytes: Uint8Array) => Fields {
  const fields = new FieldBuffer(width);
  return (bytes) => {
    const length = bytes.length;
    let { starts, ends } = fields;
    let row = 0;
    let at = 0;
    let start = 0;
    for (let i = 0; i < length; i++) {
      const byte = bytes[i];
      if (byte > LINE_FEED || byte < TAB) continue;
      if (at === starts.length) {
        fields.grow();
        ({ starts, ends } = fields);
      }
      const isNull = i - start === 2 && bytes[start] === BACKSLASH &&
        bytes[start + 1] === CAPITAL_N;
      starts[at] = isNull ? -1 : start;
      ends[at++] = i;
      start = i + 1;
      if (byte === TAB) continue;
      if (at !== ++row * width) throw new Error(`a row of COPY text does not have ${width} fields`);
      fields.lines[row] = start;
    }
    fields.bytes = bytes;
    fields.rows = row;
    return fields;
  };
}
