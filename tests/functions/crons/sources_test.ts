/** The crons of the sources that are not the database, through the deployed entry point. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { serveRates } from "../../../dev/simulator/rates.ts";
import { healthHandler } from "../../../functions/crons/health.ts";
import { readCronSettings } from "../../../functions/settings/crons.ts";
import { readFreshness } from "../../../sdk/operate/freshness.ts";
import { run } from "../../../sdk/operate/run.ts";
import { runSource } from "../../../sdk/operate/run_source.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import { ratesSource } from "../../../sdk/sources/rates/rates.ts";
import { temporaryFolder } from "../../lake/temporary_folder.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { daysAgo, startRatesServer } from "../../support/rates_server.ts";
import { type Crons, runCrons } from "./crons.ts";

const DOWN = "http://127.0.0.1:1/{date}/{code}";

function linesOf({ lines }: Crons, event: string) {
  return lines.filter((line) => line.event === event);
}

test("a source has a cron of its own, unless it is off", async (pipeline) => {
  const { registered } = await runCrons({
    ...settingsOf(pipeline),
    CRON_JOBS: "",
    RATES_URL: DOWN,
    FILES_URL: "file:///srv/targets",
    FILES_SCHEDULE: "0 6 * * *",
  });
  const further = registered.slice(4);
  assertEquals(further.map(({ name, schedule }: Record<string, string>) => [name, schedule]), [
    ["rates", "23 */6 * * *"],
    ["files", "0 6 * * *"],
  ]);
});

test("the rates cron loads new rates and logs its documents and tables", async (pipeline) => {
  await using server = startRatesServer();
  const settings = { ...settingsOf(pipeline), RATES_URL: server.RATES_URL };
  const crons = await runCrons({ ...settings, CRON_JOBS: "rates" });
  assertEquals(crons.code, 0, crons.said);
  const [job] = linesOf(crons, "job");
  assertEquals([job.job, job.level, job.documents > 0, job.rows > 0], [
    "rates",
    "info",
    true,
    true,
  ]);
  const tables = linesOf(crons, "table").map(({ stage, table }) => `${stage} ${table}`);
  assert(tables.includes("load fact_exchange_rate"), tables.join());
  const again = await runCrons({ ...settings, CRON_JOBS: "rates" });
  assertEquals(linesOf(again, "job")[0].documents, 0);
});

test("a source that is down fails its own cron and no other", async (pipeline) => {
  const settings: Record<string, string> = { ...settingsOf(pipeline), RATES_URL: DOWN };
  await runCrons({ ...settings, CRON_JOBS: "extract" });
  await pipeline.sourceSql`UPDATE design SET design_name = 'new'`;
  const crons = await runCrons(settings);
  assertEquals(crons.code, 1);
  const outcomes = Object.fromEntries(linesOf(crons, "job").map(({ job, level }) => [job, level]));
  assertEquals(outcomes, {
    extract: "info",
    load: "info",
    reconcile: "info",
    heartbeat: "info",
    rates: "error",
  });
  const failed = linesOf(crons, "job").find(({ job }) => job === "rates");
  assertEquals([failed.error, failed.retryable], ["SourceError", true]);
  assert((await verify(pipeline)).equal);
  assertEquals((await readFreshness(pipeline)).failing, ["rates"]);
  const handler = healthHandler(readCronSettings((name) => settings[name]));
  const health = await handler(new Request("https://totesys.example.com/health"));
  assertEquals(health.status, 200, "the warehouse is healthy");
  assertEquals((await health.json()).failing, ["rates"]);
});

test("a database that is down does not hold up the rates cron", async (pipeline) => {
  await using server = startRatesServer();
  const crons = await runCrons({
    ...settingsOf(pipeline),
    SOURCE_URL: "secretsmanager://out/of/reach",
    RATES_URL: server.RATES_URL,
    CRON_JOBS: "extract,rates",
  });
  const outcomes = Object.fromEntries(linesOf(crons, "job").map(({ job, level }) => [job, level]));
  assertEquals(outcomes, { extract: "error", rates: "info" }, crons.said);
});

test("a gap in the rates is an alert, once, even if the run fails later", async (pipeline) => {
  const gap = daysAgo(4);
  let isDown = true;
  await using server = startRatesServer((request) => {
    if (request.url.includes(gap)) return new Response(null, { status: 404 });
    const fails = isDown && request.url.includes(daysAgo(0));
    return fails ? new Response(null, { status: 403 }) : serveRates(request);
  });
  const today = () => new Date(Date.now() - 5 * 86_400_000);
  const source = ratesSource({ urls: [server.RATES_URL], base: "eur", today });
  await runSource({ ...pipeline, source });
  const settings = { ...settingsOf(pipeline), RATES_URL: server.RATES_URL, CRON_JOBS: "rates" };
  const crons = await runCrons(settings);
  assertEquals(linesOf(crons, "job")[0].error, "SourceError");
  const [{ alert, level, message }, ...others] = linesOf(crons, "alert");
  assertEquals([level, alert.code, alert.document], [
    "warning",
    "document_missing",
    `${gap}/eur`,
  ]);
  assertMatch(message, new RegExp(`^The document ${gap}/eur is missing: .*\\.$`));
  assertEquals(others, []);
  isDown = false;
  const next = await runCrons(settings);
  assertEquals([next.code, linesOf(next, "alert")], [0, []]);
});

test("the files cron loads the good files and reports the others", async (pipeline) => {
  await run(pipeline); // the staff that targets refer to
  await using folder = await temporaryFolder();
  const write = (name: string, text: string) => Deno.writeTextFile(join(folder.path, name), text);
  await write("a.csv", "staff_id,month,currency_code,target\n1,2026-11,GBP,1250.00\n");
  await write("b.csv", "not a table of targets\n1\n");
  await write("c.csv", await Deno.readTextFile(join(folder.path, "a.csv")));
  const settings = { ...settingsOf(pipeline), FILES_URL: folder.url, CRON_JOBS: "files" };
  const crons = await runCrons(settings);
  assertEquals([crons.code, linesOf(crons, "job")[0].documents], [0, 3], crons.said);
  const alerts = linesOf(crons, "alert").map((
    { level, alert },
  ) => [level, alert.code, alert.document]);
  assertEquals(alerts, [
    ["error", "document_refused", "b.csv"],
    ["warning", "document_duplicate", "c.csv"],
  ]);
  const targets = await pipeline.sql`SELECT target::text FROM fact_sales_target`;
  assertEquals(targets.map(({ target }) => target), ["1250.00"]);
  const again = await runCrons(settings);
  assertEquals([again.code, linesOf(again, "alert")], [0, []], "each is reported once");
});

test("the heartbeat cron reports a source whose last document is too old", async (pipeline) => {
  await using server = startRatesServer();
  const settings = { ...settingsOf(pipeline), RATES_URL: server.RATES_URL };
  await runCrons({ ...settings, CRON_JOBS: "extract,rates" });
  const beat = { ...settings, CRON_JOBS: "heartbeat" };
  assertEquals(linesOf(await runCrons(beat), "alert"), []);
  const crons = await runCrons({ ...beat, RATES_FRESHNESS_HOURS: "0.0001" });
  const [{ alert, message }] = linesOf(crons, "alert");
  assertEquals([alert.code, alert.scope, alert.source], ["stale", "heartbeat", "rates"]);
  assertMatch(message, /^The newest data of the source rates is more than .* old\.$/);
  assertEquals(linesOf(await runCrons({ ...beat, RATES_FRESHNESS_HOURS: "off" }), "alert"), []);
});
