import type { Statement } from "../../../../sdk/postgres/statement.ts";
import type { Warehouse } from "../warehouse.ts";
import { ask, utc } from "./ask.ts";
import type { LagPoint, RunSum } from "./operations.ts";

const MINUTE_MS = 60_000;
const INTERVAL_MS = 5 * MINUTE_MS;
/** Intervals in 24 hours. */
const INTERVALS = 288;

interface Interval {
  /** Intervals before the last one. */
  readonly ago: number;
  /** The worst at the end of a run, in milliseconds. */
  readonly worst: number | null;
  /** What the warehouse reflected before its first run, in milliseconds since 1970; null when unknown. */
  readonly before: number | null;
  /** What it reflected after a run; null when none advanced it. */
  readonly after: number | null;
}

/**
 * Reads how far the warehouse was behind in the last 24 hours. It falls behind steadily between two snapshots, so
 * the worst of an interval is at the end of a run, or at the end of the interval. `fresh_as_of` is used where
 * no run has been recorded.
 */
export async function readLag(
  warehouse: Warehouse,
  now: Date,
  fresh_as_of: string | null,
): Promise<LagPoint[]> {
  const end = endOf(now);
  const rows = await ask<Interval>(warehouse, selectLag(now));
  const known = fresh_as_of === null ? null : Date.parse(fresh_as_of);
  return rows.length === 0 && known === null ? [] : lagPoints(rows, end, now.getTime(), known);
}

/** Returns the statement that selects the intervals with a run. */
export function selectLag(now: Date): Statement {
  const text = `SELECT ago, max(behind_ms)::float8 AS worst,
  (extract(epoch FROM (array_agg(ended_at - behind_ms * interval '1 ms' ORDER BY ended_at))[1])
    * 1000)::float8 AS before,
  (extract(epoch FROM max(fresh_as_of)) * 1000)::float8 AS after
FROM (
  SELECT floor(extract(epoch FROM $1::timestamptz - ended_at) * 1000 / ${INTERVAL_MS})::integer AS ago,
    behind_ms, fresh_as_of, ended_at
  FROM etl.run, LATERAL (SELECT started_at + elapsed_ms * interval '1 ms') AS ends(ended_at)
  WHERE started_at > $1::timestamptz - interval '1 day' AND ended_at <= $1
) ended WHERE ago < ${INTERVALS} GROUP BY ago`;
  return { text, values: [new Date(endOf(now)).toISOString()] };
}

function endOf(now: Date): number {
  return Math.ceil(now.getTime() / INTERVAL_MS) * INTERVAL_MS;
}

/** Returns the points of {@linkcode readLag}; `end` is the end of the last interval. */
function lagPoints(
  rows: readonly Interval[],
  end: number,
  now: number,
  known: number | null,
): LagPoint[] {
  const byAge = new Map(rows.map((row) => [row.ago, row]));
  const [oldest] = rows.toSorted((a, b) => b.ago - a.ago);
  let fresh = oldest?.before ?? (rows.some(({ after }) => after !== null) ? null : known);
  return Array.from({ length: INTERVALS }, (_, i) => INTERVALS - 1 - i).map((ago) => {
    const at = Math.min(now, end - ago * INTERVAL_MS);
    const { worst = null, after = null } = byAge.get(ago) ?? {};
    if (after !== null) fresh = Math.max(fresh ?? 0, after);
    const atEnd = fresh === null || fresh > at ? null : at - fresh;
    const behind_ms = worst === null ? atEnd : Math.max(worst, atEnd ?? 0);
    return { at: new Date(at).toISOString(), behind_ms: behind_ms && Math.round(behind_ms) };
  });
}

/**
 * Reads the sums of each hour from `from` on, the oldest first, of all jobs but the freshness check: also of
 * runs that are no longer kept one by one.
 */
export async function readHours(warehouse: Warehouse, from: Date): Promise<RunSum[]> {
  return await ask<RunSum>(warehouse, selectHours(from));
}

/** Returns the statement of {@linkcode readHours}. */
export function selectHours(from: Date): Statement {
  const text = `SELECT ${utc("hour")} AS from, sum(runs)::float8 AS runs,
  sum(failed)::float8 AS failed, sum(rows)::float8 AS rows, sum(bytes)::float8 AS bytes,
  sum(elapsed_ms)::float8 AS elapsed_ms, max(worst_behind_ms)::float8 AS worst_behind_ms
FROM (
  SELECT hour, runs, CASE outcome WHEN 'failed' THEN runs ELSE 0 END AS failed, rows, bytes,
    elapsed_ms, worst_behind_ms
  FROM etl.run_hour WHERE hour >= $1::timestamptz AND job <> 'heartbeat'
  UNION ALL
  SELECT date_bin('1 hour', started_at, '1970-01-01Z') AS hour, count(*),
    count(*) FILTER (WHERE outcome = 'failed'), sum(rows), sum(bytes), sum(elapsed_ms),
    max(behind_ms)
  FROM etl.run WHERE started_at >= $1::timestamptz AND job <> 'heartbeat' GROUP BY 1
) sums GROUP BY hour ORDER BY hour`;
  return { text, values: [from.toISOString()] };
}
