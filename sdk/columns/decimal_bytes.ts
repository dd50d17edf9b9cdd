/**
 * Decimals in text, as {@link ../derive/decimal.ts} parses them, but read byte by byte.
 *
 * @module
 */
import { fitsNumeric } from "../derive/decimal.ts";
import { DOT, MINUS, ZERO } from "./ascii.ts";
import { negate, setProduct, setSafe } from "./int64.ts";

/** Total number of digits, and those after the point. */
export interface DecimalSize {
  /** Total number of digits. */
  readonly precision: number;
  /** Digits after the point. */
  readonly scale: number;
}

/** So many digits are a whole number that a double holds exactly. */
const SAFE_DIGITS = 15;
const POWERS = Array.from({ length: SAFE_DIGITS + 1 }, (_, exponent) => 10 ** exponent);

/**
 * Stores the decimal at a place as an unscaled integer. Returns false when it is not a decimal, or has
 * more digits than `size` holds; trailing zeros of the fraction do not count.
 */
export function readUnscaled(
  bytes: Uint8Array,
  from: number,
  to: number,
  words: Int32Array,
  row: number,
  size: DecimalSize,
): boolean {
  const first = bytes[from] === MINUS ? from + 1 : from;
  let dot = to;
  let value = 0;
  for (let i = first; i < to; i++) {
    const digit = bytes[i] - ZERO;
    if (digit >= 0 && digit <= 9) value = value * 10 + digit;
    else if (bytes[i] === DOT && dot === to) dot = i;
    else return false;
  }
  if (dot === first || dot === to - 1) return false;
  const { precision, scale } = size;
  const missing = dot === to ? scale : scale - (to - dot - 1);
  if (missing < 0 || dot - first + scale > SAFE_DIGITS) {
    if (!readWide(bytes, first, dot, to, words, row, size)) return false;
    if (first > from) negate(words, row);
    return true;
  }
  value *= POWERS[missing];
  if (precision < SAFE_DIGITS && value >= POWERS[precision]) return false;
  setSafe(words, row, first > from ? -value : value);
  return true;
}

/** Stores up to 18 digits in two halves. Zeros in front, and those beyond the scale, do not count. */
function readWide(
  bytes: Uint8Array,
  first: number,
  dot: number,
  to: number,
  words: Int32Array,
  row: number,
  { precision, scale }: DecimalSize,
): boolean {
  let digits = 0, high = 0, low = 0, factor = 1;
  for (let i = first; i <= dot + scale; i++) {
    if (i === dot) continue;
    const digit = i < to ? bytes[i] - ZERO : 0;
    if (digits === 0 && digit === 0) continue;
    if (++digits > precision) return false;
    if (digits <= 9) high = high * 10 + digit;
    else {
      low = low * 10 + digit;
      factor *= 10;
    }
  }
  for (let i = dot + scale + 1; i < to; i++) if (bytes[i] !== ZERO) return false;
  setProduct(words, row, high, factor, low);
  return true;
}

/**
 * Copies the decimal at a place to `out`. Returns the place after the copy, or -1 when it is not a
 * decimal that Postgres can hold; with a size, also when it is not spelled with exactly `size.scale`
 * fraction digits, or does not fit.
 */
export function copyDecimal(
  bytes: Uint8Array,
  from: number,
  to: number,
  out: Uint8Array,
  at: number,
  size: DecimalSize | undefined,
): number {
  const first = bytes[from] === MINUS ? from + 1 : from;
  let dot = to;
  let isZero = true;
  for (let i = from; i < to; i++) {
    const byte = bytes[i];
    const digit = byte - ZERO;
    if (digit > 0 && digit <= 9) isZero = false;
    else if (digit === 0 || i < first) { /* a zero, or the sign */ }
    else if (byte === DOT && dot === to) dot = i;
    else return -1;
    out[at++] = byte;
  }
  if (dot === first || dot === to - 1) return -1;
  const places = dot === to ? 0 : to - dot - 1;
  if (size === undefined) return fitsNumeric(dot - first, places) ? at : -1;
  const whole = bytes[first] === ZERO ? 0 : dot - first;
  const hasOneSpelling = places === size.scale && (whole > 0 || dot - first === 1) &&
    !(isZero && first > from);
  return hasOneSpelling && whole + size.scale <= size.precision ? at : -1;
}
