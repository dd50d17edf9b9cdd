/**
 * Converts exact decimals between text and unscaled whole numbers: `3.94` at scale 2 is `394n`.
 *
 * @module
 */

const DECIMAL = /^(-?)(\d+)(?:\.(\d*))?$/;
/** The most digits of a decimal in Postgres, before the point and after it. */
const MAX_WHOLE = 131_072, MAX_PLACES = 16_383;

/** Returns whether Postgres can hold a decimal with so many digits before the point and after it. */
export function fitsNumeric(whole: number, places: number): boolean {
  return whole <= MAX_WHOLE && places <= MAX_PLACES;
}

/**
 * Parses decimal text as an unscaled integer. Returns undefined when it has more digits than
 * precision and scale hold; trailing zeros of the fraction do not count.
 */
export function parseDecimal(
  text: string,
  { precision, scale }: { readonly precision: number; readonly scale: number },
): bigint | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  let fraction = match[3] ?? "";
  if (fraction.length > scale) {
    if (/[1-9]/.test(fraction.slice(scale))) return undefined;
    fraction = fraction.slice(0, scale);
  }
  const digits = (match[2] + fraction.padEnd(scale, "0")).replace(/^0+(?=\d)/, "");
  if (digits.length > precision) return undefined;
  return BigInt(match[1] + digits);
}

/** A decimal as a whole number and the digits after its point: `3.94` is 394 at scale 2. */
export interface ScaledInteger {
  readonly unscaled: bigint;
  readonly scale: number;
}

/** Parses decimal text of any size. Keeps every digit. Returns undefined when it is not a decimal. */
export function parseScaled(text: string): ScaledInteger | undefined {
  const match = DECIMAL.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction = ""] = match;
  return { unscaled: BigInt(sign + whole + fraction), scale: fraction.length };
}

/** Formats an unscaled integer as decimal text with at least `minimum` fraction digits. */
export function formatDecimal(unscaled: bigint, scale: number, minimum: number): string {
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  let end = digits.length;
  while (end > point + minimum && digits[end - 1] === "0") end--;
  const whole = sign + digits.slice(0, point);
  return end === point ? whole : `${whole}.${digits.slice(point, end)}`;
}
