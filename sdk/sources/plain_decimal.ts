const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * Returns a number of JSON without its exponent: `3.7e-7` is `0.00000037`. It stays exact. Undefined when the
 * exponent is larger than `largestExponent`: no column holds such a number.
 */
export function plainDecimal(text: string, largestExponent: number): string | undefined {
  const match = NUMBER.exec(text);
  if (!match) return undefined;
  const [, sign, whole, fraction = "", exponent] = match;
  if (exponent === undefined) return text;
  const shift = Number(exponent);
  if (Math.abs(shift) > largestExponent) return undefined;
  const digits = whole + fraction;
  const point = whole.length + shift;
  const padded = point > 0 ? digits.padEnd(point, "0") : "0".repeat(1 - point) + digits;
  const at = Math.max(point, 1);
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  return sign + integer + (padded.length > at ? `.${padded.slice(at)}` : "");
}
