/**
 * Sentences about numbers: what the titles of the business page are made of.
 *
 * @module
 */
import { change } from "../../layout/format.ts";

/** Smaller changes are none, in a sentence and in a table. */
const STILL = 0.005;
const NONE = 0.0005;

/** Returns the change from one amount to another, as a share of the first; null without a first one. */
export function ratioOf(now: number, before: number): number | null {
  return before > 0 ? now / before - 1 : null;
}

/** Returns how an amount has moved: `rose 3.4 % to £193m`, `held still at £193m`, `was £3m, ×14`. */
export function moved(now: number, before: number, short: (amount: number) => string): string {
  const ratio = ratioOf(now, before);
  if (ratio === null) return now > 0 ? `was ${short(now)}, after none` : "was none";
  if (now === 0) return `fell to none from ${short(before)}`;
  if (Math.abs(ratio) < STILL) return `held still at ${short(now)}`;
  if (ratio >= 1) return `was ${short(now)}, ${change(ratio)}`;
  return `${ratio > 0 ? "rose" : "fell"} ${change(ratio).slice(1)} to ${short(now)}`;
}

/** Returns a change in a table: `+19 %`, `×2.2`, `new`. */
export function changeText(now: number, before: number): string {
  const ratio = ratioOf(now, before);
  if (ratio === null) return now > 0 ? "new" : "";
  return isNone(ratio) ? "0" : change(ratio);
}

/** Returns whether a change is too small to show. */
export function isNone(ratio: number): boolean {
  return Math.abs(ratio) < NONE;
}

/** Returns names as a list: `a`, `a and b`, `a, b and c`. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
