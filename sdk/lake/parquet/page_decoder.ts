/**
 * Reads the bytes of a Parquet page as a column without NULLs.
 *
 * @see https://github.com/apache/parquet-format/blob/master/Encodings.md
 *
 * @module
 */
import type { SchemaElement } from "hyparquet";
import { readRleBitPackedHybrid } from "hyparquet/src/encoding.js";
import type { BooleanColumn, Column, TextColumn } from "../../columns/column.ts";
import { decimalTexts } from "./decimals.ts";

/** A column of a Parquet file. */
export interface FileColumn {
  /** Its entry in the file's schema. */
  readonly element: SchemaElement;
  /** The fewest fraction digits of a decimal that becomes text. */
  readonly fractionDigits: number;
}

/**
 * Reads values in the encoding PLAIN. Decimals of more than 18 digits become text. The page becomes the
 * column's memory where it can, and texts are moved in it: it cannot be read again.
 *
 * @throws {RangeError} when the page is too short.
 */
export function plainColumn(
  page: Uint8Array,
  count: number,
  { element, fractionDigits }: FileColumn,
): Column {
  switch (element.type) {
    case "INT32": {
      const { buffer, byteOffset } = aligned(page, count * 4);
      return { storage: "int32", values: new Int32Array(buffer, byteOffset, count), nulls: null };
    }
    case "INT64": {
      const { buffer, byteOffset } = aligned(page, count * 8);
      const words = new Int32Array(buffer, byteOffset, count * 2);
      const values = new BigInt64Array(buffer, byteOffset, count);
      return { storage: "int64", values, words, nulls: null };
    }
    case "BOOLEAN":
      return booleans(page, count);
    case "BYTE_ARRAY":
      return texts(page, count);
    case "FIXED_LEN_BYTE_ARRAY":
      if (element.type_length !== 16) {
        throw new TypeError(`a decimal of ${element.type_length} bytes`);
      }
      return decimalTexts(page, count, element.scale ?? 0, fractionDigits);
    default:
      throw new TypeError(`${element.name} has type ${element.type}`);
  }
}

/** Reads booleans in the encoding RLE. */
export function rleBooleans(page: Uint8Array, count: number): BooleanColumn {
  return { storage: "boolean", values: bits(page, count), nulls: null };
}

/**
 * Reads places in a dictionary, in the encoding RLE_DICTIONARY.
 *
 * @throws {RangeError} when there are fewer, or one is beyond the end of the dictionary.
 */
export function dictionaryCodes(page: Uint8Array, count: number, distinct: number): Int32Array {
  const codes = new Int32Array(count);
  if (count > 0) {
    const view = new DataView(page.buffer, page.byteOffset, page.length);
    readRleBitPackedHybrid({ view, offset: 1 }, page[0], codes, page.length - 1);
  }
  let greatest = 0;
  for (let i = 0; i < count; i++) if (codes[i] > greatest) greatest = codes[i];
  if (count > 0 && greatest >= distinct) throw new RangeError(`code ${greatest} of ${distinct}`);
  return codes;
}

/** Returns which of `rows` rows are NULL from their definition levels: 1 for these, 0 for the others. */
export function nullRows(levels: Uint8Array, rows: number): Uint8Array {
  const nulls = bits(levels, rows, levels.length);
  for (let row = 0; row < rows; row++) nulls[row] ^= 1;
  return nulls;
}

/** Reads runs of bits. Without `length`, the page begins with it. */
function bits(page: Uint8Array, count: number, length?: number): Uint8Array {
  const values = new Uint8Array(count);
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  readRleBitPackedHybrid({ view, offset: 0 }, 1, values, length);
  return values;
}

/** Returns the first bytes of a page in memory of their own, in which 64-bit numbers can start. */
function aligned(page: Uint8Array, length: number): Uint8Array {
  if (page.length < length) throw new RangeError(`a page has ${page.length} bytes of ${length}`);
  return isOwn(page) ? page : page.slice(0, length);
}

/** Returns whether a page was decompressed, and is not a part of the chunk. */
function isOwn({ byteOffset }: Uint8Array): boolean {
  return byteOffset === 0;
}

function booleans(page: Uint8Array, count: number): BooleanColumn {
  if (page.length * 8 < count) throw new RangeError(`${page.length} bytes for ${count} booleans`);
  const values = new Uint8Array(count);
  for (let i = 0; i < count; i++) values[i] = page[i >> 3] >> (i & 7) & 1;
  return { storage: "boolean", values, nulls: null };
}

/** From this length on, a block copy costs less than a loop. */
const BLOCK = 32;

/** Moves the texts of a page together, in its own memory. */
function texts(page: Uint8Array, count: number): TextColumn {
  const view = new DataView(page.buffer, page.byteOffset, page.length);
  const offsets = new Int32Array(count + 1);
  let [at, to] = [0, 0];
  for (let i = 0; i < count; i++) {
    const length = view.getUint32(at, true);
    at += 4;
    if (length > page.length - at) throw new RangeError(`a text of ${length} bytes is cut off`);
    if (length >= BLOCK) page.copyWithin(to, at, at + length);
    else for (let byte = 0; byte < length; byte++) page[to + byte] = page[at + byte];
    at += length;
    offsets[i + 1] = to += length;
  }
  return { storage: "text", bytes: page, offsets, nulls: null };
}
