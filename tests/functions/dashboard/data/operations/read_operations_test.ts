import { assert, assertEquals } from "@std/assert";
import { totesys } from "../../../../../schemas/mod.ts";
import { payment, salesOrder } from "../../../../../schemas/mod.ts";
import {
  openWarehouse,
  type Warehouse,
} from "../../../../../functions/dashboard/data/warehouse.ts";
import type { Operations } from "../../../../../functions/dashboard/data/operations/operations.ts";
import {
  type OperationsOptions,
  readOperations,
} from "../../../../../functions/dashboard/data/operations/read_operations.ts";
import { readHours } from "../../../../../functions/dashboard/data/operations/lag.ts";
import { load } from "../../../../../sdk/load/load.ts";
import { recordHeartbeat } from "../../../../../sdk/operate/freshness.ts";
import { factsOfRun } from "../../../../../sdk/operate/run_facts.ts";
import { recordRun } from "../../../../../sdk/operate/run_history.ts";
import { run, type RunOptions } from "../../../../../sdk/operate/run.ts";
import { undoMigrations } from "../../../../operate/older_warehouse.ts";
import { test, type TestPipeline } from "../../../../operate/pipelines.ts";
import { insert } from "../../../../support/source.ts";
import { makeRoles } from "../../../../terraform/test_roles.ts";

function openAs(url: string): Warehouse {
  const get = () => Promise.resolve(url);
  return openWarehouse({ get, renew: get });
}

async function read(
  { warehouse: url }: Pick<TestPipeline, "warehouse">,
  options: Partial<OperationsOptions> = {},
): Promise<Operations> {
  return await readOperations({
    model: totesys,
    warehouse: openAs(url),
    freshness_ms: 30 * 60_000,
    sources: new Map(),
    quarantine_rows: 100,
    now: () => new Date(),
    ...options,
  });
}

/** Runs the pipeline as the command line does. */
async function runAndRecord(
  pipeline: TestPipeline,
  options: Partial<RunOptions> = {},
): Promise<void> {
  const started_at = new Date();
  const result = await run({ ...pipeline, ...options });
  const facts = factsOfRun(result, started_at);
  await recordRun(pipeline, {
    job: "extract",
    started_at,
    elapsed_ms: result.elapsed_ms,
    ...facts,
  });
}

test("readOperations() of an empty database finds nothing, and says so", async (pipeline) => {
  const { verdict, runs, jobs, day, lag, tables, quarantine, ...rest } = await read(pipeline);
  assertEquals([verdict.status, verdict.behind_ms, verdict.failing], ["empty", null, []]);
  assertEquals([runs, jobs, lag, quarantine.rows, quarantine.reasons], [[], [], [], 0, []]);
  assertEquals(day, { runs: 0, failed: 0, rows: 0, bytes: 0 });
  assertEquals(
    tables.map(({ rows, behind_ms }) => [rows, behind_ms]),
    tables.map(() => [null, null]),
  );
  assertEquals([rest.reconciliation, rest.verification, rest.skipped], [null, null, []]);
});

test("readOperations() shows what the last runs moved, by table and by hour", async (pipeline) => {
  await runAndRecord(pipeline);
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await runAndRecord(pipeline);
  await runAndRecord(pipeline);
  const { verdict, runs, day, lag, tables } = await read(pipeline);
  assertEquals(verdict.status, "fresh");
  assert(verdict.behind_ms! < 30_000, `${verdict.behind_ms} ms`);
  assertEquals(runs.map(({ outcome }) => outcome), ["unchanged", "changed", "changed"]);
  assertEquals(day.runs, 3);
  assertEquals(lag.length, 288);
  const payments = tables.find(({ table }) => table === "fact_payment")!;
  assertEquals([payments.rows, payments.rows_exact, payments.changes_by_hour.at(-1)], [2, true, 2]);
  assertEquals(payments.last_change, runs[1].started_at);
});

