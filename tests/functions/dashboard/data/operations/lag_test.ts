import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readHours, readLag } from "../../../../../functions/dashboard/data/operations/lag.ts";
import { openWarehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import { load } from "../../../../../sdk/load/load.ts";
import { recordRun } from "../../../../../sdk/operate/run_history.ts";
import { keepConnections } from "../../../../../sdk/postgres/kept_connections.ts";
import { test, type TestPipeline } from "../../../../operate/pipelines.ts";
import { propertyRuns } from "../../../../support/slow.ts";

const MINUTE_MS = 60_000;
const NOW = Date.parse("2026-11-27T14:21:30Z");
/** The end of the interval that is going on. */
const END = Date.parse("2026-11-27T14:25:00Z");
const FIRST = END - 24 * 60 * MINUTE_MS;

function warehouseOf({ warehouse: url }: TestPipeline) {
  const get = () => Promise.resolve(url);
  return openWarehouse({ get, renew: get });
}

/** A run that ended, and what every table reflected after it; null if it did not advance that. */
interface Ended {
  readonly at: number;
  readonly fresh: number | null;
}

const history = fc.array(
  fc.record({
    at: fc.integer({ min: FIRST + 1, max: NOW }),
    age: fc.option(fc.integer({ min: 0, max: 20 * MINUTE_MS }), { freq: 2 }),
  }),
  { maxLength: 12 },
).map((runs) =>
  runs.sort((a, b) => a.at - b.at).map(({ at, age }): Ended => ({
    at,
    fresh: age === null ? null : at - age,
  }))
);

/** What the warehouse reflected before a time; null when nothing is known. */
function freshBefore(runs: readonly Ended[], before: number | null, at: number): number | null {
  const known = runs.filter((run) => run.at < at).map(({ fresh }) => fresh);
  const times = [before, ...known].filter((time) => time !== null);
  return times.length === 0 ? null : Math.max(...times);
}

test("the lag of each 5 minutes is the longest time behind in them, after any history of runs", async (pipeline) => {
  await using _ = keepConnections();
  await load(pipeline);
  const warehouse = warehouseOf(pipeline);
  const check = async (runs: readonly Ended[], before: number | null) => {
    const rows = runs.map(({ at, fresh }) => {
      const known = freshBefore(runs, before, at);
      return {
        started_at: new Date(at).toISOString(),
        fresh_as_of: fresh === null ? null : new Date(fresh).toISOString(),
        behind_ms: known === null ? null : Math.max(0, at - known),
      };
    });
    await pipeline.sql`DELETE FROM etl.run`;
    await pipeline
      .sql`INSERT INTO etl.run (started_at, job, run, outcome, elapsed_ms, fresh_as_of, behind_ms)
      SELECT started_at, 'extract', n::text, 'unchanged', 0, fresh_as_of, behind_ms
      FROM ROWS FROM (jsonb_to_recordset(${JSON.stringify(rows)}::text::jsonb)
        AS (started_at timestamptz, fresh_as_of timestamptz, behind_ms bigint)) WITH ORDINALITY
        AS r(started_at, fresh_as_of, behind_ms, n)`;
    const known = freshBefore(runs, before, NOW + 1);
    const fresh_as_of = known === null ? null : new Date(known).toISOString();
    const points = await readLag(warehouse, new Date(NOW), fresh_as_of);
    // Without a run or a freshness, there is nothing to draw.
    if (runs.length === 0 && known === null) return assertEquals(points, []);
    assertEquals(points.length, 288);
    // Before the first run that knew it, how far behind the warehouse was cannot be known.
    const start = before === null ? runs.findIndex(({ fresh }) => fresh !== null) : 0;
    for (const [place, { at, behind_ms }] of points.entries()) {
      const from = FIRST + place * 5 * MINUTE_MS;
      const to = Math.min(NOW, from + 5 * MINUTE_MS);
      assertEquals(Date.parse(at), to);
      const ends = [...runs.map((run) => run.at).filter((end) => end > from && end <= to), to + 1];
      const lags = ends.map((end) => {
        const fresh = freshBefore(runs, before, end);
        return fresh === null ? null : Math.min(end, to) - fresh;
      }).filter((lag) => lag !== null && lag >= 0);
      const expected = lags.length === 0 ? null : Math.max(...lags as number[]);
      if (start !== -1) assertEquals(behind_ms, expected, `${at} of ${JSON.stringify(rows)}`);
    }
  };
  const before = fc.option(fc.integer({ min: FIRST - 60 * MINUTE_MS, max: FIRST }));
  await fc.assert(fc.asyncProperty(history, before, check), {
    numRuns: propertyRuns({ quick: 60, all: 1000 }),
  });
});

test("a warehouse that no run reaches falls further behind", async (pipeline) => {
  await load(pipeline);
  const fresh_as_of = new Date(NOW - 62 * MINUTE_MS).toISOString();
  const points = await readLag(warehouseOf(pipeline), new Date(NOW), fresh_as_of);
  assertEquals(points.at(-1), { at: new Date(NOW).toISOString(), behind_ms: 62 * MINUTE_MS });
  assertEquals(points.filter(({ behind_ms }) => behind_ms !== null).length, 14);
});

test("readHours() adds runs that are kept to those that are sums", async (pipeline) => {
  await load(pipeline);
  const day = (days: number) => new Date(Date.now() - days * 24 * 60 * MINUTE_MS);
  const run = { job: "extract", elapsed_ms: 5, outcome: "changed", rows: 2, bytes: 10 } as const;
  for (const days of [8, 8, 6, 0]) await recordRun(pipeline, { ...run, started_at: day(days) });
  await recordRun(pipeline, { ...run, outcome: "failed", started_at: day(6) });
  await recordRun(pipeline, {
    job: "heartbeat",
    outcome: "unchanged",
    elapsed_ms: 1,
    started_at: day(6),
  });
  const hours = await readHours(warehouseOf(pipeline), day(30));
  assertEquals(hours.map(({ runs, failed, rows }) => [runs, failed, rows]), [
    [2, 0, 4],
    [2, 1, 4],
    [1, 0, 2],
  ]);
  assertEquals(hours.map(({ from }) => from.slice(14)), Array(3).fill("00:00.000Z"));
  assertEquals((await readHours(warehouseOf(pipeline), day(7))).length, 2);
});
