/** A load reads each object once, and notices damage while it does. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { type DimDesign, totesys } from "../../schemas/mod.ts";
import { DamagedObjectError } from "../../sdk/errors.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { load } from "../../sdk/load/load.ts";
import { propertyRuns } from "../support/slow.ts";
import { fileOf } from "../support/tamper.ts";
import { contents, put, sale, sales, star, test } from "./star.ts";

/** Designs whose object is too large to be verified before its rows are read. */
function largeDesigns(from: number): DimDesign[] {
  const random = crypto.getRandomValues(new Uint8Array(2 ** 15));
  return Array.from({ length: 150 }, (_, i) => ({
    design_id: from + i,
    design_name: `design ${from + i}`,
    file_location: "/",
    file_name: random.map((byte) => (byte + i * i) & 255).toHex(),
  }));
}

/** Returns a store that notes how many bytes of each data object were read, and how often. */
function counting(store: ObjectStore): { store: ObjectStore; reads: Map<string, number[]> } {
  const reads = new Map<string, number[]>();
  async function* count(key: string, chunks: AsyncIterable<Uint8Array>) {
    const all = reads.get(key) ?? [];
    reads.set(key, all);
    const place = all.push(0) - 1;
    for await (const chunk of chunks) {
      all[place] += chunk.length;
      yield chunk;
    }
  }
  return {
    reads,
    store: {
      url: store.url,
      put: (key, body) => store.put(key, body),
      list: (prefix, after) => store.list(prefix, after),
      get: (key, range) =>
        key.startsWith("_log/") ? store.get(key, range) : count(key, store.get(key, range)),
    },
  };
}

test("each object is read once, and of a large one also the end", async ({ processed, warehouse }) => {
  const commit = await put(
    processed,
    { ...star(sales(50)), dim_design: largeDesigns(1) },
    totesys,
    {
      quarantined: { fact_sales_order: [{ key: 7, reason: "bad", row: { sales_order_id: 7 } }] },
      deleted: { fact_sales_order: [3] },
    },
  );
  const { store, reads } = counting(processed);
  await load({ processed: store, warehouse });
  const objects = [commit.tables, commit.deleted, commit.quarantined].flatMap(Object.values);
  assertEquals(reads.size, objects.length);
  const large = commit.tables.dim_design;
  assert(large.bytes > 2 ** 22, `${large.bytes} bytes`);
  for (const { key, bytes } of objects) {
    const found = reads.get(key)!;
    if (key !== large.key) assertEquals(found, [bytes], key);
    else assert(found.length === 2 && found[0] < bytes / 10 && found[1] === bytes, `${found}`);
  }
});

test("a row of a large object that was changed anywhere is never loaded", async (loading) => {
  const { processed, warehouse, sql } = loading;
  await put(processed, star([sale(1)]));
  await load(loading);
  const before = await contents(sql);
  const commit = await put(processed, { dim_design: largeDesigns(2) });
  const path = fileOf(processed, commit.tables.dim_design.key);
  const intact = await Deno.readFile(path);
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: intact.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (place, bits) => {
        const bytes = intact.slice();
        bytes[place] ^= bits;
        await Deno.writeFile(path, bytes);
        await assertRejects(() => load({ processed, warehouse }), DamagedObjectError, "commit 2");
        assertEquals(await contents(sql), before);
      },
    ),
    { numRuns: propertyRuns({ quick: 10, all: 60 }) },
  );
  await Deno.writeFile(path, intact);
  assertEquals((await load({ processed, warehouse })).sequence, 2);
  assertEquals((await contents(sql)).dim_design.length, 151);
});

test("a large object that was damaged is skipped when a later commit has every row again", async (loading) => {
  const { processed, warehouse, sql } = loading;
  const { tables } = await put(processed, { ...star(sales(3)), dim_design: largeDesigns(1) });
  const path = fileOf(processed, tables.dim_design.key);
  const bytes = await Deno.readFile(path);
  bytes[bytes.length >> 1] ^= 1;
  await Deno.writeFile(path, bytes);
  await put(processed, star(sales(4)), totesys, { mode: "full" });
  const { commits, skipped, sequence } = await load({ processed, warehouse });
  assertEquals([commits.length, skipped.map((one) => one.sequence), sequence], [2, [1], 2]);
  assertEquals((await contents(sql)).fact_sales_order.length, 4);
  assertEquals((await contents(sql)).dim_design.length, 1);
});
