import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { extract } from "../../sdk/extract/extract.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { settingsOf, test, type TestPipeline } from "../operate/pipelines.ts";
import { keysOf } from "../support/lake.ts";
import { cronCommand, type Crons, outcomeOf, runCrons } from "./crons/crons.ts";

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
}

function jobLine({ lines }: Crons, job: string) {
  return lines.find((line) => line.job === job && line.event === "job");
}

/** Inserts more rows than a tick of the tests below extracts. */
async function fillDesign({ sourceSql }: TestPipeline, rows: number): Promise<void> {
  await sourceSql`INSERT INTO design
    SELECT n, now(), 'name', '/usr', 'file', now() FROM generate_series(100, ${99 + rows}) n`;
}

test("main.ts registers a cron for each job", async (pipeline) => {
  const { registered } = await runCrons(settingsOf(pipeline));
  const options = { backoffSchedule: [] };
  assertEquals(registered, [
    { name: "extract", schedule: "* * * * *", options },
    { name: "load", schedule: "* * * * *", options },
    { name: "reconcile", schedule: "17 * * * *", options },
    { name: "heartbeat", schedule: "* * * * *", options },
  ], "the next tick is the retry");
});

test("the crons run on the schedules in the environment", async (pipeline) => {
  const { registered } = await runCrons({
    ...settingsOf(pipeline),
    CRON_JOBS: "",
    EXTRACT_SCHEDULE: "*/5 * * * MON-FRI",
    LOAD_SCHEDULE: "1,2,30-40/2 * * * *",
    RECONCILE_SCHEDULE: "0 3 1 jan *",
    HEARTBEAT_SCHEDULE: " 59 23 31 12 7 ",
  });
  assertEquals(registered.map(({ schedule }: { schedule: string }) => schedule), [
    "*/5 * * * MON-FRI",
    "1,2,30-40/2 * * * *",
    "0 3 1 jan *",
    "59 23 31 12 7",
  ]);
});

test("no cron runs on the timeline of a branch or a preview", async (pipeline) => {
  for (const DENO_TIMELINE of ["git-branch/feature", "preview/abc123"]) {
    const { code, registered, lines } = await runCrons({ ...settingsOf(pipeline), DENO_TIMELINE });
    assertEquals([code, registered], [0, []]);
    assertEquals([lines[0].outcome, lines[0].timeline], ["inactive", DENO_TIMELINE]);
  }
  assertEquals(await keysOf(pipeline.ingestion), []);
  const production = { ...settingsOf(pipeline), DENO_TIMELINE: "production", CRON_JOBS: "" };
  assertEquals((await runCrons(production)).registered.length, 4);
});

test("the crons load the source into the warehouse and log a JSON line each", async (pipeline) => {
  const crons = await runCrons(settingsOf(pipeline));
  assertEquals(crons.code, 0, crons.said);
  const extracted = jobLine(crons, "extract");
  assertEquals([extracted.level, extracted.outcome], ["info", "committed"]);
  assert(extracted.lag_ms === null || extracted.lag_ms >= 0);
  for (const job of ["load", "reconcile", "heartbeat"]) {
    assertEquals(jobLine(crons, job).level, "info", job);
  }
  await assertVerified(pipeline);
});

test("the log has a line per table with its run, rows, bytes and milliseconds", async (pipeline) => {
  const { lines } = await runCrons({ ...settingsOf(pipeline), CRON_JOBS: "extract" });
  const { run } = lines.find(({ event }) => event === "job");
  const tables = lines.filter(({ event }) => event === "table");
  assertEquals(tables.filter(({ stage }) => stage === "extract").length, 11);
  for (const line of tables) {
    assertEquals([line.job, line.run], ["extract", run]);
    assert(line.rows >= 1 && line.bytes > 10 && line.ms >= 0, JSON.stringify(line));
  }
  const stages = new Set(tables.map(({ stage }) => stage));
  assertEquals([...stages], ["extract", "transform", "load"]);
});

test("the load cron loads what an extraction left in the lake", async (pipeline) => {
  await extract(pipeline);
  const settings = { ...settingsOf(pipeline), SOURCE_URL: "postgres://nobody@127.0.0.1:1/gone" };
  const crons = await runCrons({ ...settings, CRON_JOBS: "extract,load" });
  assertEquals(crons.code, 1, "a failed job throws, so that the platform counts it");
  const failed = jobLine(crons, "extract");
  assertEquals([failed.level, failed.error], ["error", "SourceError"]);
  const loaded = jobLine(crons, "load");
  assertEquals([loaded.level, loaded.commits], ["info", 1]);
  await assertVerified(pipeline);
});

