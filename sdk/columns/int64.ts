/**
 * Whole numbers of 64 bits as two 32-bit words, low word first. A BigInt per value would cost a hundred
 * times as much, and a double holds 53 bits only.
 *
 * @module
 */
import type { Int64Column, Nulls } from "./column.ts";
import { withRoom } from "./growing_arrays.ts";

const WORD = 4_294_967_296;

/** Stores a whole number that a double holds exactly. */
export function setSafe(words: Int32Array, row: number, value: number): void {
  words[2 * row] = value | 0;
  words[2 * row + 1] = Math.floor(value / WORD);
}

/** Stores `a` times `b` plus `c`, none of them negative, all of them below 2^34, `b` below 2^30. */
export function setProduct(words: Int32Array, row: number, a: number, b: number, c: number): void {
  const high = Math.floor(a / 32_768);
  const product = high * b;
  const carried = Math.floor(product / 131_072);
  const sum = (product - carried * 131_072) * 32_768 + (a - high * 32_768) * b + c;
  words[2 * row] = sum | 0;
  words[2 * row + 1] = (carried + Math.floor(sum / WORD)) | 0;
}

/** Changes the sign of a number. */
export function negate(words: Int32Array, row: number): void {
  const low = words[2 * row];
  words[2 * row] = -low;
  words[2 * row + 1] = low === 0 ? -words[2 * row + 1] : ~words[2 * row + 1];
}

/** The memory of a column that a decoder fills again and again. */
export class Int64Buffer {
  #words = new Int32Array(0);

  /** Returns the words for so many rows. What they held before is lost. */
  room(rows: number): Int32Array {
    return this.#words = withRoom(this.#words, 2 * rows);
  }

  /** Returns the column. */
  column(nulls: Nulls): Int64Column {
    const words = this.#words;
    const values = new BigInt64Array(words.buffer, 0, words.length >> 1);
    return { storage: "int64", values, words, nulls };
  }
}
