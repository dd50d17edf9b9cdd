/**
 * Converts decimals between the text that Postgres prints and the 128-bit integers that Parquet stores,
 * without a BigInt per value.
 *
 * @module
 */
import type { TextColumn } from "../../columns/column.ts";
import type { DecimalSize } from "../../columns/decimal_bytes.ts";
import type { Int128Column } from "./page_values.ts";

/** Texts as decimals of a certain size. */
export interface Decimals {
  /** The numbers; NULL where the text is NULL or does not fit. */
  readonly numbers: Int128Column;
  /** 1 for each row whose number does not tell the text: it does not fit, or is written in another way. */
  readonly inexact: Uint8Array;
  /** The first text that does not fit; undefined when all do. */
  readonly misfit: string | undefined;
}

const [MINUS, POINT, ZERO] = [0x2d, 0x2e, 0x30];
/** The fewest fraction digits of a number that is written without a scale. */
export const MONEY_DIGITS = 2;
/** Digits that are taken together: a word times a million is a whole number that a double holds. */
const CHUNK_DIGITS = 6;
const CHUNK = 10 ** CHUNK_DIGITS;
const WORD = 2 ** 32;

/** Converts the rows `from` to `to` of a column of decimal texts to decimals of up to 38 digits. */
export function decimalsOf(
  { bytes, offsets, nulls }: TextColumn,
  from: number,
  to: number,
  size: DecimalSize,
): Decimals {
  const words = new Int32Array((to - from) * 4);
  const inexact = new Uint8Array(to - from);
  let missing = nulls && nulls.slice(from, to);
  let misfit: string | undefined;
  for (let row = 0; row < to - from; row++) {
    if (missing?.[row]) continue;
    const [start, end] = [offsets[from + row], offsets[from + row + 1]];
    const parsed = parse(bytes, start, end, size, words, row * 4);
    if (parsed !== "exact") inexact[row] = 1;
    if (parsed !== "misfit") continue;
    misfit ??= new TextDecoder().decode(bytes.subarray(start, end));
    missing ??= new Uint8Array(to - from);
    missing[row] = 1;
    words.fill(0, row * 4, row * 4 + 4);
  }
  return { numbers: { storage: "int128", words, nulls: missing }, inexact, misfit };
}

/**
 * Parses a decimal as an unscaled integer. It is a misfit when it is no number, or has more digits than the
 * size holds; zeros at the end of the fraction do not count.
 */
function parse(
  bytes: Uint8Array,
  start: number,
  end: number,
  { precision, scale }: DecimalSize,
  words: Int32Array,
  to: number,
): "exact" | "inexact" | "misfit" {
  const first = bytes[start] === MINUS ? start + 1 : start;
  const point = pointOf(bytes, first, end);
  if (point < 0) return "misfit";
  const stop = point + 1 + scale;
  for (let at = stop; at < end; at++) if (bytes[at] !== ZERO) return "misfit";
  let [chunk, digits, significant, used] = [0, 0, 0, 0];
  for (let at = first; at < stop; at++) {
    if (at === point) continue;
    const digit = at < end ? bytes[at] - ZERO : 0;
    if (significant > 0 || digit > 0) significant++;
    chunk = chunk * 10 + digit;
    if (++digits < CHUNK_DIGITS) continue;
    used = multiplyAdd(words, to, used, CHUNK, chunk);
    chunk = digits = 0;
  }
  if (digits > 0) multiplyAdd(words, to, used, 10 ** digits, chunk);
  if (significant > precision) return "misfit";
  if (first > start) negate(words, to);
  const isNegativeZero = first > start && significant === 0;
  const hasLeadingZero = bytes[first] === ZERO && point > first + 1;
  const fraction = end - point - 1;
  const isShortest = fraction === MONEY_DIGITS ||
    fraction > MONEY_DIGITS && fraction <= scale && bytes[end - 1] !== ZERO;
  return isShortest && !hasLeadingZero && !isNegativeZero ? "exact" : "inexact";
}

