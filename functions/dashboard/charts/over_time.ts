/**
 * Amounts over time, with the period before behind them: days as columns, weeks as a line.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { day } from "../layout/format.ts";
import { AXIS, drawBoth, drawPlot, GRID } from "./plot.ts";

/** A step of a period. */
export interface Step {
  /** Its last day (`2026-11-27`). */
  readonly until: string;
  readonly amount: number;
  /** The amount of the same step of the period before. */
  readonly before: number;
  /** Where the rows behind the amount are. */
  readonly href: string;
}

/** What a chart over time is drawn from. */
export interface OverTime {
  readonly steps: readonly Step[];
  /** The days of a step. */
  readonly days: number;
  /** What it shows, for those who do not see it. */
  readonly label: string;
  /** Whether it has room for a wide form. */
  readonly isWide: boolean;
  /** Writes an amount, and one on the axis. */
  readonly short: (amount: number) => string;
  readonly tick: (amount: number) => string;
}

interface Point extends Step {
  readonly at: Date;
}

/** Marks without rows of their own let the pointer through. */
const BEHIND = { pointerEvents: "none" } as const;
const DAY_MS = 86_400_000;
const MONDAY = 1;

/** Draws the chart. */
export function drawOverTime(chart: OverTime): string {
  const points = chart.steps.map((step) => ({ ...step, at: new Date(step.until) }));
  const draw = (kind: "wide" | "narrow") => drawForm(kind, points, chart);
  return chart.isWide ? drawBoth(draw) : draw("narrow").replace("plot narrow", "plot");
}

function drawForm(kind: "wide" | "narrow", points: readonly Point[], chart: OverTime): string {
  const isWide = kind === "wide";
  const top = Math.max(...points.flatMap(({ amount, before }) => [amount, before]), 0) || 1;
  const isDaily = chart.days === 1;
  return drawPlot(kind, chart.label, {
    width: isWide ? 776 : 340,
    height: isWide ? 308 : 210,
    marginLeft: 46,
    marginRight: isDaily ? 8 : 74,
    marginBottom: 24,
    marginTop: 14,
    x: { type: "utc" },
    y: { domain: [0, top * 1.08] },
    marks: [
      Plot.gridY({ ticks: 4, ...GRID }),
      Plot.axisY({ ...AXIS, ticks: 4, tickFormat: chart.tick }),
      isDaily
        ? Plot.axisX(dailyTicks(points), { ...AXIS, dx: middle(points, isWide), tickFormat: day })
        : Plot.axisX(spaced(points, isWide ? 7 : 3), { ...AXIS, tickFormat: day }),
      ...isDaily ? columns(points, chart) : line(points, top, chart),
    ],
  });
}

/** Mondays, or every day of a week. */
function dailyTicks(points: readonly Point[]): Date[] {
  const all = points.map(({ at }) => at);
  return points.length <= 7 ? all : all.filter((at) => at.getUTCDay() === MONDAY);
}

/** Half of a column, so that a date is under its middle. */
function middle(points: readonly Point[], isWide: boolean): number {
  return Math.round((isWide ? 722 : 286) / points.length / 2);
}

/** Ticks are at points, counted from the last: those of a calendar would be between them. */
function spaced(points: readonly Point[], most: number): Date[] {
  const every = Math.ceil(points.length / most);
  return points.filter((_, place) => (points.length - 1 - place) % every === 0)
    .map(({ at }) => at);
}

/** Days jump: columns, and a tick for the same day of the period before. */
function columns(points: readonly Point[], { short }: OverTime): Plot.Markish[] {
  const best = points.reduce((a, b) => b.amount > a.amount ? b : a);
  const end = ({ at }: Point) => new Date(at.getTime() + DAY_MS);
  const centre = ({ at }: Point) => new Date(at.getTime() + DAY_MS / 2);
  return [
    Plot.rectY(points, {
      x1: "at",
      x2: end,
      y: "amount",
      fill: "var(--accent)",
      insetLeft: 1,
      insetRight: 1,
      title: (point: Point) => titleOf(point, day(point.at), short),
      href: "href",
    }),
    Plot.ruleY(points, {
      x1: "at",
      x2: end,
      y: "before",
      stroke: "var(--ink)",
      strokeWidth: 2,
      ...BEHIND,
    }),
    Plot.text([best], {
      x: centre,
      y: "amount",
      text: ({ amount }: Point) => amount > 0 ? short(amount) : "",
      dy: -9,
      fill: "var(--accent)",
      stroke: "var(--surface)",
      strokeWidth: 5,
      fontWeight: 600,
      ...BEHIND,
    }),
  ];
}

function line(points: readonly Point[], top: number, { short, days }: OverTime): Plot.Markish[] {
  const last = points.at(-1)!;
  const labels = apart([
    { y: last.amount, text: "this period", fill: "var(--accent)" },
    { y: last.before, text: "before", fill: "var(--ink-2)" },
  ], top / 12);
  return [
    Plot.areaY(points, { x: "at", y: "amount", fill: "var(--area)" }),
    Plot.lineY(points, {
      x: "at",
      y: "before",
      stroke: "var(--ghost)",
      strokeWidth: 1.75,
      strokeDasharray: "4 3",
    }),
    Plot.lineY(points, { x: "at", y: "amount", stroke: "var(--accent)", strokeWidth: 2.25 }),
    Plot.dot(points, {
      x: "at",
      y: "amount",
      r: points.length > 20 ? 1.5 : 2.5,
      fill: "var(--accent)",
      title: (point: Point) => titleOf(point, `${days} days to ${day(point.at)}`, short),
      href: "href",
    }),
    ...labels.map(({ y, text, fill }) =>
      Plot.text([text], {
        x: () => last.at,
        y: () => y,
        fill,
        dx: 8,
        textAnchor: "start",
        fontWeight: 600,
      })
    ),
  ];
}

function titleOf({ amount, before }: Step, when: string, short: OverTime["short"]): string {
  return `${when}: ${short(amount)}, before ${short(before)}`;
}

interface Label {
  readonly y: number;
  readonly text: string;
  readonly fill: string;
}

/** Moves two labels apart that would cover each other. */
function apart([a, b]: readonly Label[], gap: number): Label[] {
  if (Math.abs(a.y - b.y) >= gap) return [a, b];
  const middle = (a.y + b.y) / 2;
  const up = a.y >= b.y ? gap / 2 : -gap / 2;
  // Neither is below the axis.
  const lift = Math.max(0, gap / 2 - middle);
  return [{ ...a, y: middle + up + lift }, { ...b, y: middle - up + lift }];
}
