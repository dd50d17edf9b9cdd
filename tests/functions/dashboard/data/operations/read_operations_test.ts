import { assert, assertEquals } from "@std/assert";
import { totesys } from "../../../../../schemas/mod.ts";
import { payment, salesOrder } from "../../../../../schemas/mod.ts";
import { openWarehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import type { Operations } from "../../../../../functions/dashboard/data/operations/operations.ts";
import {
  type OperationsOptions,
  readOperations,
} from "../../../../../functions/dashboard/data/operations/read_operations.ts";
import { factsOfRun } from "../../../../../sdk/operate/run_facts.ts";
import { recordRun } from "../../../../../sdk/operate/run_history.ts";
import { run } from "../../../../../sdk/operate/run.ts";
import { test, type TestPipeline } from "../../../../operate/pipelines.ts";
import { insert } from "../../../../support/source.ts";

async function read(
  { warehouse: url }: Pick<TestPipeline, "warehouse">,
  options: Partial<OperationsOptions> = {},
): Promise<Operations> {
  const get = () => Promise.resolve(url);
  return await readOperations({
    model: totesys,
    warehouse: openWarehouse({ get, renew: get }),
    freshness_ms: 30 * 60_000,
    sources: new Map(),
    quarantine_rows: 100,
    now: () => new Date(),
    ...options,
  });
}

/** Runs the pipeline as the command line does. */
async function runAndRecord(pipeline: TestPipeline): Promise<void> {
  const started_at = new Date();
  const result = await run(pipeline);
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
