import { assert, assertEquals } from "@std/assert";
import { healthHandler, healthOf } from "../../../functions/crons/health.ts";
import { readCronSettings } from "../../../functions/settings/crons.ts";
import { freshAsOf, readFreshness, recordHeartbeat } from "../../../sdk/operate/freshness.ts";
import { status } from "../../../sdk/operate/status.ts";
import { run } from "../../../sdk/operate/run.ts";
import { settingsOf, test, type TestPipeline } from "../../operate/pipelines.ts";
import { runCrons } from "./crons.ts";

const MINUTE_MS = 60_000;

function handlerOf(pipeline: TestPipeline, more: Record<string, string> = {}) {
  const settings: Record<string, string> = { ...settingsOf(pipeline), ...more };
  return healthHandler(readCronSettings((name) => settings[name]));
}

async function ask(handler: (request: Request) => Promise<Response>, path = "/health") {
  const response = await handler(new Request(`https://totesys.example.com${path}`));
  return { status: response.status, text: await response.text() };
}

test("the health endpoint answers 200 once the warehouse is fresh, and 503 before", async (pipeline) => {
  const before = await ask(handlerOf(pipeline));
  assertEquals([before.status, JSON.parse(before.text).status], [503, "starting"]);
  await runCrons({ ...settingsOf(pipeline), CRON_JOBS: "extract" });
  const after = await ask(handlerOf(pipeline));
  assertEquals(after.status, 200, after.text);
  const { status, freshness_seconds, objective_seconds, failing, ...rest } = JSON.parse(after.text);
  assertEquals([status, objective_seconds, failing], ["fresh", 1800, []]);
  assert(freshness_seconds >= 0 && freshness_seconds < 60);
  assertEquals(Object.keys(rest), ["fresh_as_of"]);
});

test("a tick that finds nothing to do keeps the warehouse fresh", async (pipeline) => {
  const settings = { ...settingsOf(pipeline), CRON_JOBS: "extract" };
  await runCrons(settings);
  const first = await readFreshness(pipeline);
  await runCrons(settings);
  const second = await readFreshness(pipeline);
  assert(second.fresh_as_of! > first.fresh_as_of!, JSON.stringify([first, second]));
});

test("the health endpoint answers 503 without a secret when the last run failed", async (pipeline) => {
  await runCrons({ ...settingsOf(pipeline), CRON_JOBS: "extract" });
  const SOURCE_URL = "postgres://reader:hunter2@127.0.0.1:1/gone";
  await runCrons({ ...settingsOf(pipeline), SOURCE_URL, CRON_JOBS: "extract" });
  const failing = await ask(handlerOf(pipeline, { SOURCE_URL }));
  assertEquals([failing.status, JSON.parse(failing.text).failing], [503, ["extract"]]);
  const WAREHOUSE_URL = "postgres://loader:hunter2@127.0.0.1:1/gone";
  const down = await ask(handlerOf(pipeline, { WAREHOUSE_URL }));
  assertEquals([down.status, down.text], [503, '{"status":"failing"}']);
});

test("the health endpoint answers only GET /health", async (pipeline) => {
  const handler = handlerOf(pipeline);
  for (const path of ["/", "/health/", "/healthz", "/etc/passwd", "//health"]) {
    assertEquals(await ask(handler, path), { status: 404, text: "" }, path);
  }
  const post = await handler(new Request("https://a.example.com/health", { method: "POST" }));
  assertEquals([post.status, await post.text()], [405, ""]);
  const head = await handler(new Request("https://a.example.com/health", { method: "HEAD" }));
  assertEquals(head.status, 503);
});

Deno.test("the health endpoint of a branch answers that no cron runs", async () => {
  const { status, text } = await ask(healthHandler(null));
  assertEquals([status, text], [503, '{"status":"inactive"}']);
});

Deno.test("a warehouse is stale when it is further behind than the limit", () => {
  const freshness = { fresh_as_of: "2026-11-21T10:00:00.000Z", sources: {}, failing: [] };
  const statusAt = (freshness_ms: number) =>
    healthOf({ ...freshness, freshness_ms }, 30 * MINUTE_MS).status;
  assertEquals([30, 31].map((minutes) => statusAt(minutes * MINUTE_MS)), ["fresh", "stale"]);
});

test("a slow older tick does not set freshness back", async (pipeline) => {
  const started = new Date();
  const fresh_as_of = freshAsOf(await run(pipeline), started);
  assert(fresh_as_of !== null);
  const job = "extract";
  await recordHeartbeat(pipeline, { job, error: null, fresh_as_of });
  await recordHeartbeat(pipeline, { job, error: null, fresh_as_of: "2020-01-01T00:00:00Z" });
  await recordHeartbeat(pipeline, { job, error: "SourceError" });
  const freshness = await readFreshness(pipeline);
  assertEquals(
    Math.abs(Date.parse(freshness.fresh_as_of!) - Date.parse(fresh_as_of!)) < 1000,
    true,
  );
  assertEquals(freshness.failing, ["extract"]);
});

test("a warehouse does not become fresher while a table of its source is stopped", async (pipeline) => {
  await run(pipeline);
  await pipeline.sourceSql`ALTER TABLE payment RENAME COLUMN paid TO is_paid`;
  const result = await run(pipeline);
  assertEquals([result.extract.outcome, freshAsOf(result, new Date())], ["unchanged", null]);
});

test("a warehouse is not fresh before its first load is complete", async (pipeline) => {
  const result = await run({ ...pipeline, chunkRows: 5, signal: AbortSignal.abort() });
  assertEquals([result.stopped, freshAsOf(result, new Date())], [true, null]);
  assertEquals((await status(pipeline)).fresh_as_of, null);
});
