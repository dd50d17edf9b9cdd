import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { processedZone } from "../../../sdk/lake/zone.ts";
import { openStore } from "../../../sdk/lake/open_store.ts";
import { contents } from "../../load/star.ts";
import { createHistory, warehouseContents } from "../../operate/histories.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { keysOf } from "../../support/lake.ts";
import { type TestDatabase, testDatabase } from "../../support/postgres.ts";
import { processedCommits } from "../../transform/batches.ts";
import { etl, etlCommand, etlProcess, killHard } from "./cli.ts";

const ZONES = { INGESTION_URL: "file:///var/lake/ingestion", PROCESSED_URL: "file:///var/lake/p" };
const SECRET = "hunter2";

Deno.test("etl replay with a missing or invalid target is bad usage", async () => {
  const wrong: [string[], string][] = [
    [["replay"], "--into is not set"],
    [["replay", "--into", "mysql://db/w"], "--into does not begin with postgres://"],
    [["replay", "--into", `${SECRET}:x`], "--into does not begin with postgres://"],
    [["replay", "--into", "mysql://db/w", "--from", "0"], "\n--from is not a whole number"],
    [["replay", "--into", `x:${SECRET}@db`], "--into"],
    [["replay", "--into=postgres://db/w", "--from", "third"], "--from is not a whole number"],
    [["replay", "--into=postgres://db/w", "--from", "0"], "--from is not a whole number"],
    [["replay", "--into=postgres://db/w", "--form", "3"], "--form"],
    [["run", "--into=postgres://db/w"], "--into"],
    [["load", "--dry-run"], "--dry-run"],
  ];
  await Promise.all(wrong.map(async ([args, says]) => {
    const { code, stdout, stderr } = await etl(args, ZONES);
    assertEquals([code, stdout], [2, ""], args.join(" "));
    assertStringIncludes(stderr, says);
    assert(!stderr.includes(SECRET), stderr);
  }));
});

test("etl replay reports its progress, and how to continue with the new warehouse", async (pipeline) => {
  await createHistory(pipeline);
  const settings = settingsOf(pipeline);
  await using target = await testDatabase("target");
  const before = await keysOf(pipeline.processed);
  const args = ["replay", "--from-ingestion", "--into", target.url];
  const planned = await etl([...args, "--dry-run"], settings);
  assertEquals(planned.code, 0, planned.stderr);
  assertMatch(planned.stdout, /^the target is empty; it would be loaded from file:.*\/_replay-/);
  assertMatch(planned.stdout, /transform +commits 1 to \d+: \d+ rows in \d+ objects/);
  assertMatch(planned.stdout, /OK: every object exists\. Nothing was changed\.\n$/);
  assertEquals(await keysOf(pipeline.processed), before);
  const done = await etl(args, settings);
  assertEquals(done.code, 0, done.stderr);
  for (const line of ["transform", "load"]) assertMatch(done.stderr, new RegExp(`^${line} `, "m"));
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
  const zone = /PROCESSED_URL=(\S+)/.exec(done.stdout)![1];
  // Run with the settings that the message names.
  const ran = await etl(["run"], { ...settings, PROCESSED_URL: zone, WAREHOUSE_URL: target.url });
  assertEquals(ran.code, 0, ran.stderr);
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
});

test("etl replay reads its target's URL from a secret", async (pipeline) => {
  const { code, stderr } = await etlProcess(["replay", "--into", "secretsmanager://no/such"], {
    ...settingsOf(pipeline),
    AWS_ENDPOINT_URL: "http://127.0.0.1:1",
    AWS_REGION: "eu-west-2",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "--into: cannot read the secret no/such");
});

test("etl replay --json prints one object with --dry-run, when done and when refused", async (pipeline) => {
  await createHistory(pipeline);
  const settings = settingsOf(pipeline);
  await using target = await testDatabase("target");
  const call = async (...args: string[]) => {
    const { code, stdout, stderr } = await etl(["replay", "--json", ...args], settings);
    assertEquals(stderr, "");
    return [code, JSON.parse(stdout)];
  };
  const [planCode, plan] = await call("--into", target.url, "--dry-run");
  assertEquals([planCode, plan.steps.length, plan.missing], [0, 1, []]);
  const [code, { zone, load }] = await call("--into", target.url);
  assertEquals([code, zone], [0, pipeline.processed.url]);
  assertEquals(load.commits.length, plan.steps[0].commits);
  const [refused, error] = await call("--into", pipeline.warehouse);
  assertEquals([refused, error.error, error.stage], [2, "ConfigurationError", "replay"]);
  const [unreachable, failure] = await call("--into", "postgres://127.0.0.1:1/x");
  assertEquals([unreachable, failure.error], [1, "WarehouseError"]);
  const [first] = await processedCommits(pipeline.processed);
  await Deno.remove(new URL(`${pipeline.processed.url}/${first.tables.dim_staff.key}`));
  await using other = await testDatabase("target");
  const [missingCode, { missing }] = await call("--into", other.url, "--dry-run");
  assertEquals([missingCode, missing.length], [1, 1]);
});

test("etl replay resumes after a kill anywhere", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  const child = () =>
    etlCommand(["replay", "--from-ingestion", "--into", target.url], settingsOf(pipeline)).spawn();
  const [{ transform_version }] = await processedCommits(pipeline.processed);
  const zone = openStore(`${pipeline.processed.url}/_replay-${transform_version}`);
  const transformed = async () => (await processedZone(zone).log.head())?.sequence ?? 0;
  const loaded = () => applied(target);
  const moments: [() => Promise<number>, number][] = [
    [transformed, 1],
    [transformed, 3],
    [loaded, 1],
    [loaded, 3],
  ];
  let killed = 0;
  for (const [progress, enough] of moments) {
    const process = child();
    let ended = false;
    const output = process.output().finally(() => ended = true);
    while (!ended && await progress() < enough) continue;
    if (!ended) killed++;
    killHard(process);
    await output;
  }
  assert(killed >= 2, `${killed} replays were killed`);
  const { code, stderr } = await child().output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
  // The zone is complete: another target can be loaded from it.
  await using other = await testDatabase("target");
  const again = await etl(["load"], { PROCESSED_URL: zone.url, WAREHOUSE_URL: other.url });
  assertEquals(again.code, 0, again.stderr);
  assertEquals(await contents(other.sql), await contents(target.sql));
});

/** Returns the last commit that a database has loaded; 0 before the first. */
async function applied({ sql }: TestDatabase): Promise<number> {
  const [{ exists }] = await sql`SELECT to_regclass('etl.applied_commit') IS NOT NULL AS exists`;
  if (!exists) return 0;
  const [{ last }] = await sql`SELECT max(sequence)::int AS last FROM etl.applied_commit`;
  return last ?? 0;
}
