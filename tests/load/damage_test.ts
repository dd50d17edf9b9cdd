import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { remedyText } from "../../functions/remedy.ts";
import { totesys } from "../../schemas/mod.ts";
import { DamagedObjectError } from "../../sdk/errors.ts";
import type { DataObject, ProcessedCommit } from "../../sdk/lake/commit.ts";
import { load } from "../../sdk/load/load.ts";
import { DAMAGE, fileOf } from "../support/tamper.ts";
import {
  contents,
  currency,
  type Loading,
  put,
  sale,
  sales,
  staffMember,
  star,
  test,
} from "./star.ts";

const KINDS: Readonly<Record<string, (commit: ProcessedCommit) => DataObject>> = {
  Parquet: ({ tables }) => tables.fact_sales_order,
  tombstone: ({ deleted }) => deleted.fact_sales_order,
  quarantine: ({ quarantined }) => quarantined.fact_sales_order,
};

/** Writes a commit and loads it, then one with an object of every kind. */
async function twoCommits(loading: Loading): Promise<ProcessedCommit> {
  const { processed } = loading;
  await put(processed, star(sales(5)));
  await load(loading);
  const rows = { dim_staff: [staffMember(2)], fact_sales_order: [sale(1, { units_sold: 9 })] };
  return await put(processed, rows, totesys, {
    deleted: { fact_sales_order: [2] },
    quarantined: { fact_sales_order: [{ key: 7, reason: "bad", row: { sales_order_id: 7 } }] },
  });
}

for (const [kind, objectOf] of Object.entries(KINDS)) {
  for (const [harm, damage] of Object.entries(DAMAGE)) {
    test(`a ${kind} object with ${harm} is named, and nothing of its batch is loaded`, async (loading) => {
      const { processed, sql } = loading;
      const commit = await twoCommits(loading);
      const before = await contents(sql);
      const { key } = objectOf(commit);
      await damage(fileOf(processed, key));
      for (let time = 0; time < 2; time++) {
        const error = await assertRejects(() => load(loading), DamagedObjectError);
        for (const part of ["commit 2 of the processed zone", key, processed.url]) {
          assertStringIncludes(error.message, part);
        }
        assertEquals([error.stage, error.table, error.run], [
          "load",
          "fact_sales_order",
          commit.run,
        ]);
        assertStringIncludes(
          remedyText(error.next!),
          "deno task etl replay --from-ingestion --into-env TARGET_URL",
        );
        assertEquals(await contents(sql), before);
      }
    });
  }
}

test("an object restored from backup is loaded as if it was never damaged", async (loading) => {
  const { key } = KINDS.Parquet(await twoCommits(loading));
  const path = fileOf(loading.processed, key);
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  await assertRejects(() => load(loading), DamagedObjectError);
  await Deno.writeFile(path, bytes);
  const { commits, skipped } = await load(loading);
  assertEquals([commits.length, skipped], [1, []]);
});

test("a damaged commit is applied as empty when a later one contains every row again", async (loading) => {
  const { processed, sql } = loading;
  const commit = await twoCommits(loading);
  await befallParquet(loading, commit);
  await put(processed, { dim_currency: [currency(2)] });
  await assertRejects(() => load(loading), DamagedObjectError);
  const rows = {
    ...star(sales(3, { units_sold: 8 })),
    dim_staff: [staffMember(1), staffMember(2)],
  };
  await put(processed, rows, totesys, { mode: "full" });
  const { commits, skipped, sequence } = await load(loading);
  assertEquals([commits.length, sequence], [3, 4]);
  assertEquals(commits[0].tables, {});
  const [{ sequence: number, reason }, ...others] = skipped;
  assertEquals([number, others], [2, []]);
  assertStringIncludes(reason, KINDS.Parquet(commit).key);
  const applied = await sql`SELECT sequence::int, skipped FROM etl.applied_commit ORDER BY 1`;
  assertEquals(applied.map(({ skipped }) => skipped), [null, reason, null, null]);
  const units = await sql`SELECT units_sold FROM fact_sales_order ORDER BY sales_order_id`;
  assertEquals(units.map(({ units_sold }) => units_sold), [8, 8, 8, 10, 10]);
  assertEquals((await sql`SELECT FROM dim_staff`).length, 2);
  assertEquals((await load(loading)).skipped, []);
});

async function befallParquet({ processed }: Loading, commit: ProcessedCommit): Promise<void> {
  await DAMAGE["a flipped bit"](fileOf(processed, KINDS.Parquet(commit).key));
}

test("a damaged baseline repairs nothing and needs the next one", async (loading) => {
  const { processed } = loading;
  await befallParquet(loading, await twoCommits(loading));
  const again = () => put(processed, star(sales(3)), totesys, { mode: "full" });
  await befallParquet(loading, await again());
  const error = await assertRejects(() => load(loading), DamagedObjectError);
  assertStringIncludes(error.message, "commit 3");
  await again();
  assertEquals((await load(loading)).skipped.map(({ sequence }) => sequence), [3]);
});

test("an empty warehouse begins only with a baseline", async (loading) => {
  const { processed, warehouse } = loading;
  await put(processed, star(sales(5)));
  await put(processed, { fact_sales_order: [sale(6)] });
  await put(processed, star(sales(2)), totesys, { mode: "full" });
  const error = await assertRejects(() => load({ processed, warehouse, from: 2 }));
  assertStringIncludes((error as Error).message, "commit 2");
  const { commits } = await load({ processed, warehouse, from: 3 });
  assertEquals(commits.map(({ sequence }) => sequence), [3]);
  assertEquals((await contents(loading.sql)).fact_sales_order.length, 2);
});
