import { raw } from "hono/html";
import type { Lag } from "../../charts/lag.ts";
import { timeUnit } from "../../charts/time_unit.ts";
import type { Verdict } from "../../data/operations/operations.ts";
import { Card } from "../../layout/card.tsx";
import { age, clock, day, moment } from "../../layout/format.ts";
import { PlainTable } from "../../layout/plain_table.tsx";
import { Switch } from "../../layout/switch.tsx";

/** What the chart shows: the worst of every five minutes of a day, or of every hour of a week. */
export type LagPeriod = "day" | "week";

const HOUR_MS = 3_600_000;

/** How far the warehouse was behind. */
export interface LagHistory {
  readonly period: LagPeriod;
  /** Intervals that follow one another; none before the first run. */
  readonly intervals: readonly Lag[];
}

const PERIODS = [["24 h", "/"], ["7 days", "/?lag=week"]] as const;
const SUBTITLES: Readonly<Record<LagPeriod, readonly [interval: string, span: string]>> = {
  day: ["worst of each 5 minutes", "last 24 hours"],
  week: ["worst of each hour", "last 7 days"],
};

/** How far the warehouse was behind, next to the objective. */
export async function LagCard({ period, intervals, verdict, height, now }: LagHistory & {
  readonly verdict: Verdict;
  /** The height of the chart on a desktop, in pixels. */
  readonly height: number;
  readonly now: Date;
}) {
  const { objective_ms } = verdict;
  const choices = (
    <Switch label="Period" choices={PERIODS} current={PERIODS[period === "day" ? 0 : 1][0]} />
  );
  const worst = worstOf(intervals);
  if (worst === null) {
    return (
      <Card
        id="lag"
        span={7}
        title="The lag is unknown until the next run"
        choices={choices}
      >
        <p class="soft">The chart begins with the first run that is recorded.</p>
      </Card>
    );
  }
  // The libraries that draw take 0.1 s to import: a page without a chart does without them.
  const { drawLag, lagTop } = await import("../../charts/lag.ts");
  const title = lagTitle(intervals, verdict, period, now);
  const unit = timeUnit(lagTop(intervals, objective_ms)).name;
  const [interval, span] = SUBTITLES[period];
  const shown = sinceOf(intervals, period, now) ?? span;
  return (
    <Card
      id="lag"
      span={7}
      title={title}
      sub={`${unit} behind the source, ${interval}, ${shown}, UTC`}
      choices={choices}
      data={
        <PlainTable
          caption="Time behind the source"
          heads={["Hour", "At worst"]}
          rows={byHour(intervals).map(({ from, behind_ms }) => [
            period === "day" ? clock(from) : `${day(from)}, ${clock(from)}`,
            behind_ms === null ? "unknown" : age(behind_ms),
          ])}
        />
      }
      links={[
        ["SQL", `/operations/lag.sql?lag=${period}`],
        ["CSV", `/operations/lag.csv?lag=${period}`],
      ]}
    >
      {raw(drawLag({
        intervals,
        objective_ms,
        height,
        label: `Line: ${title}. The objective is ${age(objective_ms)}.`,
        note: noteOf(intervals, worst, objective_ms),
      }))}
    </Card>
  );
}

/** Says since when the lag is known, if that is less than the period. */
function sinceOf(intervals: readonly Lag[], period: LagPeriod, now: Date): string | null {
  const { from } = intervals.find(({ behind_ms }) => behind_ms !== null)!;
  const hours = (now.getTime() - from.getTime()) / HOUR_MS;
  return hours > (period === "day" ? 23 : 160) ? null : `since ${moment(from, now)}`;
}

/** Says whether the objective was met; while it is not, since when. */
function lagTitle(
  intervals: readonly Lag[],
  { objective_ms, fresh_as_of }: Verdict,
  period: LagPeriod,
  now: Date,
): string {
  const isLate = ({ behind_ms }: Lag) => (behind_ms ?? 0) > objective_ms;
  const worst = worstOf(intervals)!;
  const when = moment(worst.to, now);
  const late = intervals.filter(isLate);
  if (late.length === 0) {
    const span = sinceOf(intervals, period, now) ?? (period === "day" ? "all day" : "all week");
    return `Within the objective ${span}; worst lag ${age(worst.behind_ms!)} at ${when}`;
  }
  const over_ms = late.reduce((sum, { from, to }) => sum + (to.getTime() - from.getTime()), 0);
  if (!isLate(intervals.at(-1)!)) {
    return `Over the objective for ${age(over_ms)}; ${age(worst.behind_ms!)} at ${when}`;
  }
  const complete = fresh_as_of === null
    ? ""
    : `; complete as of ${moment(new Date(fresh_as_of), now)}`;
  const over = intervals.at(-1)!.behind_ms! - objective_ms;
  return `${age(over)} over the objective${complete}`;
}

/** Names the worst interval, if it stands out. */
function noteOf(intervals: readonly Lag[], worst: Lag, objective_ms: number) {
  const known = intervals.flatMap(({ behind_ms }) => behind_ms ?? []).sort((a, b) => a - b);
  const usual = known[Math.floor(known.length / 2)];
  const isLast = worst === intervals.at(-1);
  if (worst.behind_ms! < 3 * usual && worst.behind_ms! <= objective_ms) return undefined;
  return { interval: worst, text: `${age(worst.behind_ms!)}${isLast ? ", now" : ""}` };
}

function worstOf(intervals: readonly Lag[]): Lag | null {
  return intervals.reduce<Lag | null>(
    (worst, one) =>
      one.behind_ms !== null && one.behind_ms >= (worst?.behind_ms ?? 0) ? one : worst,
    null,
  );
}

/** Returns the worst of each hour. */
function byHour(intervals: readonly Lag[]): Lag[] {
  const hours = Map.groupBy(intervals, ({ from }) => from.toISOString().slice(0, 13));
  return [...hours].map(([hour, within]) => ({
    from: new Date(`${hour}:00:00Z`),
    to: within.at(-1)!.to,
    behind_ms: worstOf(within)?.behind_ms ?? null,
  }));
}
