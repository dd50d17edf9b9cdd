import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { remedyText } from "../../functions/remedy.ts";
import { DamagedObjectError, QuarantineError } from "../../sdk/errors.ts";
import type { DataObject, IngestionCommit } from "../../sdk/lake/commit.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { type TestLake, testLake } from "../support/lake.ts";
import { DAMAGE, fileOf } from "../support/tamper.ts";
import { currency, ingest, processedCommits, processedRows, salesOrder } from "./batches.ts";

const KINDS: Readonly<Record<string, (commit: IngestionCommit) => DataObject>> = {
  JSONL: ({ tables }) => tables.sales_order,
  tombstone: ({ deleted }) => deleted.sales_order,
};

function test(name: string, body: (lake: TestLake) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await body(lake);
  });
}

/** Writes a commit and transforms it, then a commit with rows and tombstones. */
async function twoCommits(lake: TestLake): Promise<IngestionCommit> {
  await ingest(lake.ingestion, { sales_order: [1, 2, 3].map((id) => salesOrder(id)) });
  await transform(lake);
  const batch = { currency: [currency(1)], sales_order: [4, 5, 6].map((id) => salesOrder(id)) };
  return await ingest(lake.ingestion, batch, {
    deleted: { sales_order: [{ sales_order_id: 1 }, { sales_order_id: 2 }] },
  });
}

for (const [kind, objectOf] of Object.entries(KINDS)) {
  for (const [harm, damage] of Object.entries(DAMAGE)) {
    test(`an ingested ${kind} object with ${harm} is named, and nothing of its batch is committed`, async (lake) => {
      const commit = await twoCommits(lake);
      const { key } = objectOf(commit);
      await damage(fileOf(lake.ingestion, key));
      const error = await assertRejects(() => transform(lake), DamagedObjectError);
      for (const part of ["commit 2 of the ingestion zone", key, lake.ingestion.url]) {
        assertStringIncludes(error.message, part);
      }
      assertEquals([error.stage, error.table, error.run], ["transform", "sales_order", commit.run]);
      assertStringIncludes(
        remedyText(error.next!),
        "deno task etl extract --full && deno task etl run",
      );
      assertEquals((await processedCommits(lake.processed)).length, 1);
    });
  }
}

test("a damaged commit is skipped when a later one contains every row again", async (lake) => {
  const commit = await twoCommits(lake);
  const { key } = KINDS.JSONL(commit);
  await DAMAGE["a flipped bit"](fileOf(lake.ingestion, key));
  await ingest(lake.ingestion, { currency: [currency(2)] });
  await assertRejects(() => transform(lake), DamagedObjectError);
  await ingest(lake.ingestion, { currency: [currency(3)] }, { mode: "full" });
  const { commits, skipped } = await transform(lake);
  assertEquals(commits.map((made) => [made.ingestion_sequence, Object.keys(made.tables)]), [
    [2, []],
    [3, ["dim_currency"]],
    [4, ["dim_currency"]],
  ]);
  assertEquals(skipped.map(({ sequence }) => sequence), [2]);
  assertStringIncludes(skipped[0].reason, key);
  const [, made] = await processedCommits(lake.processed);
  assertEquals([made.skipped, made.tables, made.deleted], [skipped[0].reason, {}, {}]);
  assertEquals(await transform(lake), { commits: [], skipped: [] });
});

test("a swapped object is damage, not invalid rows", async (lake) => {
  const many = Array.from({ length: 500 }, (_, place) => currency(place + 1));
  const batch = { currency: many, sales_order: many.map((_, place) => salesOrder(place + 1)) };
  const { tables } = await ingest(lake.ingestion, batch);
  const [one, other] = [tables.currency, tables.sales_order]
    .map(({ key }) => fileOf(lake.ingestion, key));
  await Deno.copyFile(other, one);
  await assertRejects(() => transform(lake), DamagedObjectError, tables.currency.key);
});

test("a batch with too many invalid rows is skipped only when a later one contains every row again", async (lake) => {
  const bad = Array.from({ length: 500 }, (_, place) => ({ currency_id: place }));
  await ingest(lake.ingestion, { currency: bad });
  await ingest(lake.ingestion, { currency: [currency(1)] }, { mode: "delta" });
  await assertRejects(() => transform(lake), QuarantineError);
  assertEquals(await processedCommits(lake.processed), []);
  await ingest(lake.ingestion, { currency: [currency(1)] }, { mode: "full" });
  const { skipped } = await transform(lake);
  assertEquals(skipped.map(({ sequence }) => sequence), [1]);
});

test("an object restored from backup is transformed as if it was never damaged", async (lake) => {
  const path = fileOf(lake.ingestion, KINDS.JSONL(await twoCommits(lake)).key);
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  await assertRejects(() => transform(lake), DamagedObjectError);
  await Deno.writeFile(path, bytes);
  const { commits, skipped } = await transform(lake);
  assertEquals([commits.length, skipped], [1, []]);
  assertEquals((await processedRows(lake.processed, commits[0])).fact_sales_order.length, 3);
});

test("an empty processed zone begins only with a baseline", async (lake) => {
  for (const mode of ["full", "delta", "full"] as const) {
    await ingest(lake.ingestion, { currency: [currency(1)] }, { mode });
  }
  const error = await assertRejects(() => transform({ ...lake, from: 2 }));
  assertStringIncludes((error as Error).message, "commit 2");
  const { commits } = await transform({ ...lake, from: 3 });
  assertEquals(commits.map(({ sequence, ingestion_sequence }) => [sequence, ingestion_sequence]), [
    [1, 3],
  ]);
});
