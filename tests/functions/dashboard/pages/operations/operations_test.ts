import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openWarehouse } from "../../../../../functions/dashboard/data/warehouse.ts";
import { payment, salesOrder } from "../../../../../schemas/mod.ts";
import { WarehouseError } from "../../../../../sdk/errors.ts";
import { reconcile } from "../../../../../sdk/operate/compare/reconcile.ts";
import { verify } from "../../../../../sdk/operate/compare/verify.ts";
import { run } from "../../../../../sdk/operate/run.ts";
import { factsOfRun } from "../../../../../sdk/operate/run_facts.ts";
import { recordRun } from "../../../../../sdk/operate/run_history.ts";
import { recordVerification } from "../../../../../sdk/operate/verifications.ts";
import { test, type TestPipeline } from "../../../../operate/pipelines.ts";
import { insert } from "../../../../support/source.ts";
import { type Asking, BROWSER, captureLog, startDashboard } from "../../fake_dashboard.ts";

async function open({ warehouse: url, ingestion }: TestPipeline): Promise<Asking> {
  const secret = { get: () => Promise.resolve(url), renew: () => Promise.resolve(url) };
  return await startDashboard("everyone", { warehouse: openWarehouse(secret), ingestion });
}

async function textOf(ask: Asking, path = "/", status = 200): Promise<string> {
  const answer = await ask(path, { headers: BROWSER });
  assertEquals(answer.status, status);
  return (await answer.text()).replaceAll("\u202f", " ");
}

/** Runs the pipeline as the crons do. */
async function tick(pipeline: TestPipeline): Promise<void> {
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

test("the page of an empty warehouse says which commands fill it", async (pipeline) => {
  const html = await textOf(await open(pipeline));
  assertStringIncludes(html, "<title>Not loaded yet · totesys</title>");
  for (const command of ["run", "verify"]) {
    assertStringIncludes(html, `<code>deno task etl ${command}</code>`);
  }
});

test("the page says how fresh the warehouse is, and what the last runs did", async (pipeline) => {
  const ask = await open(pipeline);
  await tick(pipeline);
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await tick(pipeline);
  await tick(pipeline);
  const html = await textOf(ask);
  assertMatch(html, /<h1 id="verdict">Fresh: \d+ s behind, <span class="soft">objective 30 min/);
  assertMatch(html, /<title>Fresh: \d+ s behind · totesys/);
  assertStringIncludes(html, "The last 3 runs succeeded");
  assertStringIncludes(html, "All 13 tables are within their objectives");
  assertStringIncludes(html, "No rows in quarantine");
  assertStringIncludes(html, "Compare every value with the source:");
  assertMatch(html, /href="\/catalogue\/fact_payment"/);
});

test("the page shows why a row is in quarantine, but not its value", async (pipeline) => {
  await insert(pipeline.sourceSql, salesOrder, {
    sales_order_id: 2,
    agreed_payment_date: "2022-02-30",
  });
  await tick(pipeline);
  const html = await textOf(await open(pipeline));
  assertStringIncludes(html, "1 row is in quarantine; every other row is loaded");
  assertStringIncludes(html, "<code>agreed_payment_date</code> is not a date");
  assertStringIncludes(html, "deno task etl quarantine show fact_sales_order 2");
  assertStringIncludes(html, "deno task etl quarantine retry");
  assert(!html.includes("2022-02-30"));
});

test("the page names a change of the source's schema, and the table that it stops", async (pipeline) => {
  await tick(pipeline);
  const ask = await open(pipeline);
  await pipeline.sourceSql`ALTER TABLE design ADD COLUMN recycled_percent integer`;
  await tick(pipeline);
  assertStringIncludes(await textOf(ask), "1 schema change in the source; no table is stopped");
  await pipeline.sourceSql`ALTER TABLE design DROP COLUMN design_name`;
  await tick(pipeline);
  const html = await textOf(ask);
  assertStringIncludes(html, "<title>▲ 1 table is stopped: design · totesys");
  assertStringIncludes(html, "A schema change stopped design");
  assertStringIncludes(html, "dim_design is stopped");
});

test("the page shows what the last reconciliation repaired, and the proof of the last verify", async (pipeline) => {
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await tick(pipeline);
  await pipeline.sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  await reconcile(pipeline);
  await recordVerification(pipeline, await verify(pipeline));
  const html = await textOf(await open(pipeline));
  assertStringIncludes(html, "The last reconciliation repaired 1 row");
  assertStringIncludes(html, "removed 1 row of payment deleted in the source");
  assertMatch(html, /\d+ tables, \d+ rows, 0 differences/);
});

test("files of the charts hold every run and the lag of every interval", async (pipeline) => {
  const ask = await open(pipeline);
  await tick(pipeline);
  const runs = (await textOf(ask, "/operations/runs.csv")).split("\r\n");
  assertMatch(runs[0], /^started_at,job,run,outcome,elapsed_ms,.*,extract_ms,transform_ms,load_ms/);
  assertMatch(runs[1], /^\d{4}-\d\d-\d\dT[\d:.]+Z,extract,[^,]+,changed,\d+,\d+/);
  const day = (await textOf(ask, "/operations/lag.csv")).split("\r\n");
  assertEquals(day[0], "from,to,behind_ms");
  assertMatch(day.at(-2)!, /Z,\d+$/);
  const week = (await textOf(ask, "/operations/lag.csv?lag=week")).split("\r\n");
  assertMatch(week.at(-2)!, /:00:00\.000Z,[^,]+Z,\d+$/);
});

test("the SQL of a chart runs as it is pasted", async (pipeline) => {
  await tick(pipeline);
  const ask = await open(pipeline);
  for (const path of ["runs.sql", "lag.sql", "lag.sql?lag=week"]) {
    const rows = await pipeline.sql.unsafe(await textOf(ask, `/operations/${path}`));
    assertEquals(rows.length, 1, path);
  }
});

test("the lag of a week is a link away", async (pipeline) => {
  await tick(pipeline);
  const html = await textOf(await open(pipeline), "/?lag=week");
  assertStringIncludes(html, '<a href="/?lag=week" aria-current="true">7 days</a>');
  assertStringIncludes(html, "behind the source, worst of each hour, since ");
});

Deno.test("a warehouse that is down has a page that says why, without the password", async () => {
  using log = captureLog();
  const url = "postgres://dashboard:hunter2@127.0.0.1:1/warehouse?sslmode=disable";
  const secret = { get: () => Promise.resolve(url), renew: () => Promise.resolve(url) };
  const ask = await startDashboard("everyone", { warehouse: openWarehouse(secret) });
  const html = await textOf(ask, "/", 503);
  assertStringIncludes(html, "<title>✕ Cannot read the warehouse · totesys</title>");
  assertStringIncludes(html, "127.0.0.1:1");
  assertStringIncludes(html, "deno task etl status");
  assertStringIncludes(html, "No open incidents");
  assert(!html.includes("hunter2"));
  assertEquals(log.lines.length, 1);
});

Deno.test("a page whose warehouse fails half way says so, too", async () => {
  using _log = captureLog();
  let asked = 0;
  const query = () =>
    asked++ === 0
      ? Promise.resolve([{ commits: "", runs: "" }])
      : Promise.reject(new WarehouseError("the server closed the connection"));
  const ask = await startDashboard("everyone", { warehouse: { query } as never });
  const html = await textOf(ask, "/", 503);
  assertStringIncludes(html, "The server closed the connection.");
  assert(!html.includes("undefined"));
});
