/**
 * From the escapes of COPY text to those of JSON.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 * @module
 */
import { BACKSLASH, QUOTE, SPACE, ZERO } from "./ascii.ts";
import { markControl, markEqual, marksIn, WORD_BYTES, wordAt } from "./words.ts";

const LETTER_U = 117;
const HEX = [..."0123456789abcdef"].map(codeOf);
const QUOTES = 0x22222222, BACKSLASHES = 0x5c5c5c5c;

/** For each byte that JSON escapes: the letter after the backslash; 0 for all others. */
const LETTERS = new Uint8Array(256).fill(LETTER_U, 0, SPACE);
for (const text of '"\\') LETTERS[codeOf(text)] = codeOf(text);
for (const [letter, text] of ["b\b", "t\t", "n\n", "f\f", "r\r"]) {
  LETTERS[codeOf(text)] = codeOf(letter);
}

/** What the byte after a backslash means in COPY text: by default itself. */
const MEANINGS = Uint8Array.from({ length: 256 }, (_, byte) => byte);
for (const [letter, text] of ["b\b", "t\t", "n\n", "f\f", "r\r", "v\v"]) {
  MEANINGS[codeOf(letter)] = codeOf(text);
}

/** 1 for each letter that is an escape with its backslash. */
const SHORT = new Uint8Array(256);
for (const letter of '"\\btnfr') SHORT[codeOf(letter)] = 1;

/** A byte of COPY text becomes at most so many bytes of a JSON string. */
export const EXPANSION = 6;

/** Marks the bytes that are not the same in a JSON string. */
function escapedMarks(word: number): number {
  return marksIn(markControl(word) | markEqual(word, QUOTES) | markEqual(word, BACKSLASHES));
}

/** Writes a field of COPY text as a JSON string to `out`, and returns where it ends. */
export function writeJsonString(
  bytes: DataView,
  start: number,
  end: number,
  out: DataView,
  at: number,
): number {
  out.setUint8(at++, QUOTE);
  let i = copyPlain(bytes, start, end, out, at);
  at += i - start;
  while (i < end) {
    let byte = bytes.getUint8(i++);
    if (byte === BACKSLASH && i < end) byte = MEANINGS[bytes.getUint8(i++)];
    at = writeCharacter(byte, out, at);
    const next = copyPlain(bytes, i, end, out, at);
    at += next - i;
    i = next;
  }
  out.setUint8(at, QUOTE);
  return at + 1;
}

/** Copies the bytes that are the same in a JSON string. Returns the place of the first other one. */
function copyPlain(bytes: DataView, i: number, end: number, out: DataView, at: number): number {
  for (const last = end - WORD_BYTES; i <= last; i += WORD_BYTES, at += WORD_BYTES) {
    const word = wordAt(bytes, i);
    if (escapedMarks(word) !== 0) break;
    out.setInt32(at, word, true);
  }
  for (; i < end; i++, at++) {
    const byte = bytes.getUint8(i);
    if (byte < SPACE || byte === QUOTE || byte === BACKSLASH) break;
    out.setUint8(at, byte);
  }
  return i;
}

/** Writes a byte of text, escaped if JSON escapes it. */
function writeCharacter(byte: number, out: DataView, at: number): number {
  const letter = LETTERS[byte];
  if (letter === LETTER_U) return writeUnicode(byte, out, at);
  if (letter !== 0) out.setUint8(at++, BACKSLASH);
  out.setUint8(at, letter || byte);
  return at + 1;
}

function writeUnicode(byte: number, out: DataView, at: number): number {
  for (const code of [BACKSLASH, LETTER_U, ZERO, ZERO, HEX[byte >> 4], HEX[byte & 15]]) {
    out.setUint8(at++, code);
  }
  return at;
}

/** Returns how many bytes a field of COPY text takes as a JSON string. */
export function jsonStringLength(bytes: DataView, start: number, end: number): number {
  let length = 2;
  for (let i = start; i < end;) {
    let byte = bytes.getUint8(i++);
    if (byte === BACKSLASH && i < end) byte = MEANINGS[bytes.getUint8(i++)];
    const letter = LETTERS[byte];
    length += letter === 0 ? 1 : letter === LETTER_U ? EXPANSION : 2;
  }
  return length;
}

/**
 * Returns the end of a JSON string that starts at `i`, after the opening quote: the place of the
 * closing one. Returns -1 when {@linkcode writeJsonString} does not write such a string.
 */
export function endOfJsonString(bytes: Uint8Array, i: number): number {
  for (;;) {
    while (LETTERS[bytes[i]] === 0) i++;
    if (bytes[i] === QUOTE) return i;
    if (bytes[i] !== BACKSLASH) return -1;
    if (SHORT[bytes[i + 1]] === 1) i += 2;
    else if (isUnicode(bytes.subarray(i, i + EXPANSION))) i += EXPANSION;
    else return -1;
  }
}

/** Returns whether this is an escape as {@linkcode writeUnicode} writes it. */
function isUnicode([, letter, zero, otherZero, high, low]: Uint8Array): boolean {
  return letter === LETTER_U && zero === ZERO && otherZero === ZERO &&
    HEX.slice(0, 2).includes(high) && HEX.includes(low);
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
