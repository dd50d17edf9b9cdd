import type { Lag } from "../../charts/lag.ts";
import type { LagPoint, RunSum } from "../../data/operations/operations.ts";

const INTERVAL_MS = 300_000;
const HOUR_MS = 3_600_000;
const HOURS = 168;

/** Returns the intervals that end at the points, from the first on whose lag is known. */
export function lagOfDay(points: readonly LagPoint[]): Lag[] {
  return fromFirstKnown(
    points.map(({ at, behind_ms }, i) => {
      const to = new Date(at);
      const from = i > 0 ? new Date(points[i - 1].at) : new Date(to.getTime() - INTERVAL_MS);
      return { from, to, behind_ms };
    }),
    HOUR_MS,
  );
}

/** Leaves out what was before the first load; keeps as much of it as a chart needs. */
function fromFirstKnown(intervals: readonly Lag[], least_ms: number): Lag[] {
  const end = intervals.at(-1)?.to.getTime() ?? 0;
  const known = intervals.findIndex(({ behind_ms }) => behind_ms !== null);
  if (known === -1) return [];
  return intervals.filter(({ from }, i) => i >= known || end - from.getTime() <= least_ms);
}

/** Returns the first hour of the last seven days. */
export function startOfWeek(now: Date): Date {
  return new Date((Math.floor(now.getTime() / HOUR_MS) - HOURS + 1) * HOUR_MS);
}

/**
 * Returns the last 168 hours, of which the last one ends now. An hour without a run is unknown: the
 * run after it says how far behind the warehouse was.
 */
export function lagOfWeek(sums: readonly RunSum[], behind_ms: number | null, now: Date): Lag[] {
  if (sums.length === 0) return [];
  const worst = new Map(
    sums.map(({ from, worst_behind_ms }) => [Date.parse(from), worst_behind_ms]),
  );
  const start = startOfWeek(now).getTime();
  return fromFirstKnown(
    Array.from({ length: HOURS }, (_, hour) => {
      const from = start + hour * HOUR_MS;
      const isLast = hour === HOURS - 1;
      const known = worst.get(from) ?? null;
      return {
        from: new Date(from),
        to: isLast ? now : new Date(from + HOUR_MS),
        behind_ms: isLast && behind_ms !== null ? Math.max(known ?? 0, behind_ms) : known,
      };
    }),
    24 * HOUR_MS,
  );
}
