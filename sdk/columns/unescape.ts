/**
 * Copies text out of a JSON string or a field of COPY text, without its escapes.
 *
 * @module
 */
import { BACKSLASH, QUOTE, SLASH } from "./ascii.ts";

/** What the letter after a backslash stands for, in JSON and in COPY text alike; 0: not known. */
const ESCAPES = new Uint8Array(256);
for (const character of [QUOTE, SLASH, BACKSLASH]) ESCAPES[character] = character;
[..."bfnrt"].forEach((letter, i) => ESCAPES[letter.charCodeAt(0)] = "\b\f\n\r\t".charCodeAt(i));
const LETTER_U = "u".charCodeAt(0);

/** From this length on, a text is checked by words and copied as a block. */
const LONG = 128;

const UNKNOWN_TEXT = -1;

/**
 * Copies the text between two places to `out`, without its escapes. `out` has room for as many bytes.
 * Returns the place after the copy, or -1 when the text is not UTF-8, or has a control character, a NUL, a
 * lone surrogate or an unknown escape.
 */
export function copyText(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): number {
  const plain = plainEnd(bytes, from, to);
  if (plain - from >= LONG) {
    out.set(bytes.subarray(from, plain), at);
    at += plain - from;
  } else for (let i = from; i < plain; i++) out[at++] = bytes[i];
  return plain === to ? at : copyAnyText(bytes, plain, to, out, at);
}

/** Returns the place of the first byte that is not ASCII, is a control character or a backslash. */
function plainEnd(bytes: Uint8Array, from: number, to: number): number {
  let i = to - from < LONG ? from : plainWordsEnd(bytes, from, to);
  for (; i < to; i++) {
    const byte = bytes[i];
    if (byte < 32 || byte > 127 || byte === BACKSLASH) break;
  }
  return i;
}

/** Returns a place before which all bytes are plain, checked four at a time: it is often the end. */
function plainWordsEnd(bytes: Uint8Array, from: number, to: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let i = from;
  for (; i + 4 <= to; i += 4) {
    const word = view.getInt32(i);
    // The top bit of a byte is set where it is not ASCII, less than 32, or equal to a backslash. The
    // functions of words.ts, which also tell which byte it is, take a fifth longer.
    const controls = word - 0x2020_2020;
    const backslashes = (word ^ 0x5c5c_5c5c) - 0x0101_0101;
    if (((word | controls | backslashes) & 0x8080_8080) !== 0) break;
  }
  return i;
}

function copyAnyText(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
): number {
  for (let i = from; i < to;) {
    const byte = bytes[i];
    if (byte === BACKSLASH) {
      const letter = i + 1 < to ? bytes[i + 1] : 0;
      if (letter !== LETTER_U) {
        if (ESCAPES[letter] === 0) return UNKNOWN_TEXT;
        out[at++] = ESCAPES[letter];
        i += 2;
        continue;
      }
      let code = codeUnit(bytes, i, to);
      i += 6;
      if (code >= 0xd800 && code <= 0xdbff) {
        const low = codeUnit(bytes, i, to);
        if (low < 0xdc00 || low > 0xdfff) return UNKNOWN_TEXT;
        code = 0x10000 + (code - 0xd800) * 1024 + (low - 0xdc00);
        i += 6;
      } else if (code <= 0 || (code >= 0xdc00 && code <= 0xdfff)) return UNKNOWN_TEXT;
      at = writeCodePoint(code, out, at);
    } else if (byte < 32) {
      return UNKNOWN_TEXT;
    } else if (byte < 128) {
      out[at++] = byte;
      i++;
    } else {
      const length = sequenceLength(bytes, i, to);
      if (length === 0) return UNKNOWN_TEXT;
      for (const end = i + length; i < end; i++) out[at++] = bytes[i];
    }
  }
  return at;
}

/** Returns the number in an escape such as `\u00e9`, or -1 when it is none. */
function codeUnit(bytes: Uint8Array, at: number, to: number): number {
  if (at + 6 > to || bytes[at] !== BACKSLASH || bytes[at + 1] !== LETTER_U) return -1;
  let code = 0;
  for (let i = at + 2; i < at + 6; i++) {
    const byte = bytes[i];
    const lower = byte | 32;
    if (byte >= 48 && byte <= 57) code = code * 16 + byte - 48;
    else if (lower >= 97 && lower <= 102) code = code * 16 + lower - 87;
    else return -1;
  }
  return code;
}

function writeCodePoint(code: number, out: Uint8Array, at: number): number {
  if (code < 0x80) {
    out[at++] = code;
    return at;
  }
  if (code < 0x800) {
    out[at++] = 0xc0 | code >> 6;
  } else {
    if (code < 0x10000) {
      out[at++] = 0xe0 | code >> 12;
    } else {
      out[at++] = 0xf0 | code >> 18;
      out[at++] = 0x80 | code >> 12 & 63;
    }
    out[at++] = 0x80 | code >> 6 & 63;
  }
  out[at++] = 0x80 | code & 63;
  return at;
}

/**
 * Returns the length of the UTF-8 sequence of several bytes at a place, or 0 when it is none.
 *
 * @see https://www.unicode.org/versions/Unicode16.0.0/core-spec/chapter-3/#G27506
 */
function sequenceLength(bytes: Uint8Array, at: number, to: number): number {
  const first = bytes[at];
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (at + length > to) return 0;
  for (let i = at + 1; i < at + length; i++) if ((bytes[i] & 0xc0) !== 0x80) return 0;
  const second = bytes[at + 1];
  const isShortest = (first !== 0xe0 || second >= 0xa0) && (first !== 0xf0 || second >= 0x90);
  const isCharacter = (first !== 0xed || second < 0xa0) && (first !== 0xf4 || second < 0x90);
  return isShortest && isCharacter ? length : 0;
}
