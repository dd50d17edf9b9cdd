import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { drawLag, type Lag, lagTop } from "../../../../functions/dashboard/charts/lag.ts";
import { tickStep, timeUnit } from "../../../../functions/dashboard/charts/time_unit.ts";

const MINUTE_MS = 60_000;
const START = Date.parse("2026-11-27T00:00:00Z");

/** Intervals of five minutes, that many minutes behind. */
function lags(...minutes: (number | null)[]): Lag[] {
  return minutes.map((behind, i) => ({
    from: new Date(START + i * 5 * MINUTE_MS),
    to: new Date(START + (i + 1) * 5 * MINUTE_MS),
    behind_ms: behind === null ? null : behind * MINUTE_MS,
  }));
}

/** The wide form of the chart. */
function draw(intervals: readonly Lag[], objective_min = 30): string {
  const objective_ms = objective_min * MINUTE_MS;
  const svg = drawLag({ intervals, objective_ms, height: 300, label: `Line: <lag> & "more"` });
  return svg.split("</svg>")[0].replaceAll("\u202f", " ");
}

function titles(svg: string): string[] {
  return [...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, title]) => title);
}

Deno.test("the chart of lag needs no inline style and escapes its label", () => {
  const svg = draw(lags(1, 1, 40, 1));
  assert(!/<style|style=/.test(svg));
  assertStringIncludes(svg, 'aria-label="Line: &lt;lag> &amp; &quot;more&quot;"');
});

Deno.test("the chart of lag joins what looks alike within an hour, and says the worst", () => {
  assertEquals(titles(draw(lags(1, 1.2, 1, 20, 20, 1))), [
    "00:00 to 00:15: at worst 72 s",
    "00:15 to 00:25: at worst 20 min",
    "00:25 to 00:30: at worst 60 s",
  ]);
  assertEquals(titles(draw(lags(...Array(18).fill(1)))), [
    "00:00 to 01:00: at worst 60 s",
    "01:00 to 01:30: at worst 60 s",
  ]);
});

Deno.test("the chart of lag breaks where the lag is unknown, and says so", () => {
  const svg = draw(lags(1, null, null, 1));
  assertEquals(titles(svg)[1], "00:05 to 00:15: unknown");
  // The line has two parts: each begins with M.
  assertEquals(/stroke="var\(--accent\)".*?d="(.*?)"/.exec(svg)![1].match(/M/g)?.length, 2);
  assert(!svg.includes("NaN"));
});

Deno.test("only the part over the objective is red, and it begins at the objective", () => {
  assert(!draw(lags(1, 30, 1)).includes("var(--bad)"));
  assertEquals(draw(lags(1, 40, 1, 1, 40)).match(/stroke="var\(--bad\)"/g)?.length, 2);
});

Deno.test("the axis of lag has room for the objective and for the worst", () => {
  assertEquals(lagTop(lags(1), 30 * MINUTE_MS), 35.4 * MINUTE_MS);
  assertEquals(Math.round(lagTop(lags(100), 30 * MINUTE_MS)), 110 * MINUTE_MS);
});

Deno.test("an axis of durations has at most six ticks, in whole units", () => {
  for (let top = 1_000; top < 1e11; top *= 1.3) {
    const { ms } = timeUnit(top);
    const step = tickStep(top);
    assert(top / step <= 5 && top / step > 0.9, `${top} ms: ${step}`);
    assertEquals(step % ms, 0);
  }
});
