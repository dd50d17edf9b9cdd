/**
 * How far the warehouse was behind over time, next to the objective.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { age, clock, day } from "../layout/format.ts";
import { AXIS, drawBoth, drawPlot, GRID, hits } from "./plot.ts";
import { tickStep, timeUnit } from "./time_unit.ts";

/** How far the warehouse was behind, at worst, in an interval. */
export interface Lag {
  readonly from: Date;
  readonly to: Date;
  /** Null when unknown. */
  readonly behind_ms: number | null;
}

/** What {@linkcode drawLag} draws. */
export interface LagChart {
  /** Intervals that follow one another. */
  readonly intervals: readonly Lag[];
  readonly objective_ms: number;
  /** What the chart shows, in a sentence. */
  readonly label: string;
  /** The height of the wide form, in pixels. */
  readonly height: number;
  /** Names an interval in the chart. */
  readonly note?: { readonly interval: Lag; readonly text: string };
}

/** A point of the line. */
interface Point {
  readonly at: Date;
  readonly behind_ms: number | null;
}

const HOUR_MS = 3_600_000;

/** Returns where the axis of the chart ends, in milliseconds. */
export function lagTop(intervals: readonly Lag[], objective_ms: number): number {
  const worst = Math.max(...intervals.map(({ behind_ms }) => behind_ms ?? 0));
  return Math.max(objective_ms * 1.18, worst * 1.1);
}

/** Draws the chart. */
export function drawLag(chart: LagChart): string {
  const { intervals, objective_ms, label, height, note } = chart;
  const [first, last] = [intervals[0].from, intervals.at(-1)!.to];
  const top = lagTop(intervals, objective_ms);
  const ticks = ticksUpTo(top);
  const days = last.getTime() - first.getTime() > 48 * HOUR_MS;
  const line = thin(
    [{ at: first, behind_ms: intervals[0].behind_ms }, ...intervals.map(pointOf)],
    top,
  );
  return drawBoth((kind) =>
    drawPlot(kind, label, {
      width: kind === "wide" ? 656 : 340,
      height: kind === "wide" ? height : 200,
      marginTop: 10,
      marginRight: 8,
      marginBottom: 24,
      marginLeft: 28,
      x: { type: "utc", domain: [first, last] },
      y: { domain: [0, top] },
      marks: [
        Plot.gridY(ticks, GRID),
        Plot.axisY(ticks, { ...AXIS, tickFormat: (ms: number) => String(ms / timeUnit(top).ms) }),
        Plot.axisX({
          ...AXIS,
          ticks: days ? "day" : kind === "wide" ? 8 : 4,
          tickFormat: days ? day : clock,
        }),
        ...lineAndArea(line, "var(--accent)", "var(--area)"),
        ...lateParts(line, objective_ms).flatMap((part) =>
          lineAndArea(part, "var(--bad)", "var(--bad-wash)")
        ),
        Plot.ruleY([objective_ms], { stroke: "var(--ink-2)", strokeDasharray: "5 3" }),
        Plot.text([objective_ms], {
          x: () => first,
          y: (ms: number) => ms,
          text: (ms: number) => `objective ${age(ms)}`,
          textAnchor: "start",
          dy: -8,
          fill: "var(--ink-2)",
        }),
        ...note ? [noteText(note, chart)] : [],
        hits(similar(intervals, top / 50, days ? 6 * HOUR_MS : HOUR_MS), {
          x1: ({ from }) => from,
          x2: ({ to }) => to,
          y2: top,
          title: (range) => describeRange(range, days),
        }),
      ],
    })
  );
}

function pointOf({ to, behind_ms }: Lag): Point {
  return { at: to, behind_ms };
}

/** The line and the area under it. It breaks where the lag is unknown. */
function lineAndArea(points: readonly Point[], stroke: string, fill: string): Plot.Markish[] {
  const data = [...points];
  return [
    Plot.areaY(data, { x: "at", y1: 0, y2: "behind_ms", fill }),
    Plot.lineY(data, { x: "at", y: "behind_ms", stroke, strokeWidth: 1.75 }),
  ];
}

