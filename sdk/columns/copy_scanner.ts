import { BACKSLASH } from "./ascii.ts";
import { FieldBuffer } from "./field_buffer.ts";
import type { Fields } from "./fields.ts";
import { firstIn, markEqual, marksIn, WORD_BYTES, wordAt } from "./words.ts";

const TAB = 9, LINE_FEED = 10, CAPITAL_N = 78;
const TABS = 0x09090909, LINE_FEEDS = 0x0a0a0a0a;

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
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let { starts, ends } = fields;
    let row = 0;
    let at = 0;
    for (let start = 0; start < bytes.length;) {
      const end = endOfField(view, start);
      if (at === starts.length) {
        fields.grow();
        ({ starts, ends } = fields);
      }
      const isNull = end - start === 2 && bytes[start] === BACKSLASH &&
        bytes[start + 1] === CAPITAL_N;
      starts[at] = isNull ? -1 : start;
      ends[at++] = end;
      start = end + 1;
      if (bytes[end] === TAB) continue;
      if (at !== ++row * width) throw new Error(`a row of COPY text does not have ${width} fields`);
      fields.lines[row] = start;
    }
    fields.bytes = bytes;
    fields.rows = row;
    return fields;
  };
}

/** Returns the place of the tab or line feed that ends the field at `i`. */
function endOfField(bytes: DataView, i: number): number {
  const lastWord = bytes.byteLength - WORD_BYTES;
  for (; i <= lastWord; i += WORD_BYTES) {
    const word = wordAt(bytes, i);
    const marks = marksIn(markEqual(word, TABS) | markEqual(word, LINE_FEEDS));
    if (marks !== 0) return i + firstIn(marks);
  }
  while (i < bytes.byteLength && bytes.getUint8(i) !== TAB && bytes.getUint8(i) !== LINE_FEED) i++;
  return i;
}
