/**
 * The chart of a mail: bars that are cells of a table, because clients block pictures and drop SVG. The
 * dashed line between its two rows is the objective.
 *
 * @module
 */
import type { LagChart, LagHour } from "./lag_chart.ts";
import { COLORS, escaped, LAYOUT_TABLE } from "./mail_style.ts";

/** The pixels of the highest bar. */
const HEIGHT = 96;
/** Room for the label of the objective above its line. */
const LEAST_ABOVE = 18;
const AXIS_WIDTH = 52;
/** Bars that the label of the worst is as wide as. */
const LABEL_BARS = 5;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Returns the chart as HTML. */
export function renderChart({ title, caption, hours, objective_ms }: LagChart): string {
  const worst = Math.max(...hours.map(({ behind_ms }) => behind_ms ?? 0));
  const pixels = (ms: number) => Math.round(ms / Math.max(worst, objective_ms) * HEIGHT);
  const below = pixels(objective_ms);
  const parts = hours.map(({ behind_ms }) => {
    if (behind_ms === null) return { above: 0, below: 0, isLate: false };
    const height = Math.max(2, pixels(behind_ms));
    const isLate = behind_ms > objective_ms;
    return { above: Math.max(0, height - below), below: Math.min(height, below), isLate };
  });
  const rows = {
    above: barRow(
      parts.map(({ above }) => ({ height: above, isLate: true })),
      Math.max(LEAST_ABOVE, pixels(worst) - below),
      { border: `1px dashed ${COLORS.rule.light}`, label: short(objective_ms) },
    ),
    below: barRow(
      parts.map(({ below, isLate }) => ({ height: below, isLate })),
      below,
      { border: `1px solid ${COLORS.rule.light}`, label: "" },
    ),
  };
  return `<p style="margin:0;font-weight:600">${escaped(title)}</p>
<p class="soft" style="margin:2px 0 8px;font-size:13px;line-height:18px;color:${COLORS.soft.light}">${
    escaped(caption)
  }</p>
<div role="img" aria-label="${escaped(`Bars: ${caption}`)}">
<table aria-hidden="true" ${LAYOUT_TABLE} style="table-layout:fixed;font-size:12px;line-height:16px">
${labelRow(hours)}
${rows.above}
${rows.below}
${hourRow(hours)}
</table>
</div>`;
}

/** The value of the worst hour, above its bar. */
function labelRow(hours: readonly LagHour[]): string {
  const worst = hours.reduce((a, b) => (b.behind_ms ?? -1) >= (a.behind_ms ?? -1) ? b : a);
  const place = hours.indexOf(worst);
  const most = hours.length - LABEL_BARS;
  const before = Math.min(most, Math.max(0, place - Math.floor(LABEL_BARS / 2)));
  const align = place < 2 ? "left" : place >= hours.length - 2 ? "right" : "center";
  const gap = (bars: number) => bars === 0 ? "" : `<td colspan="${bars}"></td>`;
  return `<tr>${gap(before)}<td colspan="${LABEL_BARS}" align="${align}" style="font-weight:600">${
    short(worst.behind_ms!)
  }</td>${gap(most - before)}<td width="${AXIS_WIDTH}" style="width:${AXIS_WIDTH}px"></td></tr>`;
}

interface Bar {
  readonly height: number;
  readonly isLate: boolean;
}

function barRow(
  bars: readonly Bar[],
  height: number,
  { border, label }: { readonly border: string; readonly label: string },
): string {
  const cells = bars.map((bar) =>
    `<td class="rule" height="${height}" valign="bottom" style="height:${height}px;padding:0 1px;` +
    `vertical-align:bottom;border-bottom:${border};font-size:1px;line-height:1px">${
      filled(bar)
    }</td>`
  );
  const axis = label === "" ? "<td></td>" : `<td class="rule soft" valign="bottom" align="right" ` +
    `style="vertical-align:bottom;border-bottom:${border};color:${COLORS.soft.light};` +
    `white-space:nowrap">${label}</td>`;
  return `<tr>${cells.join("")}${axis}</tr>`;
}

/** Word, which draws mails for Outlook, ignores heights of blocks but not those of lines. */
function filled({ height, isLate }: Bar): string {
  if (height === 0) return "&nbsp;";
  const name = isLate ? "error" : "accent";
  return `<div class="fill-${name}" style="height:${height}px;line-height:${height}px;` +
    `mso-line-height-rule:exactly;background:${COLORS[name].light}">&nbsp;</div>`;
}

/** Every sixth hour, and the end. */
function hourRow(hours: readonly LagHour[]): string {
  const cell = (text: string, align: "left" | "right") =>
    `<td class="soft" colspan="6" align="${align}" style="padding-top:4px;color:${COLORS.soft.light}">` +
    `${text}</td>`;
  const times = [0, 6, 12].map((place) => cell(hours[place].from, "left"));
  return `<tr>${times.join("")}${cell("now", "right")}<td></td></tr>`;
}

function short(ms: number): string {
  if (ms < 90 * MINUTE_MS) return `${Math.round(ms / MINUTE_MS)}&nbsp;min`;
  if (ms < 9.95 * HOUR_MS) return `${(ms / HOUR_MS).toFixed(1)}&nbsp;h`;
  if (ms < 48 * HOUR_MS) return `${Math.round(ms / HOUR_MS)}&nbsp;h`;
  return `${Math.round(ms / (24 * HOUR_MS))}&nbsp;days`;
}
