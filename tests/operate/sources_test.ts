import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import fc from "fast-check";
import { payment, staff } from "../../schemas/mod.ts";
import { WarehouseError } from "../../sdk/errors.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { load } from "../../sdk/load/load.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { readFreshness, recordHeartbeat } from "../../sdk/operate/freshness.ts";
import { listQuarantine } from "../../sdk/operate/quarantine.ts";
import { previewReplay } from "../../sdk/operate/replay/preview.ts";
import { replay } from "../../sdk/operate/replay/replay.ts";
import { run } from "../../sdk/operate/run.ts";
import { deliver, rate, target, type TestDocument } from "../load/documents.ts";
import { contents, quarantined } from "../load/star.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { slowTest } from "../support/slow.ts";
import { createSource, insert, insertOneOfEach } from "../support/source.ts";
import { processedCommits } from "../transform/batches.ts";
import { warehouseContents } from "./histories.ts";
import { undoMigrations } from "./older_warehouse.ts";
import { test, type TestPipeline } from "./pipelines.ts";

const NONE = { fresh_as_of: null, freshness_ms: null };
const RATES = { name: "2026-11-30/eur", rows: [rate("2026-11-30", "GBP", "0.88")] };

/** Delivers a document now, and loads its source. */
async function arrive(
  pipeline: TestPipeline,
  sourceName: "files" | "rates",
  document: TestDocument,
): Promise<void> {
  await deliver(pipeline, sourceName, { ...document, taken_at: agoMs(0) });
  await load({ ...pipeline, sourceName });
}

function agoMs(ms: number): string {
  return new Date(Date.now() - ms).toISOString().replace("Z", "000Z");
}

/** Lets every source have rows that wait for another, are replaced, refused, and outlive what they refer to. */
async function createHistoryOfSources(pipeline: TestPipeline): Promise<void> {
  const { sourceSql } = pipeline;
  const forStaff2 = target("a.csv", 2, { staff_id: 2 });
  await arrive(pipeline, "files", { name: "a.csv", rows: [target("a.csv", 1), forStaff2] });
  await run(pipeline);
  await arrive(pipeline, "rates", RATES);
  await arrive(pipeline, "files", {
    name: "a.csv",
    rows: [target("a.csv", 1, { target: "2000.00" }), { ...forStaff2, target: "2.00" }],
  });
  await insert(sourceSql, staff, { staff_id: 2 });
  await run(pipeline);
  await arrive(pipeline, "files", { name: "b.csv", rows: [target("b.csv", 1, { staff_id: 3 })] });
  await arrive(pipeline, "files", {
    name: "c.csv",
    rows: [target("c.csv", 1, { target: "much" })],
  });
  await insert(sourceSql, staff, { staff_id: 3 });
  await run(pipeline);
  await arrive(pipeline, "files", { name: "a.csv", deleted: ["a.csv/000000000001"] });
  await sourceSql`DELETE FROM staff WHERE staff_id > 1`;
  assertEquals((await reconcile(pipeline)).outcome, "repaired");
  await arrive(pipeline, "files", { name: "d.csv", rows: [target("d.csv", 1, { staff_id: 4 })] });
  assertEquals((await quarantined(pipeline.sql)).length, 2);
}

function into({ source, warehouse, ingestion, processed }: TestPipeline, url: string) {
  return { source, warehouse, ingestion, processed, into: url };
}

test("replay() builds the rows of every source, in the order in which they were loaded", async (pipeline) => {
  await createHistoryOfSources(pipeline);
  await using target = await testDatabase("target");
  const { steps, missing } = await previewReplay(into(pipeline, target.url));
  assertEquals(steps.map(({ source, commits }) => [source, commits]), [
    ["database", 4],
    ["rates", 1],
    ["files", 6],
  ]);
  assertEquals(missing, []);
  const { load: loaded, sources } = await replay(into(pipeline, target.url));
  assertEquals(loaded.commits.length, 4);
  assertEquals(sources.map(({ source, commits }) => [source, commits.length]), [
    ["rates", 1],
    ["files", 6],
  ]);
  assertEquals(await contents(target.sql), await contents(pipeline.sql));
  const again = await replay(into(pipeline, target.url));
  assertEquals([again.load.commits, again.sources], [[], []]);
  assertEquals((await previewReplay(into(pipeline, target.url))).steps, []);
});

