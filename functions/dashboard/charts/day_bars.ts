/**
 * A bar per day: how many rows each had.
 *
 * @module
 */
import * as Plot from "@observablehq/plot";
import { day, int } from "../layout/format.ts";
import { AXIS, drawBoth, drawPlot } from "./plot.ts";

/** The rows of a day. */
export interface DayCount {
  /** The day: `YYYY-MM-DD`. */
  readonly day: string;
  readonly rows: number;
}

/** Draws a bar per day, up to the last one. `days` is how many the axis has. */
export function drawDayBars(counts: readonly DayCount[], days: number, label: string): string {
  const data = counts.map(({ day, rows }) => ({ at: new Date(day), rows }));
  const last = data.at(-1)!;
  const most = data.reduce((most, one) => one.rows > most.rows ? one : most);
  const end = shift(last.at, 1);
  return drawBoth((kind) =>
    drawPlot(kind, label, {
      width: kind === "wide" ? 720 : 340,
      height: 110,
      marginLeft: 16,
      marginRight: 20,
      marginTop: 18,
      marginBottom: 20,
      x: { type: "utc", domain: [shift(end, -days), end] },
      y: { domain: [0, most.rows], axis: null },
      marks: [
        Plot.rectY(data, {
          x1: "at",
          x2: (one: { at: Date }) => shift(one.at, 1),
          y: "rows",
          fill: "var(--accent)",
          insetLeft: .3,
          insetRight: .3,
          title: (one: { at: Date; rows: number }) => `${day(one.at)}: ${int(one.rows)}`,
        }),
        Plot.ruleY([0], { stroke: "var(--grid)", strokeOpacity: 1 }),
        Plot.axisX({ ...AXIS, ticks: 3, tickFormat: (at: Date) => day(at) }),
        Plot.text([most], {
          x: (one: { at: Date }) => shift(one.at, .5),
          y: "rows",
          text: (one: { rows: number }) => int(one.rows),
          dy: -8,
          fill: "var(--ink-2)",
          textAnchor: most.at > shift(end, -days / 8) ? "end" : "middle",
        }),
      ],
    })
  );
}

function shift(at: Date, days: number): Date {
  return new Date(at.getTime() + days * 86_400_000);
}
