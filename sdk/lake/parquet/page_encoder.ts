/**
 * The bytes of a Parquet page.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md
 *
 * @module
 */
import { ByteWriter } from "hyparquet-writer";
import { writeRleBitPackedHybrid } from "hyparquet-writer/src/encoding.js";
import { withRoom } from "../../columns/growing_arrays.ts";
import type { Booleans, Texts, Values, Words } from "./page_values.ts";

/** Memory for one page, and then for the next. */
export class PageMemory {
  #bytes = new Uint8Array(0);

  /** Returns bytes that are valid until the next call. They can hold anything. */
  take(length: number): Uint8Array {
    this.#bytes = withRoom(this.#bytes, length);
    return this.#bytes.subarray(0, length);
  }
}

/**
 * Returns values in the encoding PLAIN. The bytes can be the memory of the values, or that of the page before.
 */
export function plain(values: Values, memory: PageMemory): Uint8Array {
  switch (values.form) {
    case "words":
      return values.stride === 4 ? plainDecimals(values) : plainWords(values);
    case "booleans":
      return plainBooleans(values);
    case "texts":
      return plainTexts(values, memory);
  }
}

/** Returns codes of a dictionary in the encoding RLE_DICTIONARY. */
export function packed(codes: Uint16Array, distinct: number): Uint8Array {
  const bits = Math.ceil(Math.log2(distinct));
  const writer = new ByteWriter(codes.length * 2 + 64);
  writer.appendUint8(bits);
  // Its types are those of arrays of any values.
  writeRleBitPackedHybrid(writer, codes as unknown as number[], bits);
  return writer.getBytes();
}

/** Returns the definition levels of rows, of which `nulls` are NULL: 0 for these, 1 for the others. */
export function definitionLevels(rows: number, nulls: Uint8Array | undefined): Uint8Array {
  const writer = new ByteWriter();
  if (nulls) {
    writeRleBitPackedHybrid(writer, nulls.map((isNull) => isNull ^ 1) as unknown as number[], 1);
  } else {
    writer.appendVarInt(rows << 1);
    writer.appendUint8(1);
  }
  return writer.getBytes();
}

function plainWords({ words }: Words): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** The most significant byte comes first. */
function plainDecimals({ words, count }: Words): Uint8Array {
  const bytes = new Uint8Array(count * 16);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < count * 4; i += 4) {
    for (let word = 0; word < 4; word++) view.setInt32((i + word) * 4, words[i + 3 - word]);
  }
  return bytes;
}

function plainBooleans({ values, count }: Booleans): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (let i = 0; i < count; i++) bytes[i >> 3] |= values[i] << (i & 7);
  return bytes;
}

/** The length of each text comes before it. */
function plainTexts({ bytes, offsets, count }: Texts, memory: PageMemory): Uint8Array {
  const page = memory.take(offsets[count] - offsets[0] + count * 4);
  const view = new DataView(page.buffer);
  let to = 0;
  for (let i = 0; i < count; i++) {
    const [start, end] = [offsets[i], offsets[i + 1]];
    view.setUint32(to, end - start, true);
    to += 4;
    // A call of set() costs more than a short text.
    if (end - start > 32) page.set(bytes.subarray(start, end), to);
    else for (let at = start; at < end; at++) page[to + at - start] = bytes[at];
    to += end - start;
  }
  return page;
}