test("replay() from the ingestion zone transforms every source again, and the pipeline continues there", async (pipeline) => {
  await createHistoryOfSources(pipeline);
  await using target_ = await testDatabase("target");
  const options = { ...into(pipeline, target_.url), fromIngestion: true };
  const { zone, transformed, sources } = await replay(options);
  assertEquals([transformed, ...sources.map(({ transformed }) => transformed)], [4, 1, 6]);
  assertEquals(await warehouseContents(target_.sql), await warehouseContents(pipeline.sql));
  const switched = {
    ...pipeline,
    processed: openStore(zone),
    warehouse: target_.url,
    sql: target_.sql,
  };
  await arrive(switched, "files", { name: "d.csv", rows: [target("d.csv", 1)] });
  assertEquals(await quarantined(target_.sql), (await quarantined(pipeline.sql)).slice(0, 1));
  await using other = await testDatabase("target");
  const third = await replay({ ...options, into: other.url });
  assertEquals([third.transformed, third.load.commits.length, third.sources.length], [0, 4, 2]);
});

test("replay() from a commit of the database on continues the other sources where the target is", async (pipeline) => {
  await createHistoryOfSources(pipeline);
  await using target = await testDatabase("target");
  for (const { taken_at: until } of (await processedCommits(pipeline.processed)).slice(0, 2)) {
    for (const sourceName of ["files", "rates", "database"]) {
      await load({ ...pipeline, warehouse: target.url, sourceName, until });
    }
  }
  const options = { ...into(pipeline, target.url), fromIngestion: true, from: 3 };
  const { steps } = await previewReplay(options);
  assertEquals(steps.map(({ source, what, commits }) => [source, what, commits]), [
    ["database", "copy", 2],
    ["database", "transform", 2],
    ["rates", "copy", 1],
    ["files", "copy", 2],
    ["files", "transform", 4],
  ]);
  const { transformed, sources } = await replay(options);
  assertEquals([transformed, sources.map(({ commits }) => commits.length)], [2, [4]]);
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
});

test("replay() refuses a target whose source was loaded from another lake", async (pipeline) => {
  await createHistoryOfSources(pipeline);
  await using target = await testDatabase("target");
  await replay(into(pipeline, target.url));
  await target.sql`UPDATE etl.applied_commit SET run = 'another' WHERE source = 'files'`;
  await assertRejects(
    () => replay(into(pipeline, target.url)),
    WarehouseError,
    "_sources/files has no commit 6 of run another",
  );
});

test("readFreshness() tells how long ago the last document of each source arrived", async (pipeline) => {
  assertEquals((await readFreshness(pipeline)).sources, { rates: NONE, files: NONE });
  await run(pipeline);
  const heartbeat = { job: "extract", error: null, fresh_as_of: "2026-11-30T10:00:00Z" };
  await recordHeartbeat(pipeline, heartbeat);
  const arrived = agoMs(60_000);
  await deliver(pipeline, "rates", { ...RATES, taken_at: arrived });
  await load({ ...pipeline, sourceName: "rates" });
  const { fresh_as_of, sources } = await readFreshness(pipeline);
  assertEquals(fresh_as_of, "2026-11-30T10:00:00.000Z");
  assertEquals([sources.rates.fresh_as_of, sources.files], [arrived, NONE]);
  const age_ms = sources.rates.freshness_ms!;
  assert(age_ms >= 60_000 && age_ms < 180_000, `${age_ms} ms`);
  await pipeline.sql`DELETE FROM etl.applied_commit WHERE source = 'rates'`;
  await undoMigrations(pipeline);
  assertEquals((await readFreshness(pipeline)).sources, { rates: NONE, files: NONE });
});

