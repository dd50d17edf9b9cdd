/** The crons record every job in the table of runs. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { payment } from "../../../schemas/mod.ts";
import { run } from "../../../sdk/operate/run.ts";
import { readRuns } from "../../../sdk/operate/recorded_runs.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { undoMigrations } from "../../operate/older_warehouse.ts";
import { insert } from "../../support/source.ts";
import { runCrons } from "./crons.ts";

test("every job of the crons is in the table of runs, quiet ticks too", async (pipeline) => {
  const settings = { ...settingsOf(pipeline), CRON_JOBS: "extract" };
  await runCrons(settings);
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await runCrons(settings);
  await runCrons(settings);
  for (const job of ["load", "reconcile", "heartbeat"]) {
    await runCrons({ ...settings, CRON_JOBS: job });
  }
  const runs = (await readRuns(pipeline)).toReversed();
  assertEquals(runs.map(({ job, outcome }) => [job, outcome]), [
    ["extract", "changed"],
    ["extract", "changed"],
    ["extract", "unchanged"],
    ["load", "unchanged"],
    ["reconcile", "unchanged"],
    ["heartbeat", "unchanged"],
  ]);
  const [first, second, quiet] = runs;
  assertEquals(first.behind_ms, null);
  assertEquals(second.tables.fact_payment, 1);
  assert(second.behind_ms! > 0 && second.lag_ms! > 0 && second.bytes > 0);
  assertEquals([quiet.rows, quiet.tables, quiet.lag_ms, quiet.schema_changes], [0, {}, null, []]);
  assert(quiet.fresh_as_of! > second.fresh_as_of!);
  const stages = Object.values(second.stage_ms).reduce((sum, ms) => sum + ms, 0);
  assert(stages <= second.elapsed_ms, `${stages} of ${second.elapsed_ms} ms`);
});

test("a job that fails is in the table of runs, with its error and what to do, and no secret", async (pipeline) => {
  await run(pipeline);
  const settings = { ...settingsOf(pipeline), CRON_JOBS: "extract" };
  await runCrons({ ...settings, SOURCE_URL: "postgres://me:s3cret@127.0.0.1:1/gone" });
  const [{ outcome, error, message, next, run: id }] = await readRuns(pipeline);
  assertEquals([outcome, error], ["failed", "SourceError"]);
  assertEquals(message, "Extraction failed: cannot read the source (ECONNREFUSED)");
  assertStringIncludes(next!, "deno task etl run");
  assert(id !== null);
  const rows = await pipeline.sql`SELECT r::text AS row FROM etl.run r`;
  assert(!rows.some(({ row }) => row.includes("s3cret")));
});

test("a job records its heartbeat in a warehouse without the table of runs", async (pipeline) => {
  await run(pipeline);
  await undoMigrations(pipeline);
  const settings = { ...settingsOf(pipeline), SOURCE_URL: "postgres://me@127.0.0.1:1/gone" };
  const { lines } = await runCrons({ ...settings, CRON_JOBS: "extract" });
  assertEquals(lines.filter(({ event }) => event === "heartbeat failed"), []);
  const [{ error }] = await pipeline.sql`SELECT error FROM etl.heartbeat`;
  assertEquals(error, "SourceError");
});
