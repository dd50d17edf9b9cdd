/**
 * From the escapes of COPY text to those of JSON.
 *
 * @see https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 * @module
 */
const [QUOTE, ZERO, BACKSLASH, U] = ['"', "0", "\\", "u"].map(codeOf);
const HEX = [..."0123456789abcdef"].map(codeOf);

/** For each byte that JSON escapes: the letter after the backslash; 0 for all others. */
const LETTERS = new Uint8Array(256).fill(U, 0, 32);
for (const text of '"\\') LETTERS[codeOf(text)] = codeOf(text);
for (const [letter, text] of ["b\b", "t\t", "n\n", "f\f", "r\r"]) {
  LETTERS[codeOf(text)] = codeOf(letter);
}

/** What the byte after a backslash means in COPY text: by default itself. */
const MEANINGS = Uint8Array.from({ length: 256 }, (_, byte) => byte);
for (const [letter, text] of ["b\b", "t\t", "n\n", "f\f", "r\r", "v\v"]) {
  MEANINGS[codeOf(letter)] = codeOf(text);
}

/** The letters of escapes of one letter. */
const SHORT = new Set([...'"\\btnfr'].map(codeOf));

/** A byte of COPY text becomes at most so many bytes of a JSON string. */
export const EXPANSION = 6;

/** Writes a field of COPY text as a JSON string to `out`, and returns where it ends. */
export function writeJsonString(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  out[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    let byte = bytes[i];
    if (LETTERS[byte] !== 0) {
      if (byte === BACKSLASH && i + 1 < end) byte = MEANINGS[bytes[++i]];
      const letter = LETTERS[byte];
      if (letter === U) {
        at = writeUnicode(byte, out, at);
        continue;
      }
      if (letter !== 0) {
        out[at++] = BACKSLASH;
        byte = letter;
      }
    }
    out[at++] = byte;
  }
  out[at++] = QUOTE;
  return at;
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
    const length = escapeLength(bytes, i);
    if (length === 0) return -1;
    i += length;
  }
}

/** Returns the bytes of an escape as it is written here; 0 when it is another. */
function escapeLength(bytes: Uint8Array, i: number): number {
  const letter = bytes[i + 1];
  if (letter !== U) return SHORT.has(letter) ? 2 : 0;
  const [zero, otherZero, high, low] = bytes.subarray(i + 2, i + EXPANSION);
  const isControl = zero === ZERO && otherZero === ZERO && HEX.indexOf(high) < 2;
  return isControl && HEX.includes(high) && HEX.includes(low) ? EXPANSION : 0;
}

function writeUnicode(byte: number, out: Uint8Array, at: number): number {
  out[at] = BACKSLASH;
  out[at + 1] = U;
  out[at + 2] = out[at + 3] = ZERO;
  out[at + 4] = HEX[byte >> 4];
  out[at + 5] = HEX[byte & 15];
  return at + EXPANSION;
}

/** Returns how many bytes a field of COPY text takes as a JSON string. */
export function jsonStringLength(bytes: Uint8Array, start: number, end: number): number {
  let length = 2;
  for (let i = start; i < end; i++) {
    let byte = bytes[i];
    if (byte === BACKSLASH && i + 1 < end) byte = MEANINGS[bytes[++i]];
    const letter = LETTERS[byte];
    length += letter === 0 ? 1 : letter === U ? EXPANSION : 2;
  }
  return length;
}

function codeOf(character: string): number {
  return character.charCodeAt(0);
}
