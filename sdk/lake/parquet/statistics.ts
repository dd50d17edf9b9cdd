/**
 * The least and the greatest value of a column chunk, by which engines skip row groups.
 *
 * @module
 */
import type { Texts, Values, Words } from "./page_values.ts";

/** A value as the Parquet library takes it for the statistics. */
type Bound = number | bigint | boolean | Uint8Array;

/** The least and the greatest of some values; none of an empty page. */
export interface Range {
  /** The least value. */
  readonly min_value?: Bound;
  /** The greatest value. */
  readonly max_value?: Bound;
}

/** Returns the range of values. Texts are compared by their bytes; the library shortens long ones. */
export function rangeOf(values: Values): Range {
  if (values.count === 0) return {};
  switch (values.form) {
    case "words":
      return rangeOfWords(values);
    case "booleans": {
      const { count } = values;
      const all = values.values.subarray(0, count);
      return { min_value: !all.includes(0), max_value: all.includes(1) };
    }
    case "texts":
      return rangeOfTexts(values);
  }
}

function rangeOfWords(values: Words): Range {
  const { words, stride, count } = values;
  const high = stride - 1;
  let [least, greatest] = [0, 0];
  let [low, top] = [words[high], words[high]];
  for (let i = 1, at = stride; i < count; i++, at += stride) {
    const word = words[at + high];
    if (word < low || word === low && isLess(words, at, least * stride, high)) {
      [least, low] = [i, word];
    }
    if (word > top || word === top && isLess(words, greatest * stride, at, high)) {
      [greatest, top] = [i, word];
    }
  }
  return { min_value: numberAt(values, least), max_value: numberAt(values, greatest) };
}

/** Compares the words below the highest one, which have no sign. */
function isLess(words: Int32Array, a: number, b: number, high: number): boolean {
  for (let word = high - 1; word >= 0; word--) {
    const [x, y] = [words[a + word] >>> 0, words[b + word] >>> 0];
    if (x !== y) return x < y;
  }
  return false;
}

function numberAt({ words, stride }: Words, place: number): number | bigint {
  const at = place * stride;
  if (stride === 1) return words[at];
  let number = BigInt(words[at + stride - 1]);
  for (let word = stride - 2; word >= 0; word--) {
    number = number << 32n | BigInt(words[at + word] >>> 0);
  }
  return number;
}

function rangeOfTexts({ bytes, offsets, count }: Texts): Range {
  let [least, greatest] = [0, 0];
  for (let i = 1; i < count; i++) {
    if (compare(bytes, offsets, i, least) < 0) least = i;
    else if (compare(bytes, offsets, i, greatest) > 0) greatest = i;
  }
  // Copies: the statistics outlive the row group.
  const copy = (i: number) => bytes.slice(offsets[i], offsets[i + 1]);
  return { min_value: copy(least), max_value: copy(greatest) };
}

function compare(bytes: Uint8Array, offsets: Int32Array, a: number, b: number): number {
  const length = offsets[a + 1] - offsets[a];
  const other = offsets[b + 1] - offsets[b];
  const common = Math.min(length, other);
  for (let i = 0, x = offsets[a], y = offsets[b]; i < common; i++) {
    const difference = bytes[x + i] - bytes[y + i];
    if (difference !== 0) return difference;
  }
  return length - other;
}
