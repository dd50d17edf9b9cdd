import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { salesOrder } from "../../../schemas/mod.ts";
import type { ObjectStore } from "../../../sdk/lake/store.ts";
import { openStore } from "../../../sdk/lake/open_store.ts";
import { extract } from "../../../sdk/extract/extract.ts";
import { load } from "../../../sdk/load/load.ts";
import { reconcile } from "../../../sdk/operate/compare/reconcile.ts";
import { run } from "../../../sdk/operate/run.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import { transform } from "../../../sdk/transform/transform.ts";
import { createHistory, warehouseContents } from "../../operate/histories.ts";
import { settingsOf, test, type TestPipeline } from "../../operate/pipelines.ts";
import { ingestionCommits, testLake } from "../../support/lake.ts";
import { testDatabase } from "../../support/postgres.ts";
import { insert } from "../../support/source.ts";
import { DAMAGE, fileOf } from "../../support/tamper.ts";
import { processedCommits } from "../../transform/batches.ts";
import { etl } from "./cli.ts";

/** Runs the command that a message advises, with `into` as the database to fill. */
async function follow(
  stderr: string,
  command: RegExp,
  settings: Readonly<Record<string, string>>,
  into = "",
) {
  const next = /^ {2}next: (.*(\n {2}.*)*)$/m.exec(stderr)?.[1] ?? "";
  const typed = command.exec(next)?.[0];
  assert(typed, `${command} is not in: ${next}`);
  const [, , , ...args] = typed.split(" ");
  const output = await etl(args, { ...settings, TARGET_URL: into });
  assertEquals(output.code, 0, output.stderr);
  return output;
}

const REPLAY = /deno task etl replay --from-ingestion --into-env TARGET_URL/;

/** Returns the path of a zone's commit. */
function commitFile(store: ObjectStore, sequence: number): string {
  return fileOf(store, `_log/${String(sequence).padStart(12, "0")}.json`);
}

async function assertVerified(pipeline: Pick<TestPipeline, "source" | "warehouse">) {
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
}

for (const kind of ["tables", "deleted", "quarantined"] as const) {
  test(`damage to the ${kind} of a processed commit is repaired as the message says`, async (pipeline) => {
    await createHistory(pipeline);
    const commit = (await processedCommits(pipeline.processed)).findLast((commit) =>
      Object.keys(commit[kind]).length > 0
    )!;
    const [{ key }] = Object.values(commit[kind]);
    await DAMAGE["a flipped bit"](fileOf(pipeline.processed, key));
    await using fresh = await testDatabase("warehouse");
    const settings = { ...settingsOf(pipeline), WAREHOUSE_URL: fresh.url };
    const failed = await etl(["load"], settings);
    assertEquals([failed.code, failed.stdout], [1, ""]);
    for (const part of ["DamagedObjectError", key, `commit ${commit.sequence} of the processed`]) {
      assertStringIncludes(failed.stderr, part);
    }
    await using target = await testDatabase("target");
    const { stdout } = await follow(failed.stderr, REPLAY, settings, target.url);
    assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
    const zone = /PROCESSED_URL=(\S+)/.exec(stdout)![1];
    const switched = { ...settings, PROCESSED_URL: zone, WAREHOUSE_URL: target.url };
    assertEquals((await etl(["run"], switched)).code, 0);
  });
}

test("damage to an ingestion object is repaired as the message says", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await insert(sourceSql, salesOrder, { sales_order_id: 2 });
  await extract(pipeline);
  const commit = (await ingestionCommits(pipeline.ingestion)).at(-1)!;
  const { key } = commit.tables.sales_order;
  await DAMAGE["a flipped bit"](fileOf(pipeline.ingestion, key));
  const settings = settingsOf(pipeline);
  const failed = await etl(["run"], settings);
  assertEquals(failed.code, 1);
  for (const part of ["DamagedObjectError", key, "commit 2 of the ingestion zone", "sales_order"]) {
    assertStringIncludes(failed.stderr, part);
  }
  await follow(failed.stderr, /deno task etl extract --full/, settings);
  const { stdout } = await follow(failed.stderr, /deno task etl run/, settings);
  assertMatch(
    stdout,
    /warning: commit 2 of the ingestion zone was skipped: .*is not what was written/,
  );
  await assertVerified(pipeline);
  assertMatch((await etl(["run"], settings)).stdout, /^nothing changed/);
  // A replay skips it too, and reports it.
  await using target = await testDatabase("target");
  const args = ["replay", "--from-ingestion", "--into", target.url];
  assertMatch((await etl(args, settings)).stdout, /warning: commit 2 of the ingestion zone was/);
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
});