test("readOperations() names the rows in quarantine and what is wrong with them", async (pipeline) => {
  await insert(pipeline.sourceSql, salesOrder, {
    sales_order_id: 2,
    agreed_payment_date: "2022-02-30",
  });
  await runAndRecord(pipeline);
  const { quarantine, tables } = await read(pipeline);
  assertEquals(quarantine.rows, 1);
  const [{ since: _, ...reason }] = quarantine.reasons;
  assertEquals(reason, {
    table: "fact_sales_order",
    column: "agreed_payment_date",
    rule: "is not a date",
    orphaned: false,
    rows: 1,
    examples: [{ key: "2", show: "deno task etl quarantine show fact_sales_order 2" }],
  });
  assertEquals(tables.find(({ table }) => table === "fact_sales_order")!.quarantined, 1);
});

/** The clock, so many minutes from now. */
function inMinutes(minutes: number): Partial<OperationsOptions> {
  return { now: () => new Date(Date.now() + minutes * 60_000) };
}

async function recordFailure(pipeline: TestPipeline, job: string): Promise<void> {
  await recordRun(pipeline, {
    job,
    started_at: new Date(),
    elapsed_ms: 20,
    outcome: "failed",
    failure: {
      error: "SourceError",
      message: "Extraction failed: cannot read the source (ECONNREFUSED)",
      next: "check the host and port in the URL, then: deno task etl run; or ask",
    },
  }, { job, error: "SourceError" });
}

test("readOperations() says since when a job fails, why, and what to type", async (pipeline) => {
  await runAndRecord(pipeline);
  await recordFailure(pipeline, "extract");
  await recordFailure(pipeline, "extract");
  const { verdict, jobs, runs, day } = await read(pipeline);
  assertEquals([verdict.status, day.failed], ["failing", 2]);
  const [{ at, failing_since, job, outcome, error, message, next, command, failures }] = jobs;
  assertEquals([at, failing_since], [runs[0].started_at, runs[1].started_at]);
  assertEquals({ job, outcome, error, message, next, command, failures }, {
    job: "extract",
    outcome: "failed",
    error: "SourceError",
    message: "Extraction failed: cannot read the source (ECONNREFUSED)",
    next: "check the host and port in the URL, then: deno task etl run; or ask",
    command: "deno task etl run",
    failures: 2,
  });
  assertEquals(verdict.failing, jobs);
  assertEquals(verdict.last_success, runs[2]);
  const late = await read(pipeline, inMinutes(31));
  assertEquals(late.verdict.status, "stale");
  assert(late.tables.every(({ source, is_late }) => is_late === (source === "database")));
});

test("a source of its own that fails leaves the warehouse fresh, in part", async (pipeline) => {
  await runAndRecord(pipeline);
  await recordFailure(pipeline, "rates");
  const { verdict } = await read(pipeline);
  assertEquals([verdict.status, verdict.failing.map(({ job }) => job)], ["partial", ["rates"]]);
});

test("a stopped table stays behind, and the others do not", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await runAndRecord(pipeline);
  await sql`UPDATE etl.run SET started_at = started_at - interval '1 hour',
    fresh_as_of = fresh_as_of - interval '1 hour', read_as_of = read_as_of - interval '1 hour'`;
  await sourceSql`ALTER TABLE payment DROP COLUMN paid`;
  await sourceSql`ALTER TABLE staff ADD COLUMN nickname text`;
  await runAndRecord(pipeline);
  await runAndRecord(pipeline);
  const { verdict, tables, schema_changes, runs } = await read(pipeline);
  assertEquals(verdict.status, "stale", "its rows are missing");
  assertEquals(schema_changes.map(({ table, column, stops }) => [table, column, stops]), [
    ["payment", "paid", true],
    ["staff", "nickname", false],
  ]);
  // The last run without them.
  assertEquals(schema_changes[0].since, runs[2].started_at);
  const [payments, orders] = ["fact_payment", "fact_sales_order"].map((name) =>
    tables.find(({ table }) => table === name)!
  );
  assertEquals([payments.is_late, orders.is_late], [true, false]);
  assertEquals([payments.stopped?.column, orders.stopped], ["paid", null]);
  assert(payments.behind_ms! >= 3_600_000 && orders.behind_ms! < 60_000);
});

