/**
 * The units of an axis of durations.
 *
 * @module
 */

/** A unit of time. */
export interface TimeUnit {
  /** Its name in the plural, capitalized. */
  readonly name: "Seconds" | "Minutes" | "Hours" | "Days";
  readonly ms: number;
}

const SECONDS: TimeUnit = { name: "Seconds", ms: 1000 };
const MINUTES: TimeUnit = { name: "Minutes", ms: 60_000 };
const HOURS: TimeUnit = { name: "Hours", ms: 3_600_000 };
const DAYS: TimeUnit = { name: "Days", ms: 86_400_000 };

/** Returns the unit of an axis that ends at `top_ms`. */
export function timeUnit(top_ms: number): TimeUnit {
  return [DAYS, HOURS, MINUTES].find(({ ms }) => top_ms >= 3 * ms) ?? SECONDS;
}

const STEPS = [1, 2, 5, 10, 15, 20, 30, 60];

/** Returns the milliseconds between two ticks of an axis that ends at `top_ms`: at most six ticks. */
export function tickStep(top_ms: number): number {
  const { ms } = timeUnit(top_ms);
  const units = top_ms / ms;
  const magnitude = 10 ** Math.max(0, Math.ceil(Math.log10(units / 250)));
  return STEPS.find((step) => units / (step * magnitude) < 5)! * magnitude * ms;
}