/** Leaves out points between two neighbours of the same height: half of a pixel cannot be seen. */
function thin(points: readonly Point[], top: number): Point[] {
  const isLike = (a: Point, b?: Point) =>
    b !== undefined && a.behind_ms !== null && b.behind_ms !== null &&
    Math.abs(a.behind_ms - b.behind_ms) < top / 600;
  return points.filter((point, i) =>
    !isLike(point, points[i - 1]) || !isLike(point, points[i + 1])
  );
}

/** Cuts out the parts of the line that are over the objective. */
function lateParts(points: readonly Point[], objective_ms: number): Point[][] {
  const parts: Point[][] = [];
  let isOpen = false;
  points.forEach((point, i) => {
    const isLate = (point.behind_ms ?? 0) > objective_ms;
    if (isLate && !isOpen) parts.push(crossing(points[i - 1], point, objective_ms));
    if (isLate) parts.at(-1)!.push(point);
    else if (isOpen) parts.at(-1)!.push(...crossing(points[i - 1], point, objective_ms));
    isOpen = isLate;
  });
  return parts;
}

/** Returns where the line between two points crosses the objective, if both are known. */
function crossing(a: Point | undefined, b: Point, objective_ms: number): Point[] {
  if (a === undefined || a.behind_ms === null || b.behind_ms === null) return [];
  const share = (objective_ms - a.behind_ms) / (b.behind_ms - a.behind_ms);
  const at = new Date(a.at.getTime() + share * (b.at.getTime() - a.at.getTime()));
  return [{ at, behind_ms: objective_ms }];
}

/** The text stands above its interval, and does not leave the chart. */
function noteText({ interval, text }: NonNullable<LagChart["note"]>, chart: LagChart) {
  const { intervals, objective_ms } = chart;
  const [first, last] = [intervals[0].from.getTime(), intervals.at(-1)!.to.getTime()];
  const place = (interval.to.getTime() - first) / (last - first);
  const isLate = (interval.behind_ms ?? 0) > objective_ms;
  return Plot.text([interval], {
    x: "to",
    y: "behind_ms",
    text: () => text,
    dy: -9,
    textAnchor: place > 0.75 ? "end" : place < 0.25 ? "start" : "middle",
    fill: isLate ? "var(--bad)" : "var(--ink)",
    stroke: "var(--surface)",
    strokeWidth: 3,
    fontWeight: 600,
  });
}

/** Joins neighbours of the same hours that differ by less than can be seen; the worst of them counts. */
function similar(intervals: readonly Lag[], difference_ms: number, hours_ms: number): Lag[] {
  const ranges: Lag[] = [];
  let first: Lag | null = null;
  for (const interval of intervals) {
    const { from, to, behind_ms } = interval;
    const range = ranges.at(-1);
    const isJoined = range && first && isAlike(first.behind_ms, behind_ms, difference_ms) &&
      Math.floor(first.from.getTime() / hours_ms) === Math.floor(from.getTime() / hours_ms);
    if (isJoined) {
      const worst = behind_ms === null ? null : Math.max(range.behind_ms!, behind_ms);
      ranges[ranges.length - 1] = { from: range.from, to, behind_ms: worst };
    } else {
      ranges.push(interval);
      first = interval;
    }
  }
  return ranges;
}

function isAlike(a: number | null, b: number | null, difference_ms: number): boolean {
  return a === null || b === null ? a === b : Math.abs(a - b) < difference_ms;
}

function describeRange({ from, to, behind_ms }: Lag, days: boolean): string {
  const [begin, end] = [from, to].map((at) => days ? `${day(at)}, ${clock(at)}` : clock(at));
  return `${begin} to ${end}: ${behind_ms === null ? "unknown" : `at worst ${age(behind_ms)}`}`;
}

function ticksUpTo(top_ms: number): number[] {
  const step = tickStep(top_ms);
  return Array.from({ length: Math.floor(top_ms / step) + 1 }, (_, i) => i * step);
}
