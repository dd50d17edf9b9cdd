import { assertEquals } from "@std/assert";
import type { Model } from "../../schemas/model.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { company, createChain, shops } from "../support/chain.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import type { Sql } from "../support/source.ts";
import { type Keys, keysOf } from "./source_test_case.ts";

interface Chain {
  readonly sql: Sql;
  /** Runs an extraction and returns the keys of the batch. */
  tick(chunkRows?: number): Promise<Keys>;
}

function test(title: string, model: Model, body: (chain: Chain) => Promise<void>): void {
  Deno.test(title, async () => {
    await using database = await testDatabase();
    await using lake = await testLake();
    await createChain(database.sql);
    const options = { source: database.url, ingestion: lake.ingestion, model };
    const tick = async (chunkRows?: number) =>
      await keysOf(lake.ingestion, await extract({ ...options, chunkRows }), model);
    await body({ sql: database.sql, tick });
  });
}

/** Shop 1 is in city 1 of region 1, shop 2 in city 2 of none with a depot in city 3 of region 2. */
async function insertShops(sql: Sql): Promise<void> {
  await sql`INSERT INTO region VALUES (1, 'north'), (2, 'south'), (3, 'empty')`;
  await sql`INSERT INTO city VALUES (1, 'a', 1), (2, 'b', NULL), (3, 'c', 2), (4, 'd', 2)`;
  await sql`INSERT INTO shop VALUES (1, 'one', 1, NULL), (2, 'two', 2, 3)`;
}

test("a changed row travels with its parents and grandparents", shops, async ({ sql, tick }) => {
  await insertShops(sql);
  await tick();
  await sql`UPDATE shop SET name = 'new' WHERE id = 1`;
  assertEquals(await tick(), { region: [1], city: [1], shop: [1] });
  await sql`UPDATE shop SET name = 'new' WHERE id = 2`;
  assertEquals(await tick(), { region: [2], city: [2, 3], shop: [2] });
  assertEquals(await tick(), {});
});

test("a changed grandparent takes its rows along, on every path", shops, async ({ sql, tick }) => {
  await insertShops(sql);
  await tick();
  await sql`UPDATE region SET name = 'new' WHERE id = 1`;
  assertEquals(await tick(), { region: [1], city: [1], shop: [1] });
  // Shop 2 has its depot in region 2, and its own city in none.
  await sql`UPDATE region SET name = 'new' WHERE id = 2`;
  assertEquals(await tick(), { region: [2], city: [2, 3, 4], shop: [2] });
  await sql`UPDATE region SET name = 'new' WHERE id = 3`;
  assertEquals(await tick(), { region: [3] });
});

test("a changed row in the middle takes both ends along", shops, async ({ sql, tick }) => {
  await insertShops(sql);
  await tick();
  await sql`UPDATE city SET name = 'new' WHERE id = 3`;
  assertEquals(await tick(), { region: [2], city: [2, 3], shop: [2] });
  await sql`UPDATE city SET region_id = 1 WHERE id = 2`;
  assertEquals(await tick(), { region: [1, 2], city: [2, 3], shop: [2] });
  await sql`UPDATE city SET name = 'new' WHERE id = 4`;
  assertEquals(await tick(), { region: [2], city: [4] });
});

test("a circle of joins is followed to its end", company, async ({ sql, tick }) => {
  // Ann manages the department of Bob, who manages that of Cid; Dan's has no manager.
  await sql`INSERT INTO department VALUES (1, 'first', NULL), (2, 'second', 1), (3, 'third', 2)`;
  await sql`INSERT INTO staff VALUES (1, 'Ann', 1), (2, 'Bob', 2), (3, 'Cid', 3), (4, 'Dan', 1)`;
  await tick();
  await sql`UPDATE staff SET name = 'new' WHERE id = 4`;
  assertEquals(await tick(), { department: [1], staff: [4] });
  await sql`UPDATE staff SET name = 'new' WHERE id = 3`;
  assertEquals(await tick(), { department: [1, 2, 3], staff: [1, 2, 3] });
  // The managers of each other: a circle of rows.
  await sql`UPDATE department SET manager_id = 2 WHERE id = 1`;
  assertEquals(await tick(), { department: [1, 2], staff: [1, 2, 4] });
  assertEquals(await tick(), {});
});

test(
  "a part of a first load reads no more rows than it should, whatever they are joined with",
  shops,
  async ({ sql, tick }) => {
    await sql`INSERT INTO region SELECT n, 'r' FROM generate_series(1, 3) n`;
    await sql`INSERT INTO city SELECT n, 'c', n FROM generate_series(1, 3) n`;
    await sql`INSERT INTO shop SELECT n, 's', 1, 1 FROM generate_series(1, 30) n`;
    const first = await tick(10);
    // keysOf() shows the last of its commits.
    assertEquals(first.shop.length <= 10, true, `${first.shop.length} shops`);
    assertEquals([first.city, first.region], [[1], [1]]);
    await sql`UPDATE region SET name = 'new' WHERE id = 1`;
    assertEquals((await tick(10)).shop.length, 30);
  },
);
