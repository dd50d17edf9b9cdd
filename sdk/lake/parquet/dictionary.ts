/**
 * Finds the values that repeat, so that a Parquet file holds each of them once.
 *
 * @module
 */
import type { DictionaryColumn } from "../../columns/column.ts";
import type { Coded, Texts, Values, Words } from "./page_values.ts";

/** A dictionary pays when a value is there so often on average. */
const REPEATS = 4;

/** Returns the values as codes, or undefined when they repeat too little. */
export function dictionaryOf(values: Values): Coded | undefined {
  if (values.count < REPEATS) return undefined;
  switch (values.form) {
    case "booleans":
      return undefined;
    case "words":
      return codedWords(values);
    case "texts":
      return codedTexts(values);
  }
}

/** Returns the codes of the rows `from` to `to` that are not NULL, and the texts that they use. */
export function usedTexts(column: DictionaryColumn, from: number, to: number): Coded {
  const { codes: all, nulls, values } = column;
  const places = new Int32Array(values.offsets.length).fill(-1);
  const used = new Int32Array(to - from);
  const codes = new Uint16Array(to - from);
  let [count, distinct] = [0, 0];
  for (let row = from; row < to; row++) {
    if (nulls?.[row]) continue;
    const value = all[row];
    if (places[value] < 0) {
      used[distinct] = value;
      places[value] = distinct++;
    }
    codes[count++] = places[value];
  }
  const texts = { form: "texts", ...values, count: values.offsets.length - 1 } as const;
  return {
    distinct: pickTexts(texts, used.subarray(0, distinct)),
    codes: codes.subarray(0, count),
  };
}

/** Gives equal numbers one code, in the order of their first row. Undefined when too few are equal. */
function codedWords({ words, stride, count }: Words): Coded | undefined {
  const codes = new Uint16Array(count);
  const most = Math.floor(count / REPEATS);
  const distinct = new Int32Array(most * stride);
  const slots = emptySlots(most);
  let found = 0;
  for (let row = 0; row < count; row++) {
    const at = row * stride;
    let hash = Math.imul(words[at], SPREAD);
    for (let word = 1; word < stride; word++) {
      hash = Math.imul(hash ^ hash >>> 15 ^ words[at + word], SPREAD);
    }
    let slot = (hash ^ hash >>> 15) & slots.length - 1;
    let code = slots[slot] - 1;
    while (code >= 0 && !sameWords(words, at, distinct, code * stride, stride)) {
      slot = slot + 1 & slots.length - 1;
      code = slots[slot] - 1;
    }
    if (code < 0) {
      if (found === most) return undefined;
      code = found++;
      for (let word = 0; word < stride; word++) distinct[code * stride + word] = words[at + word];
      slots[slot] = found;
    }
    codes[row] = code;
  }
  const values = distinct.subarray(0, found * stride);
  return { distinct: { form: "words", words: values, stride, count: found }, codes };
}

/** Gives equal texts one code, in the order of their first row. Undefined when too few are equal. */
function codedTexts(texts: Texts): Coded | undefined {
  const { bytes, offsets, count } = texts;
  const codes = new Uint16Array(count);
  const most = Math.floor(count / REPEATS);
  const first = new Int32Array(most);
  const slots = emptySlots(most);
  let found = 0;
  for (let row = 0; row < count; row++) {
    let hash = offsets[row + 1] - offsets[row];
    for (let at = offsets[row]; at < offsets[row + 1]; at++) {
      hash = Math.imul(hash ^ bytes[at], PRIME);
    }
    let slot = (hash ^ hash >>> 15) & slots.length - 1;
    let code = slots[slot] - 1;
    while (code >= 0 && !sameText(texts, row, first[code])) {
      slot = slot + 1 & slots.length - 1;
      code = slots[slot] - 1;
    }
    if (code < 0) {
      if (found === most) return undefined;
      code = found++;
      first[code] = row;
      slots[slot] = found;
    }
    codes[row] = code;
  }
  return { distinct: pickTexts(texts, first.subarray(0, found)), codes };
}

const PRIME = 0x01000193;
const SPREAD = 0x9e3779b1 | 0;

/** A hash table with open addressing. A slot holds a code plus one. */
function emptySlots(codes: number): Uint16Array {
  return new Uint16Array(2 ** Math.ceil(Math.log2(codes * 2 + 2)));
}

function sameWords(
  a: Int32Array,
  from: number,
  b: Int32Array,
  to: number,
  stride: number,
): boolean {
  for (let word = 0; word < stride; word++) if (a[from + word] !== b[to + word]) return false;
  return true;
}

function sameText({ bytes, offsets }: Texts, a: number, b: number): boolean {
  const length = offsets[a + 1] - offsets[a];
  if (offsets[b + 1] - offsets[b] !== length) return false;
  for (let i = 0, x = offsets[a], y = offsets[b]; i < length; i++) {
    if (bytes[x + i] !== bytes[y + i]) return false;
  }
  return true;
}

function pickTexts({ bytes, offsets }: Texts, rows: Int32Array): Texts {
  const picked = new Int32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    picked[i + 1] = picked[i] + offsets[rows[i] + 1] - offsets[rows[i]];
  }
  const copy = new Uint8Array(picked[rows.length]);
  rows.forEach((row, i) => copy.set(bytes.subarray(offsets[row], offsets[row + 1]), picked[i]));
  return { form: "texts", bytes: copy, offsets: picked, count: rows.length };
}
