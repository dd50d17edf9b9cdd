const NUMBER = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/;
/** Larger exponents stay as they are: no column holds such a number. */
const LARGEST_EXPONENT = 100;

/** Returns a number of JSON without its exponent: `3.7e-7` is `0.00000037`. It stays exact. */
export function plainDecimal(source: string): string {
  const match = NUMBER.exec(source);
  if (!match) return source;
  const [, sign, whole, fraction = "", exponent] = match;
  const shift = Number(exponent);
  if (Math.abs(shift) > LARGEST_EXPONENT) return source;
  const digits = whole + fraction;
  const point = whole.length + shift;
  const padded = point > 0 ? digits.padEnd(point, "0") : "0".repeat(1 - point) + digits;
  const at = Math.max(point, 1);
  const integer = padded.slice(0, at).replace(/^0+(?=\d)/, "");
  return sign + integer + (padded.length > at ? `.${padded.slice(at)}` : "");
}
