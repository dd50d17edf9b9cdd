/**
 * Exact arithmetic with decimals as text, which is how rows carry money. Results have the digits that
 * Postgres's `numeric` would have.
 *
 * ```ts
 * import { decimal } from "@totesys/sdk";
 *
 * decimal.multiply("3.94", 10); // "39.40"
 * decimal.sum(["0.10", "0.20"]); // "0.30"
 * ```
 *
 * @module
 */
import { formatDecimal, parseScaled, type ScaledInteger } from "../derive/decimal.ts";

/** An exact number: decimal text such as `"3.94"`, or a whole number. A float is refused. */
export type Exact = string | number | bigint;

/** Returns the sum of two numbers, with the fraction digits of the longer one. */
export function add(a: Exact, b: Exact): string {
  return sum([a, b]);
}

/** Returns `a` minus `b`, with the fraction digits of the longer one. */
export function subtract(a: Exact, b: Exact): string {
  const [left, right, scale] = aligned(scaled(a), scaled(b));
  return formatDecimal(left - right, scale, scale);
}

/** Returns the product, with the fraction digits of both together: `3.94` times `1.5` is `5.910`. */
export function multiply(a: Exact, b: Exact): string {
  const [left, right] = [scaled(a), scaled(b)];
  const scale = left.scale + right.scale;
  return formatDecimal(left.unscaled * right.unscaled, scale, scale);
}

/**
 * Returns `a` divided by `b`, rounded to the given number of fraction digits, half away from zero.
 *
 * @throws {RangeError} when `b` is zero.
 */
export function divide(a: Exact, b: Exact, places: number): string {
  const [left, right] = aligned(scaled(a), scaled(b));
  if (right === 0n) throw new RangeError(`cannot divide ${a} by zero`);
  return formatDecimal(quotient(left * tenTo(places), right), places, places);
}

/** Returns -1, 0 or 1, as `sort()` expects: `3.9` and `3.90` are equal. */
export function compare(a: Exact, b: Exact): -1 | 0 | 1 {
  const [left, right] = aligned(scaled(a), scaled(b));
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Returns the sum of numbers, with the most fraction digits of any of them; `"0"` for none. */
export function sum(values: Iterable<Exact>): string {
  let total: ScaledInteger = { unscaled: 0n, scale: 0 };
  for (const value of values) {
    const [left, right, scale] = aligned(total, scaled(value));
    total = { unscaled: left + right, scale };
  }
  return formatDecimal(total.unscaled, total.scale, total.scale);
}

/** Returns a number rounded to the given number of fraction digits (default 0), half away from zero. */
export function round(value: Exact, places = 0): string {
  const { unscaled, scale } = scaled(value);
  const rounded = places < scale
    ? quotient(unscaled, tenTo(scale - places))
    : unscaled * tenTo(places - scale);
  return formatDecimal(rounded, places, places);
}

/** Returns the closest float, for charts and statistics. Sums of floats are not exact. */
export function toNumber(value: Exact): number {
  scaled(value);
  return Number(value);
}

function scaled(value: Exact): ScaledInteger {
  if (typeof value === "bigint") return { unscaled: value, scale: 0 };
  if (typeof value === "number") {
    if (Number.isSafeInteger(value)) return { unscaled: BigInt(value), scale: 0 };
    throw new RangeError(`${value} is a float, which is not exact: pass text, such as "${value}"`);
  }
  const parsed = parseScaled(value);
  if (parsed) return parsed;
  throw new RangeError(`${JSON.stringify(value)} is not a decimal`);
}

/** Returns both numbers at the larger of their scales, and that scale. */
function aligned(a: ScaledInteger, b: ScaledInteger): [left: bigint, right: bigint, scale: number] {
  if (a.scale === b.scale) return [a.unscaled, b.unscaled, a.scale];
  const scale = Math.max(a.scale, b.scale);
  return [a.unscaled * tenTo(scale - a.scale), b.unscaled * tenTo(scale - b.scale), scale];
}

function tenTo(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/** Returns a quotient, rounded half away from zero. */
function quotient(dividend: bigint, divisor: bigint): bigint {
  const doubled = dividend * 2n / divisor;
  return (doubled + (doubled < 0n ? -1n : 1n)) / 2n;
}