test("rows whose tombstones were lost with a batch are deleted by the run that skips it", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, salesOrder, { sales_order_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id = 2`;
  // This reconciliation dies after its tombstones reached the ingestion zone.
  const { url, get, list } = pipeline.processed;
  const put = () => Promise.reject(new Error("killed"));
  const processed: ObjectStore = {
    url,
    put,
    get: get.bind(pipeline.processed),
    list: list.bind(pipeline.processed),
  };
  await assertRejects(() => reconcile({ ...pipeline, processed }), Error, "killed");
  const commit = (await ingestionCommits(pipeline.ingestion)).at(-1)!;
  await DAMAGE["a flipped bit"](fileOf(pipeline.ingestion, commit.deleted.sales_order.key));
  const settings = settingsOf(pipeline);
  assertEquals((await etl(["run"], settings)).code, 1);
  assertEquals((await etl(["extract", "--full"], settings)).code, 0);
  const { stdout } = await etl(["run"], settings);
  assertStringIncludes(stdout, "removed 1 deleted row: 1 from sales_order");
  const rows = await sql`SELECT sales_order_id FROM fact_sales_order`;
  assertEquals(rows.map(({ sales_order_id }) => sales_order_id), [1]);
  await assertVerified(pipeline);
});

test("a processed object damaged before its load is skipped after a full extraction", async (pipeline) => {
  await run(pipeline);
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 2 });
  await extract(pipeline);
  const { commits: [{ tables }] } = await transform(pipeline);
  await DAMAGE["a missing file"](fileOf(pipeline.processed, tables.fact_sales_order.key));
  const settings = settingsOf(pipeline);
  assertEquals((await etl(["run"], settings)).code, 1);
  assertEquals((await etl(["extract", "--full"], settings)).code, 0);
  assertEquals((await etl(["transform"], settings)).code, 0);
  const loaded = await etl(["load"], settings);
  assertMatch(loaded.stdout, /warning: commit 2 of the processed zone was skipped: /);
  await assertVerified(pipeline);
});

const LOG_HARMS: Readonly<Record<string, (path: string) => Promise<void>>> = {
  "cut off": (path) => Deno.truncate(path, 100),
  "emptied": DAMAGE["no content"],
  "deleted": DAMAGE["a missing file"],
  "of another kind": (path) => Deno.writeTextFile(path, '{"format": 1, "zone": "attic"}'),
};

for (const [how, harm] of Object.entries(LOG_HARMS)) {
  test(`a processed commit that is ${how} is named, and repaired as the message says`, async (pipeline) => {
    await createHistory(pipeline);
    await harm(commitFile(pipeline.processed, 3));
    await using fresh = await testDatabase("warehouse");
    const settings = { ...settingsOf(pipeline), WAREHOUSE_URL: fresh.url };
    const failed = await etl(["load"], settings);
    assertEquals(failed.code, 1);
    assertStringIncludes(failed.stderr, "_log/000000000003.json");
    assertStringIncludes(failed.stderr, pipeline.processed.url);
    await using target = await testDatabase("target");
    await follow(failed.stderr, REPLAY, settings, target.url);
    assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
  });

  test(`an ingestion commit that is ${how} is named, and repaired as the message says`, async (pipeline) => {
    await run(pipeline);
    for (let id = 2; id <= 3; id++) {
      await insert(pipeline.sourceSql, salesOrder, { sales_order_id: id });
      await extract(pipeline);
    }
    await harm(commitFile(pipeline.ingestion, 2));
    const failed = await etl(["run"], settingsOf(pipeline));
    assertEquals(failed.code, 1);
    assertStringIncludes(failed.stderr, "_log/000000000002.json");
    assertStringIncludes(failed.stderr, pipeline.ingestion.url);
    await using lake = await testLake();
    await using warehouse = await testDatabase("warehouse");
    const restarted = { ...pipeline, ...lake, warehouse: warehouse.url };
    await follow(failed.stderr, /deno task etl run$/, settingsOf(restarted));
    await assertVerified(restarted);
  });
}

test("damage to objects that are loaded already affects neither runs nor readers", async (pipeline) => {
  await createHistory(pipeline);
  const [{ tables }] = await processedCommits(pipeline.processed);
  await DAMAGE["a missing file"](fileOf(pipeline.processed, tables.fact_sales_order.key));
  const [{ tables: raw }] = await ingestionCommits(pipeline.ingestion);
  await DAMAGE["no content"](fileOf(pipeline.ingestion, raw.sales_order.key));
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 50 });
  assertEquals((await run(pipeline)).load.commits.length, 1);
  assertEquals(
    (await load({ ...pipeline, processed: openStore(pipeline.processed.url) })).commits,
    [],
  );
});
