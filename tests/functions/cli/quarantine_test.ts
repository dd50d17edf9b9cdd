import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { salesOrder } from "../../../schemas/mod.ts";
import { run } from "../../../sdk/operate/run.ts";
import { settingsOf, test, type TestPipeline } from "../../operate/pipelines.ts";
import { insert } from "../../support/source.ts";
import { etl, type Output } from "./cli.ts";

const SETTINGS = {
  SOURCE_URL: "postgres://reader:secret@db.example.com:5432/totesys",
  WAREHOUSE_URL: "postgres://loader:secret@db.example.com:5432/warehouse",
  INGESTION_URL: "file:///var/lake/ingestion",
  PROCESSED_URL: "file:///var/lake/processed",
};

/** Returns the JSON on stdout. Asserts that it is one line and that stderr is empty. */
function json({ stdout, stderr }: Output) {
  assertEquals([stdout.trim().split("\n").length, stderr], [1, ""], stdout + stderr);
  return JSON.parse(stdout);
}

async function badOrder({ sourceSql }: TestPipeline): Promise<void> {
  await insert(sourceSql, salesOrder, { sales_order_id: 7, agreed_payment_date: "2022-02-30" });
}

test("etl run warns of rows in quarantine, and exits 0", async (pipeline) => {
  const settings = settingsOf(pipeline);
  await badOrder(pipeline);
  const first = await etl(["run"], settings);
  assertEquals(first.code, 0, first.stderr);
  assertMatch(
    first.stdout,
    /^loaded 11 rows up to commit 1 .*\nwarning: 1 row is in quarantine\.\n/,
  );
  assertStringIncludes(first.stdout, "deno task etl quarantine list");
  const second = await etl(["run"], settings);
  assertEquals(second.code, 0);
  assertMatch(second.stdout, /^nothing changed, .*\nwarning: 1 row is in quarantine\.\n/);
  const asJson = await etl(["run", "--json"], settings);
  assertEquals([asJson.code, json(asJson).load.quarantined], [0, 1]);
  await pipeline.sourceSql`UPDATE sales_order SET agreed_payment_date = '2022-02-28'`;
  const fixed = await etl(["run"], settings);
  assertMatch(fixed.stdout, /^loaded .*\.\n$/, "no warning is left");
});

test("etl quarantine list names table, key, time and reason of every row", async (pipeline) => {
  const settings = settingsOf(pipeline);
  await run(pipeline);
  const empty = await etl(["quarantine", "list"], settings);
  assertEquals([empty.code, empty.stdout], [0, "quarantine is empty.\n"]);
  await badOrder(pipeline);
  await run(pipeline);
  const { code, stdout } = await etl(["quarantine", "list"], settings);
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /^fact_sales_order +7 +\d{4}-\d\d-\d\dT\S+Z +sales_order 7: agreed_payment_date: .*"2022-02-30"$/m,
  );
  const asJson = await etl(["quarantine", "list", "--json"], settings);
  assertEquals(asJson.code, 0);
  const { entries: [{ since, content, reason, ...entry }, ...others] } = json(asJson);
  assertEquals(others, []);
  assertEquals(entry, { table: "fact_sales_order", key: "7", orphaned: false, sequence: 2 });
  assertMatch(since, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assertMatch(reason, /^sales_order 7: agreed_payment_date: /);
  assertEquals([content.sales_order_id, content.agreed_payment_date], [7, "2022-02-30"]);
});

test("etl quarantine show prints the row's content, and exits 1 when there is none", async (pipeline) => {
  const settings = settingsOf(pipeline);
  await badOrder(pipeline);
  await run(pipeline);
  const shown = await etl(["quarantine", "show", "fact_sales_order", "7"], settings);
  assertEquals(shown.code, 0, shown.stderr);
  for (const part of ['"table": "fact_sales_order"', '"agreed_payment_date": "2022-02-30"']) {
    assertStringIncludes(shown.stdout, part);
  }
  const asJson = await etl(["quarantine", "show", "fact_sales_order", "7", "--json"], settings);
  assertEquals(asJson.code, 0);
  const { entries } = json(asJson);
  assertEquals([entries.length, entries[0].content.sales_order_id], [1, 7]);
  for (const [table, key] of [["fact_sales_order", "8"], ["dim_staff", "7"]]) {
    const missing = await etl(["quarantine", "show", table, key, "--json"], settings);
    assertEquals([missing.code, json(missing).entries], [1, []]);
    const { stdout } = await etl(["quarantine", "show", table, key], settings);
    assertEquals(stdout, "this row is not in quarantine.\n");
  }
});

