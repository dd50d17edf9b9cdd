/**
 * Exact decimals: text to an unscaled whole number and back. `3.94` at scale 2 is `394n`.
 *
 * @module
 */

const DECIMAL = /^(-?)(\d+)(?:\.(\d*))?$/;

/**
 * Reads decimal text as an unscaled integer; undefined when it has more digits than the precision
 * and scale hold. Zeros at the end of the fraction are not digits lost.
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

/** Writes an unscaled integer as decimal text, with at least `minimum` fraction digits. */
export function formatDecimal(unscaled: bigint, scale: number, minimum: number): string {
  const sign = unscaled < 0n ? "-" : "";
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  let end = digits.length;
  while (end > point + minimum && digits[end - 1] === "0") end--;
  const whole = sign + digits.slice(0, point);
  return end === point ? whole : `${whole}.${digits.slice(point, end)}`;
}