test("a wrong setting is logged at the start, and no cron runs", async (pipeline) => {
  const { code, registered, lines } = await runCrons({
    ...settingsOf(pipeline),
    EXTRACT_SCHEDULE: "every minute",
    FRESHNESS_MINUTES: "soon",
    WAREHOUSE_URL: "",
  });
  assertEquals([code, registered, lines.length], [1, undefined, 1]);
  assertEquals([lines[0].event, lines[0].error], ["start", "ConfigurationError"]);
  for (const name of ["EXTRACT_SCHEDULE", "FRESHNESS_MINUTES", "WAREHOUSE_URL"]) {
    assertStringIncludes(lines[0].message, name);
  }
});

test("a run with almost no time makes progress at every tick", async (pipeline) => {
  await fillDesign(pipeline, 50);
  const settings = {
    ...settingsOf(pipeline),
    CHUNK_ROWS: "10",
    RUN_BUDGET_SECONDS: "0.001",
    CRON_JOBS: "extract",
  };
  const first = jobLine(await runCrons(settings), "extract");
  assertEquals([first.outcome, first.stopped_by, first.commits], ["committed", "time", 1]);
  const { lines } = await runCrons({ ...settings, CRON_TICKS: "9" });
  const ticks = lines.filter(({ event }) => event === "job");
  assertEquals(ticks.filter(({ commits }) => commits === 1).length, 6, JSON.stringify(ticks));
  assertEquals(ticks.at(-1).outcome, "unchanged");
  await assertVerified(pipeline);
});

test("a run with almost no memory makes progress", async (pipeline) => {
  await fillDesign(pipeline, 2000);
  const settings = { ...settingsOf(pipeline), CHUNK_ROWS: "10", CRON_JOBS: "extract" };
  const crons = await runCrons({ ...settings, MEMORY_BUDGET_MB: "1" });
  const { stopped_by, commits } = jobLine(crons, "extract");
  assertEquals(stopped_by, "memory");
  assert(commits >= 1);
});

test("a run that is evicted stops cleanly, and the next one resumes", async (pipeline) => {
  await fillDesign(pipeline, 3000);
  const settings = { ...settingsOf(pipeline), CHUNK_ROWS: "10", CRON_JOBS: "extract" };
  const child = cronCommand(settings).spawn();
  const output = child.output();
  while ((await keysOf(pipeline.ingestion)).filter((key) => key.startsWith("_log/")).length < 3) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const signalled = performance.now();
  child.kill("SIGINT");
  const crons = outcomeOf(await output);
  assert(performance.now() - signalled < 4_500);
  assertEquals(crons.code, 0, crons.said);
  assertEquals(jobLine(crons, "extract").outcome, "stopped", crons.said);
  assertEquals(crons.lines.filter(({ level }) => level === "error"), []);
  const next = await runCrons({ ...settings, CHUNK_ROWS: "1000" });
  assertEquals(jobLine(next, "extract").outcome, "committed");
  await assertVerified(pipeline);
});

test("a reconciliation that is evicted stops cleanly and changes nothing", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  const blocker = await sourceSql.reserve();
  await blocker`BEGIN`;
  await blocker`LOCK TABLE payment IN ACCESS EXCLUSIVE MODE`;
  const child = cronCommand({ ...settingsOf(pipeline), CRON_JOBS: "reconcile" }).spawn();
  const output = child.output();
  const waits = () =>
    sourceSql`SELECT FROM pg_locks WHERE NOT granted AND relation = 'payment'::regclass`;
  while ((await waits()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill("SIGINT");
  await new Promise((resolve) => setTimeout(resolve, 200));
  await blocker`ROLLBACK`;
  blocker.release();
  const crons = outcomeOf(await output);
  assertEquals(crons.code, 0, crons.said);
  assertEquals(jobLine(crons, "reconcile").outcome, "stopped", crons.said);
  assertEquals([...await pipeline.sql`SELECT * FROM etl.reconciliation`], []);
});

test("the load cron needs no secret of the source", async (pipeline) => {
  await extract(pipeline);
  const settings = { ...settingsOf(pipeline), SOURCE_URL: "secretsmanager://out/of/reach" };
  const crons = await runCrons({ ...settings, CRON_JOBS: "load,heartbeat" });
  assertEquals(crons.code, 0, crons.said);
  assertEquals(jobLine(crons, "load").commits, 1);
});
