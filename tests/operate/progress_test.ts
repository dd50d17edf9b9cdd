import { assert, assertEquals } from "@std/assert";
import { sourceTables } from "../../schemas/source_tables.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import type { Progress, Stage } from "../../sdk/progress.ts";
import { test, type TestPipeline } from "./pipelines.ts";

/** Inserts so many further orders. */
async function insertOrders({ sourceSql }: TestPipeline, count: number): Promise<void> {
  await sourceSql`INSERT INTO sales_order SELECT 1 + n, created_at, last_updated, design_id, staff_id,
    counterparty_id, units_sold, unit_price, currency_id, agreed_delivery_date, agreed_payment_date,
    agreed_delivery_location_id FROM sales_order, generate_series(1, ${count}) n`;
  await sourceSql`ANALYZE`;
}

test("a first load in parts reports rows that add up, and every step", async (pipeline) => {
  await insertOrders(pipeline, 99);
  const heard: Progress[] = [];
  const onProgress = (progress: Progress) => void heard.push(progress);
  const { load, extract } = await run({ ...pipeline, chunkRows: 30, onProgress });
  assert(load.commits.length > 2 && extract.outcome === "committed");
  const of = (stage: Stage) => heard.filter((progress) => progress.stage === stage);
  for (const stage of ["extract", "transform", "load"] as const) {
    for (const value of ["totalRows", "totalBytes", "fraction"] as const) {
      const values = of(stage).map((progress) => progress[value]!);
      assertEquals(values, values.toSorted((a, b) => a - b), `${value} of ${stage} only grow`);
    }
  }
  // A part contains the rows that its rows are joined with, so later stages see some more than once.
  const read = of("extract").at(-1)!;
  assert(read.totalRows >= sourceTables.length + 99, `${read.totalRows} rows`);
  const loaded = of("load").findLast(({ table }) => table === "fact_sales_order")!;
  assertEquals(loaded.rows, 100);
  const steps = of("load").filter(({ step }) => step !== undefined);
  assert(steps.some(({ table, step }) => table === "fact_sales_order" && step === "adding keys"));
  assert(of("load").at(-1) === steps.at(-1), "the keys come last");
  assert(of("load").findLast(({ step }) => step === undefined)!.fraction! < 0.8);
});

test("a tick reports its own rows, not those of the last one", async (pipeline) => {
  const last: Partial<Record<Stage, Progress>> = {};
  const onProgress = (progress: Progress) => void (last[progress.stage] = progress);
  await run({ ...pipeline, onProgress });
  await pipeline.sourceSql`UPDATE payment_type SET payment_type_name = 'other'`;
  await run({ ...pipeline, onProgress });
  assertEquals([last.extract?.totalRows, last.load?.rows], [1, 1]);
});

test("verify() and reconcile() report the rows that they have compared", async (pipeline) => {
  await run(pipeline);
  await insertOrders(pipeline, 49);
  await run(pipeline);
  for (const compare of [verify, reconcile]) {
    const heard: Progress[] = [];
    await compare({ ...pipeline, onProgress: (progress) => void heard.push(progress) });
    const compared = heard.filter(({ stage }) => stage === "compare");
    const orders = compared.findLast(({ table }) => table === "fact_sales_order")!;
    assertEquals([orders.rows, orders.expected], [50, 50]);
    assert(compared.at(-1)!.totalRows >= 59 && compared.at(-1)!.totalBytes > 0);
    const fractions = compared.map(({ fraction }) => fraction!);
    assertEquals(fractions, fractions.toSorted((a, b) => a - b));
    assert(fractions.at(-1)! > 0.9);
  }
});