test("a first load under way is no failure", async (pipeline) => {
  const stop = new AbortController();
  await runAndRecord(pipeline, {
    signal: stop.signal,
    chunkRows: 1,
    onProgress: () => stop.abort(),
  });
  const { verdict, runs, lag } = await read(pipeline);
  assertEquals([verdict.status, verdict.behind_ms, lag], ["loading", null, lag]);
  assertEquals(runs.map(({ outcome }) => outcome), ["stopped"]);
  await runAndRecord(pipeline);
  assertEquals((await read(pipeline)).verdict.status, "fresh");
});

test("readOperations() works in a warehouse that an earlier release has migrated", async (pipeline) => {
  await run(pipeline);
  await recordHeartbeat(pipeline, { job: "extract", error: "LakeError" });
  await undoMigrations(pipeline);
  const { verdict, jobs, runs, tables } = await read(pipeline);
  // Nothing has recorded how fresh it is, but its last commit is loaded.
  assertEquals([verdict.status, runs], ["failing", []]);
  assertEquals(jobs.map(({ job, error }) => [job, error]), [["extract", "LakeError"]]);
  assert(tables.every(({ rows_exact, quarantined }) => !rows_exact && quarantined === 0));
});

test("readOperations() shows the last comparison and its findings, over all its runs", async (pipeline) => {
  const { sql } = pipeline;
  await runAndRecord(pipeline);
  await sql`INSERT INTO etl.reconciliation (done_at, deleted, missed, tables, finished) VALUES
    (now() - interval '4 min', '{"staff": 9}', '{}', '["dim_staff", "fact_payment"]', true),
    (now() - interval '3 min', '{"staff": 1}', '{}', '["dim_staff"]', false),
    (now() - interval '2 min', '{"staff": 1, "payment": 2}', '{"payment": 1}',
      '["dim_staff", "fact_payment"]', true)`;
  const { done_at: _, ...found } = (await read(pipeline)).reconciliation!;
  assertEquals(found, {
    finished: true,
    tables: 2,
    deleted: { staff: 2, payment: 2 },
    missed: { payment: 1 },
    refused: null,
  });
});

test("readOperations() shows a skipped commit until a comparison has made up for it", async (pipeline) => {
  const { sql } = pipeline;
  await runAndRecord(pipeline);
  await sql`UPDATE etl.applied_commit SET skipped = 'damaged'`;
  const [{ source, sequence, reason }] = (await read(pipeline)).skipped;
  assertEquals([source, sequence, reason], ["database", 1, "an object is damaged"]);
  await sql`INSERT INTO etl.reconciliation (deleted, missed, ingestion_sequence)
    VALUES ('{}', '{}', 1)`;
  assertEquals((await read(pipeline)).skipped, []);
});

test("readOperations() reads only what the dashboard role can read", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  const limited = { ...pipeline, source: roles.source, warehouse: roles.warehouse };
  assertEquals((await read({ warehouse: roles.dashboard })).verdict.status, "empty");
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 2, agreed_payment_date: "soon" });
  await runAndRecord(limited);
  const operations = await read({ warehouse: roles.dashboard });
  assertEquals([operations.verdict.status, operations.quarantine.rows], ["fresh", 1]);
  assert(operations.tables.every(({ exists, source }) => exists === (source === "database")));
  assertEquals((await readHours(openAs(roles.dashboard), new Date(0))).length, 1);
});

test("a key that a shell would read is quoted in the command", async (pipeline) => {
  await load(pipeline);
  const keys = ["7", "2026-11-30/eur", "it's $HOME", "--json"];
  for (const key of keys) {
    await pipeline
      .sql`INSERT INTO etl.quarantine VALUES ('dim_staff', ${key}, '', false, '{}', 1, now())`;
  }
  const { quarantine: { reasons } } = await read(pipeline);
  const shown = reasons.flatMap(({ examples }) => examples);
  assertEquals(shown.map(({ key }) => key).sort(), keys.toSorted());
  for (const { key, show } of shown) {
    const words = `${show.replace("deno task etl", "printf '%s\\n'")}`;
    const { stdout } = await new Deno.Command("sh", { args: ["-c", words] }).output();
    assertEquals(new TextDecoder().decode(stdout), `quarantine\nshow\ndim_staff\n${key}\n`);
  }
});
