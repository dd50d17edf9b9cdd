/** Commands record what they did in the warehouse. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { payment } from "../../../schemas/mod.ts";
import { readRuns } from "../../../sdk/operate/recorded_runs.ts";
import { run } from "../../../sdk/operate/run.ts";
import { lastVerification } from "../../../sdk/operate/verifications.ts";
import { settingsOf, test } from "../../operate/pipelines.ts";
import { testRole } from "../../security/roles.ts";
import { insert } from "../../support/source.ts";
import { etl } from "./cli.ts";

test("run, load and reconcile are in the table of runs", async (pipeline) => {
  const settings = settingsOf(pipeline);
  for (const command of ["run", "load", "reconcile", "quarantine retry"]) {
    assertEquals((await etl(command.split(" "), settings)).code, 0, command);
  }
  const runs = (await readRuns(pipeline)).toReversed();
  assertEquals(runs.map(({ job, outcome }) => [job, outcome]), [
    ["extract", "changed"],
    ["load", "unchanged"],
    ["reconcile", "unchanged"],
    ["reconcile", "unchanged"],
  ]);
  assert(runs[0].run !== null && runs[0].rows > 0 && runs[0].fresh_as_of !== null);
});

test("a run that fails is in the table of runs, and its error is what the command prints", async (pipeline) => {
  await run(pipeline);
  const settings = { ...settingsOf(pipeline), SOURCE_URL: "postgres://me@127.0.0.1:1/gone" };
  const { code, stderr } = await etl(["run"], settings);
  assertEquals(code, 1);
  assert(!stderr.includes("warning"), stderr);
  const [{ outcome, error }] = await readRuns(pipeline);
  assertEquals([outcome, error], ["failed", "SourceError"]);
});

test("a run that fails before the first load records nothing", async (pipeline) => {
  const settings = { ...settingsOf(pipeline), SOURCE_URL: "postgres://me@127.0.0.1:1/gone" };
  const { code, stderr } = await etl(["run"], settings);
  assertEquals([code, stderr.includes("warning")], [1, false]);
  assertEquals(await readRuns(pipeline), []);
});

test("verify records its result, without the rows that differ", async (pipeline) => {
  const settings = settingsOf(pipeline);
  await etl(["run"], settings);
  assertEquals((await etl(["verify"], settings)).code, 0);
  const proof = (await lastVerification(pipeline))!;
  assertEquals([proof.equal, proof.differences], [true, 0]);
  assertEquals(
    proof.source_rows,
    proof.tables.reduce((sum, { source_rows }) => sum + source_rows, 0),
  );
  await insert(pipeline.sourceSql, payment, { payment_id: 77_123 });
  assertEquals((await etl(["verify"], settings)).code, 1);
  const [{ row, equal }] = await pipeline.sql`
    SELECT v::text AS row, equal FROM etl.verification v ORDER BY done_at DESC LIMIT 1`;
  assertEquals([equal, row.includes("77123")], [false, false]);
});

test("a role that can only read verifies, with a warning that nothing was recorded", async (pipeline) => {
  await run(pipeline);
  await using reader = await testRole(pipeline.sql, pipeline.warehouse, (role, database) => `
    GRANT CONNECT ON DATABASE ${database} TO ${role};
    GRANT USAGE ON SCHEMA public, etl TO ${role};
    GRANT SELECT ON ALL TABLES IN SCHEMA public, etl TO ${role}`);
  const settings = { ...settingsOf(pipeline), WAREHOUSE_URL: reader.url };
  const { code, stdout, stderr } = await etl(["verify"], settings);
  assertEquals(code, 0, stdout + stderr);
  assertStringIncludes(stderr, "warning: the verification is not recorded: ");
  assertStringIncludes(stderr, "permission denied for table verification");
  assertEquals(await lastVerification(pipeline), null);
});
