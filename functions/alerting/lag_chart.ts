/**
 * How far the warehouse was behind its source in the last 24 hours: a bar for each hour, and the finding in
 * words. Nothing here does I/O.
 *
 * @module
 */
import { elapsed } from "../format.ts";

/** How far the warehouse was behind, at worst, up to a time. */
export interface LagPoint {
  /** The end of the interval (RFC 3339, UTC). */
  readonly at: string;
  /** Null when it was unknown. */
  readonly behind_ms: number | null;
}

/** A chart of 24 hours. */
export interface LagChart {
  /** The finding. */
  readonly title: string;
  /** What is shown, and the numbers that matter. */
  readonly caption: string;
  /** The hours, the last one until now. */
  readonly hours: readonly LagHour[];
  /** Milliseconds allowed. */
  readonly objective_ms: number;
}

/** A bar of the chart. */
export interface LagHour {
  /** Its begin: `14:00`. */
  readonly from: string;
  /** The worst; null when it was unknown. */
  readonly behind_ms: number | null;
}

/** A point whose lag is known. */
type Known = LagPoint & { readonly behind_ms: number };

const HOURS = 24;
const HOUR_MS = 3_600_000;

/** Returns the chart of these points, the oldest first; null when there is nothing to show. */
export function lagChart(points: readonly LagPoint[], objective_ms: number): LagChart | null {
  const known = points.filter((point): point is Known => point.behind_ms !== null);
  if (known.length === 0) return null;
  return {
    title: titleOf(known, objective_ms),
    caption: captionOf(known, objective_ms),
    hours: hoursOf(points),
    objective_ms,
  };
}

function titleOf(known: readonly Known[], objective_ms: number): string {
  const late = known.map(({ behind_ms }) => behind_ms > objective_ms);
  const times = late.filter((isLate, place) => isLate && !late[place - 1]).length;
  if (times === 0) return "Within the objective in the last 24 hours";
  if (!late.at(-1)) return "Within the objective again";
  if (late.every(Boolean)) return "Over the objective for the last 24 hours";
  return times === 1
    ? "Over the objective for the first time in 24 hours"
    : `Over the objective ${times === 2 ? "twice" : `${times} times`} in 24 hours`;
}

function captionOf(known: readonly Known[], objective_ms: number): string {
  const worst = known.reduce((a, b) => b.behind_ms >= a.behind_ms ? b : a);
  const now = known.at(-1)!;
  const numbers = worst === now
    ? `Now at its worst: ${elapsed(now.behind_ms)}`
    : `At worst ${elapsed(worst.behind_ms)}, at ${worst.at.slice(11, 16)}; now ${
      elapsed(now.behind_ms)
    }`;
  return `Time behind the source, worst of each hour, UTC. ${numbers}. ` +
    `The objective is ${elapsed(objective_ms)}.`;
}

/** The end of an interval belongs to the hour that it ends. */
function hoursOf(points: readonly LagPoint[]): LagHour[] {
  const hourOf = (at: string) => Math.ceil(Date.parse(at) / HOUR_MS) - 1;
  const last = hourOf(points.at(-1)!.at);
  return Array.from({ length: HOURS }, (_, place) => {
    const hour = last - HOURS + 1 + place;
    const known = points.flatMap(({ at, behind_ms }) =>
      hourOf(at) === hour && behind_ms !== null ? [behind_ms] : []
    );
    const from = new Date(hour * HOUR_MS).toISOString().slice(11, 16);
    return { from, behind_ms: known.length === 0 ? null : Math.max(...known) };
  });
}
