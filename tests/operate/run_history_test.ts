/** The table of runs, in a real warehouse. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import type postgres from "postgres";
import { payment } from "../../schemas/mod.ts";
import { WarehouseError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import { readRuns } from "../../sdk/operate/recorded_runs.ts";
import { factsOfReconcile, factsOfRun } from "../../sdk/operate/run_facts.ts";
import { recordRun, type RunRecord } from "../../sdk/operate/run_history.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { readFreshness } from "../../sdk/operate/freshness.ts";
import { run } from "../../sdk/operate/run.ts";
import { lastVerification, recordVerification } from "../../sdk/operate/verifications.ts";
import { test } from "./pipelines.ts";
import { undoMigrations } from "./older_warehouse.ts";
import { insert } from "../support/source.ts";

const DAY_MS = 86_400_000;

/** A quiet run that began some days ago. */
function quiet(days: number, changes: Partial<RunRecord> = {}): RunRecord {
  return {
    job: "extract",
    started_at: new Date(Date.now() - days * DAY_MS),
    elapsed_ms: 10,
    outcome: "unchanged",
    ...changes,
  };
}

async function sumsOf(sql: postgres.Sql) {
  const rows = await sql`SELECT job, outcome, sum(runs)::int AS runs, sum(rows)::int AS rows,
    sum(bytes)::int AS bytes, sum(elapsed_ms)::int AS elapsed_ms, max(worst_lag_ms)::int AS lag
    FROM etl.run_hour GROUP BY 1, 2 ORDER BY 1, 2`;
  return rows.map((row) => Object.values(row));
}

test("recordRun() does nothing before the control tables exist", async (pipeline) => {
  await recordRun(pipeline, quiet(0), { job: "extract", error: null });
  assertEquals(await readRuns(pipeline), []);
  assertEquals((await pipeline.sql`SELECT FROM pg_namespace WHERE nspname = 'etl'`).length, 0);
});

test("recordRun() records the heartbeat alone in the warehouse of an earlier release", async (pipeline) => {
  await run(pipeline);
  await undoMigrations(pipeline);
  await recordRun(pipeline, quiet(0), { job: "extract", error: "SourceError" });
  assertEquals((await readFreshness(pipeline)).failing, ["extract"]);
  assertEquals(await readRuns(pipeline), []);
  await load(pipeline);
  await recordRun(pipeline, quiet(0));
  assertEquals((await readRuns(pipeline)).length, 1);
});

test("recordRun() keeps a run once, even when it is sent twice", async (pipeline) => {
  await load(pipeline);
  const record = quiet(0, { run: "20261121T034650Z-1f3a9c" });
  await recordRun(pipeline, record);
  await recordRun(pipeline, record);
  assertEquals((await readRuns(pipeline)).map(({ run }) => run), [record.run!]);
});

test("a run knows how far behind the warehouse was just before it", async (pipeline) => {
  await load(pipeline);
  await recordRun(pipeline, quiet(0));
  const fresh_as_of = new Date(Date.now() - 90_000).toISOString();
  await recordRun(pipeline, quiet(0, { fresh_as_of }));
  await recordRun(pipeline, quiet(0, { job: "load" }));
  const [after, first, unknown] = await readRuns(pipeline);
  assertEquals([first.behind_ms, unknown.behind_ms], [null, null]);
  assert(after.behind_ms! >= 90_000 && after.behind_ms! < 120_000, `${after.behind_ms} ms`);
});

test("runs older than seven days become sums of their hours", async (pipeline) => {
  const { sql } = pipeline;
  await load(pipeline);
  const moved = { outcome: "changed", rows: 3, bytes: 100, lag_ms: 70 } as const;
  await recordRun(pipeline, quiet(6.9));
  await recordRun(pipeline, quiet(8, { ...moved, tables: { fact_payment: 3 } }));
  await recordRun(
    pipeline,
    quiet(8, { ...moved, tables: { fact_payment: 2, dim_date: 1 }, lag_ms: 90 }),
  );
  await recordRun(pipeline, quiet(9));
  // The call that finds a run to add adds all of them.
  await recordRun(pipeline, quiet(0));
  assertEquals((await readRuns(pipeline)).length, 2);
  assertEquals(await sumsOf(sql), [
    ["extract", "changed", 2, 6, 200, 20, 90],
    ["extract", "unchanged", 1, 0, 0, 10, null],
  ]);
  await recordRun(pipeline, quiet(8, { ...moved, tables: { dim_date: 4 } }));
  await recordRun(pipeline, quiet(0, { job: "load" }));
  assertEquals((await sumsOf(sql))[0], ["extract", "changed", 3, 9, 300, 30, 90]);
  const tables = await sql`SELECT t.key, sum(t.value::int)::int AS rows
    FROM etl.run_hour, jsonb_each_text(tables) t GROUP BY 1 ORDER BY 1`;
  assertEquals(tables.map(Object.values), [["dim_date", 5], ["fact_payment", 5]]);
});