/** Returns the place of the decimal point, or the end when there is none; -1 when the text is no number. */
function pointOf(bytes: Uint8Array, first: number, end: number): number {
  let point = end;
  for (let at = first; at < end; at++) {
    if (bytes[at] >= ZERO && bytes[at] <= ZERO + 9) continue;
    if (bytes[at] !== POINT || point < end) return -1;
    point = at;
  }
  return point > first ? point : -1;
}

/** Multiplies a number of so many words by a factor and adds to it. Returns the words that it then has. */
function multiplyAdd(
  words: Int32Array,
  at: number,
  used: number,
  factor: number,
  addend: number,
): number {
  let carry = addend;
  for (let word = at; word < at + used; word++) {
    const product = (words[word] >>> 0) * factor + carry;
    words[word] = product;
    carry = Math.floor(product / WORD);
  }
  // A number of more words does not fit.
  if (carry === 0 || used === 4) return used;
  words[at + used] = carry;
  return used + 1;
}

function negate(words: Int32Array, at: number): void {
  let carry = 1;
  for (let word = at; word < at + 4; word++) {
    const sum = (~words[word] >>> 0) + carry;
    words[word] = sum;
    carry = sum < WORD ? 0 : 1;
  }
}

/** Returns the texts of the rows that are marked, as a column in which all others are NULL. */
export function markedTexts(
  { bytes, offsets }: TextColumn,
  from: number,
  to: number,
  marks: Uint8Array,
): TextColumn {
  const starts = new Int32Array(to - from + 1);
  const length = (row: number) => marks[row] ? offsets[from + row + 1] - offsets[from + row] : 0;
  for (let row = 0; row < to - from; row++) starts[row + 1] = starts[row] + length(row);
  const copy = new Uint8Array(starts[to - from]);
  for (let row = 0; row < to - from; row++) {
    if (!marks[row]) continue;
    copy.set(bytes.subarray(offsets[from + row], offsets[from + row + 1]), starts[row]);
  }
  return { storage: "text", bytes: copy, offsets: starts, nulls: marks.map((mark) => mark ^ 1) };
}

/** Digits of the longest number. */
const DIGITS = 42;

/**
 * Returns decimals of a Parquet page as text with `minimum` fraction digits, and more where they are not
 * zero.
 */
export function decimalTexts(
  page: Uint8Array,
  count: number,
  scale: number,
  minimum: number,
): TextColumn {
  const view = new DataView(page.buffer, page.byteOffset, count * 16);
  const offsets = new Int32Array(count + 1);
  // A sign, a point, and a zero before it.
  const bytes = new Uint8Array(count * (DIGITS + 3));
  const words = new Int32Array(4);
  const digits = new Uint8Array(DIGITS);
  let to = 0;
  for (let row = 0; row < count; row++) {
    for (let word = 0; word < 4; word++) words[word] = view.getInt32(row * 16 + 12 - word * 4);
    if (words[3] < 0) {
      bytes[to++] = MINUS;
      negate(words, 0);
    }
    const first = Math.min(toDigits(words, digits), DIGITS - scale - 1);
    let end = DIGITS;
    while (end > DIGITS - scale + minimum && digits[end - 1] === 0) end--;
    for (let at = first; at < end; at++) {
      if (at === DIGITS - scale) bytes[to++] = POINT;
      bytes[to++] = ZERO + digits[at];
    }
    offsets[row + 1] = to;
  }
  return { storage: "text", bytes: bytes.subarray(0, to), offsets, nulls: null };
}

/** Writes the digits of a positive number, and destroys it. Returns the place of the first that counts. */
function toDigits(words: Int32Array, digits: Uint8Array): number {
  let [first, used] = [DIGITS, 4];
  digits.fill(0);
  for (let end = DIGITS; used > 0; end -= CHUNK_DIGITS) {
    let rest = 0;
    for (let word = used - 1; word >= 0; word--) {
      const value = rest * WORD + (words[word] >>> 0);
      const quotient = Math.floor(value / CHUNK);
      words[word] = quotient;
      rest = value - quotient * CHUNK;
    }
    while (used > 0 && words[used - 1] === 0) used--;
    for (let at = end, left = rest | 0; left > 0;) {
      const tens = left / 10 | 0;
      digits[--at] = left - tens * 10;
      left = tens;
      first = at;
    }
  }
  return first;
}
