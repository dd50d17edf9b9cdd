/** A long history does not slow the page down: no query takes long, and a tick records its run as fast. */
import { assert } from "@std/assert";
import type postgres from "postgres";
import { totesys } from "../../../../../schemas/mod.ts";
import { readHours } from "../../../../../functions/dashboard/data/operations/lag.ts";
import { readOperations } from "../../../../../functions/dashboard/data/operations/read_operations.ts";
import {
  openWarehouse,
  type Warehouse,
} from "../../../../../functions/dashboard/data/warehouse.ts";
import { recordRun } from "../../../../../sdk/operate/run_history.ts";
import { run } from "../../../../../sdk/operate/run.ts";
import { keepConnections } from "../../../../../sdk/postgres/kept_connections.ts";
import { test } from "../../../../operate/pipelines.ts";
import { slowTest } from "../../../../support/slow.ts";

const LIMIT_MS = 20;
const RECORD_MS = 5;
const PATIENCE_MS = 5_000;
const DAY_MS = 86_400_000;

/** A week of ticks with some failures and a column without a spec, and a year of hours before it. */
async function fillHistory(sql: postgres.Sql): Promise<void> {
  await sql`INSERT INTO etl.run (started_at, job, run, outcome, elapsed_ms, rows, bytes, stage_ms, tables,
      lag_ms, fresh_as_of, read_as_of, behind_ms, schema_changes)
    SELECT now() - n * interval '1 minute', 'extract', 'run ' || n,
      CASE WHEN n % 7 = 0 THEN 'changed' WHEN n % 400 < 20 THEN 'failed' ELSE 'unchanged' END,
      40, 5, 1000, '{"extract": 10, "transform": 10, "load": 10, "reconcile": 10}',
      CASE WHEN n % 7 = 0 THEN '{"fact_sales_order": 3, "dim_date": 4}'::jsonb ELSE '{}' END,
      100, now() - n * interval '1 minute', now() - n * interval '1 minute', 61000,
      CASE WHEN n % 400 >= 20 THEN '[{"table": "staff", "column": "nickname", "kind": "column added",
        "stops": false, "message": "staff.nickname (text) is not in the spec"}]'::jsonb END
    FROM generate_series(1, 10000) n`;
  await sql`INSERT INTO etl.run (started_at, job, outcome, elapsed_ms, behind_ms)
    SELECT now() - n * interval '5 minutes', job, 'unchanged', 40, 50000
    FROM generate_series(1, 2000) n, unnest(ARRAY['load', 'heartbeat']) job`;
  await sql`INSERT INTO etl.run_hour
    SELECT date_trunc('hour', now()) - (168 + n) * interval '1 hour', 'extract', outcome, 10, 10, 10, 10,
      10, 10, CASE outcome WHEN 'changed' THEN '{"fact_sales_order": 3}'::jsonb ELSE '{}' END
    FROM generate_series(1, 8760) n, unnest(ARRAY['changed', 'unchanged']) outcome`;
  await sql`INSERT INTO etl.quarantine
    SELECT 'fact_sales_order', n::text,
      'sales_order ' || n || ': agreed_payment_date: expected a date YYYY-MM-DD, got "2022-02-30"', false,
      jsonb_build_object('sales_order_id', n, 'agreed_payment_date', '2022-02-30', 'units_sold', 1), 1,
      now() - n * interval '1 second'
    FROM generate_series(1, 10000) n`;
  await sql`INSERT INTO etl.reconciliation (done_at, deleted, missed)
    SELECT now() - n * interval '1 hour', '{}', '{}' FROM generate_series(1, 8760) n`;
  await sql`INSERT INTO etl.applied_commit (sequence, ingestion_sequence, run, taken_at)
    SELECT n, n, 'run ' || n, now() - (100001 - n) * interval '1 minute'
    FROM generate_series(2, 100000) n`;
  await sql`VACUUM ANALYZE`;
}

/** Returns the time of the fastest call, or of the first one within the limit: a busy machine is slow at times. */
async function fastest(work: () => Promise<unknown>, limit_ms: number): Promise<number> {
  let ms = Infinity;
  const deadline = performance.now() + PATIENCE_MS;
  while (ms >= limit_ms && performance.now() < deadline) {
    const started = performance.now();
    await work();
    ms = Math.min(ms, performance.now() - started);
  }
  return ms;
}

test("with a year of history, no query of the page takes longer than 20 ms", async (pipeline) => {
  await using _ = keepConnections();
  await run(pipeline);
  await fillHistory(pipeline.sql);
  const get = () => Promise.resolve(pipeline.warehouse);
  const warehouse = openWarehouse({ get, renew: get });
  const asked = new Map<string, readonly unknown[] | undefined>();
  const watched: Warehouse = {
    ...warehouse,
    query: (text, values) => {
      asked.set(text, values);
      return warehouse.query(text, values);
    },
  };
  await readOperations({
    model: totesys,
    warehouse: watched,
    freshness_ms: 60_000,
    sources: new Map(),
    quarantine_rows: 100,
    now: () => new Date(),
  });
  await readHours(watched, new Date(Date.now() - 30 * DAY_MS));
  assert(asked.size >= 12, `${asked.size} queries`);
  for (const [text, values] of asked) {
    const ms = await fastest(() => warehouse.query(text, values), LIMIT_MS);
    assert(ms < LIMIT_MS, `${ms.toFixed(1)} ms: ${text}`);
  }
  const quiet = { job: "extract", elapsed_ms: 3, outcome: "unchanged" } as const;
  const beat = { job: "extract", error: null };
  const record = () => recordRun(pipeline, { ...quiet, started_at: new Date() }, beat);
  const ms = await fastest(record, RECORD_MS);
  assert(ms < RECORD_MS, `${ms.toFixed(1)} ms to record a run`);
}, slowTest);