test("listQuarantine() lists rows and documents of every source", async (pipeline) => {
  await run(pipeline);
  await insert(pipeline.sourceSql, payment, { payment_id: 2, payment_date: "never" });
  await run(pipeline);
  await arrive(pipeline, "files", { name: "a.csv", outcome: "refused", reason: "line 7: no date" });
  await arrive(pipeline, "files", {
    name: "b.csv",
    rows: [target("b.csv", 1, { staff_id: 9 }), target("b.csv", 2, { target: "much" })],
  });
  const jump = { ...rate("2026-11-30", "GBP", "1.88"), previous_rate: "0.88" };
  await arrive(pipeline, "rates", { ...RATES, rows: [jump] });
  const listed = await listQuarantine(pipeline);
  assertEquals(listed.map(({ table, key, orphaned }) => [table, key, orphaned]), [
    ["fact_payment", "2", false],
    ["fact_sales_target", "a.csv", false],
    ["fact_sales_target", "b.csv/000000000001", true],
    ["fact_sales_target", "b.csv/000000000002", false],
    ["fact_exchange_rate", "2026-11-30/eur/gbp", false],
  ]);
  const [, document] = listed;
  assertEquals(document.reason, "line 7: no date");
  assertMatch(listed[4].reason, /rate 1.88 differs by 113.6 % from 0.88/);
  const { table, key } = listed[2];
  assertEquals([...await listQuarantine(pipeline, { table, key })], [listed[2]]);
});

const staffIds = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 });
const step = fc.oneof(
  fc.record({ act: fc.constant("file" as const), file: fc.nat(2), staffIds }),
  fc.record({ act: fc.constant("run" as const), hire: fc.integer({ min: 2, max: 4 }) }),
  fc.record({ act: fc.constant("dismiss" as const), id: fc.integer({ min: 2, max: 4 }) }),
  fc.record({ act: fc.constant("rate" as const), day: fc.integer({ min: 1, max: 9 }) }),
);

slowTest(
  "replay() reproduces the rows of all sources after any sequence of their commits",
  async () => {
    const property = fc.asyncProperty(
      fc.array(step, { minLength: 6, maxLength: 20 }),
      async (steps) => {
        await using source = await testDatabase("totesys");
        await using warehouse = await testDatabase("warehouse");
        await using targets = await testDatabase("target");
        await using others = await testDatabase("target");
        await using lake = await testLake();
        await createSource(source.sql);
        await insertOneOfEach(source.sql);
        const pipeline: TestPipeline = {
          ...{ source: source.url, sourceSql: source.sql },
          ...{ warehouse: warehouse.url, sql: warehouse.sql },
          ...{ ingestion: lake.ingestion, processed: lake.processed },
        };
        const files = new Map<string, string[]>();
        for (const one of steps) await take(one, pipeline, files);
        await run(pipeline);
        await replay(into(pipeline, targets.url));
        assertEquals(await contents(targets.sql), await contents(warehouse.sql));
        await replay({ ...into(pipeline, others.url), fromIngestion: true });
        assertEquals(await warehouseContents(others.sql), await warehouseContents(warehouse.sql));
      },
    );
    await fc.assert(property, { numRuns: 6, endOnFailure: true });
  },
);

async function take(
  one: typeof step extends fc.Arbitrary<infer Step> ? Step : never,
  pipeline: TestPipeline,
  files: Map<string, string[]>,
): Promise<void> {
  const { sourceSql } = pipeline;
  switch (one.act) {
    case "file": {
      const name = `${one.file}.csv`;
      const rows = one.staffIds.map((staff_id, record) => target(name, record, { staff_id }));
      const keys = rows.map(({ sales_target_id }) => String(sales_target_id));
      const deleted = (files.get(name) ?? []).filter((key) => !keys.includes(key));
      files.set(name, keys);
      return await arrive(pipeline, "files", { name, rows, deleted });
    }
    case "run":
      await sourceSql`DELETE FROM staff WHERE staff_id = ${one.hire}`;
      await insert(sourceSql, staff, { staff_id: one.hire });
      return void await run(pipeline);
    case "dismiss":
      await sourceSql`DELETE FROM staff WHERE staff_id = ${one.id}`;
      return void await run({ ...pipeline, reconcileEveryMs: 0 });
    case "rate": {
      const date = `2026-11-0${one.day}`;
      const rows = [rate(date, "GBP", `0.8${one.day}`)];
      return await arrive(pipeline, "rates", { name: `${date}/eur`, rows });
    }
  }
}