test("etl quarantine retry releases a row deleted in the source, and reports it", async (pipeline) => {
  const settings = settingsOf(pipeline);
  await badOrder(pipeline);
  await run(pipeline);
  const useless = await etl(["quarantine", "retry"], settings);
  assertEquals([useless.code, useless.stdout], [
    0,
    "OK: nothing to repair.\n1 row is still in quarantine.\n",
  ]);
  await pipeline.sourceSql`DELETE FROM sales_order WHERE sales_order_id = 7`;
  const retried = await etl(["quarantine", "retry", "--json"], settings);
  assertEquals(retried.code, 0);
  const { outcome, deleted, quarantined } = json(retried);
  assertEquals([outcome, deleted, quarantined], ["repaired", { sales_order: 1 }, 0]);
  assertEquals(json(await etl(["quarantine", "list", "--json"], settings)).entries, []);
});

test("etl verify names an invalid row with its reason, and exits 1", async (pipeline) => {
  const settings = settingsOf(pipeline);
  await run(pipeline);
  await pipeline.sourceSql`UPDATE payment SET payment_date = '2022-02-30'`;
  await run(pipeline);
  const { code, stdout } = await etl(["verify"], settings);
  assertEquals(code, 1);
  assertMatch(stdout, /^fact_payment 1: invalid: payment 1: payment_date: .*"2022-02-30"$/m);
  assertStringIncludes(stdout, "NOT OK: 1 row differs from the source.");
});

test("etl run fails above the limit, and --quarantine-limit 100 accepts the rows", async (pipeline) => {
  const settings = settingsOf(pipeline);
  await pipeline.sourceSql`
    INSERT INTO payment SELECT (p).* FROM (
      SELECT jsonb_populate_record(p, jsonb_build_object('payment_id', n, 'payment_date', 'soon')) p
      FROM payment p, generate_series(2, 102) n) rows`;
  const failed = await etl(["run"], settings);
  assertEquals([failed.code, failed.stdout], [1, ""]);
  for (const part of ["QuarantineError", "fact_payment", "--quarantine-limit 100", "next:"]) {
    assertStringIncludes(failed.stderr, part);
  }
  const asJson = await etl(["run", "--json"], settings);
  assertEquals(asJson.code, 1);
  assertEquals([json(asJson).error, json(asJson).retryable], ["QuarantineError", false]);
  const passed = await etl(["run", "--quarantine-limit", "100"], settings);
  assertEquals(passed.code, 0, passed.stderr);
  assertStringIncludes(passed.stdout, "warning: 101 rows are in quarantine");
});

Deno.test("etl quarantine with unknown or missing arguments is bad usage", async () => {
  const wrong = [
    ["quarantine", "lst"],
    ["quarantine", "list", "fact_payment"],
    ["quarantine", "show"],
    ["quarantine", "show", "fact_payment"],
    ["quarantine", "show", "fact_payment", "1", "2"],
    ["quarantine", "retry", "1"],
  ];
  for (const args of wrong) {
    const { code, stdout, stderr } = await etl(args, SETTINGS);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertMatch(stderr, /\n {2}next: deno task etl help quarantine/);
  }
});

test("etl quarantine list of a warehouse that was never loaded fails, and names the next step", async (pipeline) => {
  const { code, stdout, stderr } = await etl(["quarantine", "list"], settingsOf(pipeline));
  assertEquals([code, stdout], [1, ""]);
  for (const part of ["nothing has been loaded", "stage quarantine", "next: deno task etl run"]) {
    assertStringIncludes(stderr, part);
  }
});
