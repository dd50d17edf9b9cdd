/**
 * Sentences about numbers: what the titles of the business page are made of. A sum that leaves out orders
 * without an exchange rate is called what it is, and no change is claimed from it.
 *
 * @module
 */
import { change, listed, plural } from "../../layout/format.ts";

/** A number of the period and of the one before. */
export interface Pair {
  readonly now: number;
  readonly before: number;
  /** The orders that are not in `now`. */
  readonly missing: number;
  /** The orders that are not in `before`. */
  readonly missingBefore: number;
}

/** Smaller changes are none, in a sentence and in a table. */
const STILL = 0.005;
const NONE = 0.0005;

/** Returns the change, as a share of the number before; null if that is none, or if one is incomplete. */
export function ratioOf({ now, before, missing, missingBefore }: Pair): number | null {
  return before > 0 && missing === 0 && missingBefore === 0 ? now / before - 1 : null;
}

/** Returns how an amount has moved: `rose 3.4 % to £193m`, `stayed at £193m`, `was £3m, ×14`. */
export function moved(pair: Pair, short: (amount: number) => string): string {
  const { now, before, missing, missingBefore } = pair;
  if (missing > 0) return `was at least ${short(now)}`;
  if (missingBefore > 0) return `was ${short(now)}`;
  const ratio = ratioOf(pair);
  if (ratio === null) return `was ${short(now)}, up from zero`;
  if (now === 0) return `fell to zero from ${short(before)}`;
  if (Math.abs(ratio) < STILL) return `stayed at ${short(now)}`;
  if (ratio >= 1) return `was ${short(now)}, ${change(ratio)}`;
  return `${ratio > 0 ? "rose" : "fell"} ${change(ratio).slice(1)} to ${short(now)}`;
}

/** Returns a change in a table: `+19 %`, `×2.2`, `new`, or nothing if it is not known. */
export function changeText(pair: Pair): string {
  if (pair.missing > 0 || pair.missingBefore > 0) return "";
  const ratio = ratioOf(pair);
  if (ratio === null) return pair.now > 0 ? "new" : "";
  return isNone(ratio) ? "0" : change(ratio);
}

/** Returns whether a change is too small to show. */
export function isNone(ratio: number): boolean {
  return Math.abs(ratio) < NONE;
}

/** Returns what is not in an amount: `Not included: 3 orders without an exchange rate to GBP.` */
export function gapText(
  { missing, missingBefore }: Pick<Pair, "missing" | "missingBefore">,
  noun: string,
  before: string,
  code: string,
): string | null {
  const parts = [
    ...missing > 0 ? [plural(missing, noun)] : [],
    ...missingBefore > 0 ? [`${plural(missingBefore, noun)} of ${before}`] : [],
  ];
  if (parts.length === 0) return null;
  return `Not included: ${listed(parts, Infinity)} without an exchange rate to ${code}.`;
}