test("every run is added to the sums exactly once by writers at the same time", async (pipeline) => {
  const { sql } = pipeline;
  await load(pipeline);
  await sql`INSERT INTO etl.run (started_at, job, outcome, elapsed_ms, rows, tables)
    SELECT now() - interval '8 days' - n * interval '1 minute', 'extract', 'changed', 1, 2,
      '{"fact_payment": 2}' FROM generate_series(1, 2500) n`;
  const writers = Array.from({ length: 8 }, (_, writer) => writer);
  for (let round = 0; round < 4; round++) {
    await Promise.all(
      writers.map((writer) => recordRun(pipeline, quiet(0, { job: `job ${writer}` }))),
    );
  }
  const [{ runs, rows }] = await sql`
    SELECT sum(runs)::int AS runs, sum(rows)::int AS rows FROM etl.run_hour`;
  assertEquals([runs, rows], [2500, 5000]);
  const [{ left }] = await sql`SELECT count(*)::int AS left FROM etl.run WHERE job = 'extract'`;
  assertEquals(left, 0);
  const [{ sum }] =
    await sql`SELECT sum((tables ->> 'fact_payment')::int)::int AS sum FROM etl.run_hour`;
  assertEquals(sum, 5000);
});

test("a record that the warehouse refuses is a WarehouseError", async (pipeline) => {
  await load(pipeline);
  await pipeline.sql`ALTER TABLE etl.run ADD CHECK (job <> 'extract')`;
  await assertRejects(() => recordRun(pipeline, quiet(0)), WarehouseError, "cannot record the run");
});

test("factsOfRun() and factsOfReconcile() count what a run moved", async (pipeline) => {
  const { sourceSql } = pipeline;
  const started = new Date();
  const first = await run(pipeline);
  assertEquals(factsOfRun(first, started).outcome, "changed");
  const { extract, transform, load, reconcile: compared } = first.stage_ms;
  assertEquals(extract + transform + load + compared, first.elapsed_ms);
  const quiet = factsOfRun(await run(pipeline), started);
  assertEquals([quiet.outcome, quiet.rows, quiet.fresh_as_of], [
    "unchanged",
    0,
    started.toISOString(),
  ]);
  await insert(sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  const deleted = factsOfRun(await run(pipeline), started);
  assertEquals([deleted.outcome, deleted.tables], ["changed", { fact_payment: 1 }]);
  const clean = factsOfReconcile(await reconcile(pipeline));
  assertEquals([clean.outcome, clean.rows], ["unchanged", 0]);
});

test("a run of a stopped table is fresh only in respect of the others", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql`ALTER TABLE payment DROP COLUMN paid`;
  const facts = factsOfRun(await run(pipeline), new Date());
  assertEquals([facts.fresh_as_of, typeof facts.read_as_of], [null, "string"]);
  await recordRun(pipeline, { job: "extract", started_at: new Date(), elapsed_ms: 1, ...facts });
  const [{ schema_changes }] = await readRuns(pipeline);
  assertEquals(schema_changes!.map(({ table, stops }) => [table, stops]), [["payment", true]]);
});

test("lastVerification() returns the newest result, and null without one", async (pipeline) => {
  const counts = { source_rows: 2, warehouse_rows: 3, differences: 1 };
  const table = { table: "fact_payment", ...counts, examples: [] };
  assertEquals(await lastVerification(pipeline), null);
  await recordVerification(pipeline, { equal: false, tables: [table], schema: [] });
  assertEquals(await lastVerification(pipeline), null, "there is no table yet");
  await load(pipeline);
  await recordVerification(pipeline, { equal: true, tables: [], schema: [] });
  await recordVerification(pipeline, { equal: false, tables: [table, table], schema: [] });
  const { done_at, tables, ...last } = (await lastVerification(pipeline))!;
  assert(Math.abs(Date.parse(done_at) - Date.now()) < 60_000);
  assertEquals(last, { equal: false, source_rows: 4, warehouse_rows: 6, differences: 2 });
  assertEquals(tables[0], { table: "fact_payment", ...counts });
});
