/**
 * Decimals as binary COPY holds them: digits to the base of 10,000, aligned to the point, after their
 * number, the weight of the first one, the sign and the number of decimal places. Postgres removes zeros
 * at both ends.
 *
 * @see https://github.com/postgres/postgres/blob/REL_18_STABLE/src/backend/utils/adt/numeric.c (numeric_recv)
 *
 * @module
 */
import { fitsNumeric } from "../derive/decimal.ts";
import { DOT, MINUS, ZERO } from "./ascii.ts";
import { type Frame, writeNull } from "./type_codec.ts";
import type { Int64Column } from "./column.ts";
import type { DecimalSize } from "./decimal_bytes.ts";
import { type TextsColumn, textsOf } from "./texts.ts";

/** Bytes in front of the digits. */
const HEAD = 8;
const NEGATIVE = 0x4000;
const BASE = 10_000;
const WORD = 4_294_967_296;
/** The high word of 2^53, up to which doubles are exact. */
const SAFE_HIGH = 0x20_0000;

/** How many digits to the base of 10,000 a decimal has before and after the point. */
export interface Groups {
  /** Before the point. */
  readonly whole: number;
  /** After the point. */
  readonly fraction: number;
}

/** Returns the digits to the base of 10,000 that hold every decimal of a size. */
export function groupsOf({ precision, scale }: DecimalSize): Groups {
  return {
    whole: Math.ceil(Math.max(precision - scale, 0) / 4),
    fraction: Math.ceil(scale / 4),
  };
}

/** Writes unscaled integers, all of them with the same number of digits. */
export function writeUnscaled(
  { words, nulls }: Int64Column,
  from: number,
  to: number,
  frame: Frame,
  scale: number,
  { whole, fraction }: Groups,
): void {
  const { view, at } = frame;
  const count = whole + fraction;
  // The last group of the fraction can be short: 3.9 is 3 and 9000.
  const lastUnit = scale % 4 === 0 ? BASE : 10 ** (scale % 4);
  for (let row = from; row < to; row++) {
    if (nulls !== null && nulls[row] === 1) {
      writeNull(frame, row - from);
      continue;
    }
    let low = words[2 * row] >>> 0, high = words[2 * row + 1];
    const isNegative = high < 0;
    if (isNegative) {
      high = (low === 0 ? -high : ~high) >>> 0;
      low = -low >>> 0;
    }
    const start = at[row - from];
    view.setInt32(start, HEAD + 2 * count);
    view.setInt16(start + 4, count);
    view.setInt16(start + 6, whole - 1);
    view.setInt16(start + 8, isNegative ? NEGATIVE : 0);
    view.setInt16(start + 10, scale);
    let place = start + 4 + HEAD + 2 * count;
    at[row - from] = place;
    let unit = lastUnit;
    for (; high >= SAFE_HIGH; unit = BASE) {
      const highQuotient = Math.floor(high / unit);
      const rest = (high - highQuotient * unit) * WORD + low;
      high = highQuotient;
      low = Math.floor(rest / unit);
      view.setInt16(place -= 2, (rest - low * unit) * (BASE / unit));
    }
    let value = high * WORD + low;
    for (; value > 0; unit = BASE) {
      const quotient = Math.floor(value / unit);
      view.setInt16(place -= 2, (value - quotient * unit) * (BASE / unit));
      value = quotient;
    }
  }
}

/** Adds the bytes of each row's decimal, which is kept as text, as a field of binary COPY. */
export function addNumericSizes(
  column: TextsColumn,
  from: number,
  to: number,
  sizes: Int32Array,
): void {
  const { nulls } = column;
  const { bytes, offsets, codes } = textsOf(column);
  for (let row = from; row < to; row++) {
    if (nulls !== null && nulls[row] === 1) {
      sizes[row - from] += 4;
      continue;
    }
    const text = codes === null ? row : codes[row];
    const end = offsets[text + 1];
    const first = firstDigit(bytes, offsets[text], end);
    const dot = dotAt(bytes, first, end);
    sizes[row - from] += 4 + HEAD + 2 * (groupsIn(dot - first) + groupsIn(end - dot - 1));
  }
}

/** Writes decimals that are kept as text. @throws {RangeError} when Postgres cannot hold one. */
export function writeNumericTexts(
  column: TextsColumn,
  from: number,
  to: number,
  frame: Frame,
): void {
  const { nulls } = column;
  const { bytes, offsets, codes } = textsOf(column);
  for (let row = from; row < to; row++) {
    if (nulls !== null && nulls[row] === 1) {
      writeNull(frame, row - from);
      continue;
    }
    const text = codes === null ? row : codes[row];
    const start = frame.at[row - from];
    frame.at[row - from] = writeNumericText(bytes, offsets[text], offsets[text + 1], frame, start);
  }
}

function writeNumericText(
  bytes: Uint8Array,
  from: number,
  to: number,
  { view }: Frame,
  start: number,
): number {
  const first = firstDigit(bytes, from, to);
  const dot = dotAt(bytes, first, to);
  const whole = groupsIn(dot - first);
  const places = Math.max(to - dot - 1, 0);
  if (!fitsNumeric(dot - first, places)) {
    throw new RangeError(
      `a decimal with ${
        dot - first
      } digits before the point and ${places} after it is too large for Postgres`,
    );
  }
  const count = whole + groupsIn(places);
  view.setInt32(start, HEAD + 2 * count);
  view.setUint16(start + 4, count);
  view.setInt16(start + 6, whole - 1);
  view.setInt16(start + 8, bytes[from] === MINUS ? NEGATIVE : 0);
  view.setInt16(start + 10, places);
  let place = start + 4 + HEAD;
  let group = 0;
  // The first group can be short, so that the last one before the point is not.
  let missing = (dot - first + 3) % 4 + 1;
  for (let i = first; i < to; i++) {
    if (i === dot) {
      missing = 4;
      continue;
    }
    const digit = bytes[i] - ZERO;
    if (!(digit >= 0 && digit <= 9)) throw new RangeError("a decimal is not a finite number");
    group = group * 10 + digit;
    if (--missing > 0) continue;
    view.setInt16(place, group);
    place += 2;
    group = 0;
    missing = 4;
  }
  if (places % 4 === 0) return place;
  for (; missing > 0; missing--) group *= 10;
  view.setInt16(place, group);
  return place + 2;
}

function groupsIn(digits: number): number {
  return digits > 0 ? Math.ceil(digits / 4) : 0;
}

/** Returns the place of the first digit that is not a zero in front, or of the point. */
function firstDigit(bytes: Uint8Array, from: number, to: number): number {
  let at = bytes[from] === MINUS ? from + 1 : from;
  while (at < to && bytes[at] === ZERO) at++;
  return at;
}

/** Returns the place of the point, or the end. */
function dotAt(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== DOT) at++;
  return at;
}
