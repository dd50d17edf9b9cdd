import { assertEquals } from "@std/assert";
import { factPayment, totesys } from "../../../schemas/mod.ts";
import { commitKey } from "../../../sdk/lake/keys.ts";
import { RowError } from "../../../sdk/errors.ts";
import { extract } from "../../../sdk/extract/extract.ts";
import { openStore } from "../../../sdk/lake/open_store.ts";
import { subStore } from "../../../sdk/lake/sub_store.ts";
import { replay, type ReplayOptions } from "../../../sdk/operate/replay/replay.ts";
import { run } from "../../../sdk/operate/run.ts";
import { transform } from "../../../sdk/transform/transform.ts";
import { type RowTransform, rowTransform } from "../../../sdk/transform/row_transform.ts";
import { withRowFunction } from "../../support/models.ts";
import { testDatabase } from "../../support/postgres.ts";
import { DAMAGE, fileOf } from "../../support/tamper.ts";
import { processedCommits } from "../../transform/batches.ts";
import { warehouseContents } from "../histories.ts";
import { test, type TestPipeline } from "../pipelines.ts";

/**
 * Creates four commits. Commit 2 has 200 bad payments of 300, accepted with a raised limit; commit
 * 3 fixes them. Commit 4 is a full reload, so a replay is free to skip commit 2.
 */
async function acceptBadBatch(pipeline: TestPipeline): Promise<void> {
  const { sourceSql } = pipeline;
  await sourceSql`INSERT INTO payment SELECT (jsonb_populate_record(p,
    jsonb_build_object('payment_id', n))).* FROM payment p, generate_series(2, 300) n`;
  await run(pipeline);
  await sourceSql`UPDATE payment SET payment_date = 'soon' WHERE payment_id > 100`;
  await sourceSql`UPDATE payment SET payment_amount = 7.77 WHERE payment_id <= 100`;
  await run({ ...pipeline, quarantineLimit: 100 });
  await sourceSql`UPDATE payment SET payment_date = '2022-11-08', payment_amount = 1`;
  await run(pipeline);
  await extract({ ...pipeline, full: true });
  await run(pipeline);
}

/**
 * Replays the ingestion zone. Returns the skipped commits, and whether the warehouse equals the
 * live one.
 */
async function replayIngestion(pipeline: TestPipeline, options: Partial<ReplayOptions> = {}) {
  const { source, warehouse, ingestion, processed } = pipeline;
  await using target = await testDatabase("target");
  const ends = { source, warehouse, ingestion, processed, into: target.url };
  const { skipped } = await replay({ ...ends, fromIngestion: true, ...options });
  const same = JSON.stringify(await warehouseContents(target.sql)) ===
    JSON.stringify(await warehouseContents(pipeline.sql));
  return { skipped: skipped.map(({ sequence }) => sequence), same };
}

test("replay() accepts a batch that was accepted, even if a later one reads every row again", async (pipeline) => {
  await acceptBadBatch(pipeline);
  assertEquals(await replayIngestion(pipeline), { skipped: [], same: true });
});

test("replay() accepts no more invalid rows than were accepted, even with a low limit", async (pipeline) => {
  await acceptBadBatch(pipeline);
  const make = rowTransform(factPayment, totesys);
  const strict: RowTransform = (row, joined) => {
    if (row.payment_amount === "7.77") throw new RowError("a lucky number");
    return make(row, joined);
  };
  for (const [index, quarantineLimit] of [5, 0].entries()) {
    const row = { version: 7 + index, make: strict };
    const options = { model: withRowFunction(totesys, "fact_payment", row), quarantineLimit };
    assertEquals(await replayIngestion(pipeline, options), { skipped: [2], same: false });
  }
});

for (const [what, harm] of Object.entries(DAMAGE)) {
  test(`replay() knows what was accepted, even if the old zone's other commits have ${what}`, async (pipeline) => {
    await acceptBadBatch(pipeline);
    for (const sequence of [1, 3, 4]) {
      await harm(fileOf(pipeline.processed, commitKey(sequence)));
    }
    // A new store has no cache of the commits, like another process.
    const processed = openStore(pipeline.processed.url);
    assertEquals(await replayIngestion({ ...pipeline, processed }), { skipped: [], same: true });
  });
}

test("replay() knows what was accepted into a zone that begins with a later commit", async (pipeline) => {
  await run(pipeline);
  await extract({ ...pipeline, full: true });
  await using warehouse = await testDatabase("warehouse");
  const processed = subStore(pipeline.processed, "later");
  await transform({ ...pipeline, processed, from: 2 });
  const later = { ...pipeline, processed, warehouse: warehouse.url, sql: warehouse.sql };
  await acceptBadBatch(later);
  const [first] = await processedCommits(processed);
  assertEquals([first.sequence, first.ingestion_sequence], [1, 2]);
  assertEquals(await replayIngestion(later, { from: 2 }), { skipped: [], same: true });
});
