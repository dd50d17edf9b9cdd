import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Model } from "../../schemas/model.ts";
import type { Value } from "../../schemas/columns.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { listQuarantine } from "../../sdk/operate/quarantine.ts";
import { run } from "../../sdk/operate/run.ts";
import { company, createChain, shops, shopsBy } from "../support/chain.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { propertyRuns } from "../support/slow.ts";
import type { TestPipeline } from "./pipelines.ts";

async function withPipeline(
  model: Model,
  body: (pipeline: TestPipeline) => Promise<void>,
): Promise<void> {
  await using source = await testDatabase("chain");
  await using warehouse = await testDatabase("chain_warehouse");
  await using lake = await testLake();
  await createChain(source.sql);
  await body({
    source: source.url,
    sourceSql: source.sql,
    warehouse: warehouse.url,
    sql: warehouse.sql,
    ingestion: lake.ingestion,
    processed: lake.processed,
    model,
  });
}

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
  assertEquals([...await listQuarantine(pipeline)], []);
}

Deno.test("columns of parents and grandparents follow every change, NULL references too", async () => {
  await withPipeline(shops, async (pipeline) => {
    const { sourceSql, sql } = pipeline;
    await sourceSql`INSERT INTO region VALUES (1, 'north'), (2, 'south')`;
    await sourceSql`INSERT INTO city VALUES (1, 'a', 1), (2, 'b', NULL), (3, 'c', 2)`;
    await sourceSql`INSERT INTO shop VALUES (1, 'one', 1, NULL), (2, 'two', 2, 3)`;
    const rows = async () => {
      await run(pipeline);
      await assertVerified(pipeline);
      const found = await sql`SELECT city, region, depot, depot_region FROM dim_shop ORDER BY id`;
      return found.map((row) => Object.values(row).join("/"));
    };
    assertEquals(await rows(), ["a/north//", "b//c/south"]);
    await sourceSql`UPDATE region SET name = 'SOUTH' WHERE id = 2`;
    assertEquals(await rows(), ["a/north//", "b//c/SOUTH"]);
    await sourceSql`UPDATE city SET region_id = 2 WHERE id = 2`;
    assertEquals(await rows(), ["a/north//", "b/SOUTH/c/SOUTH"]);
    await sourceSql`UPDATE shop SET depot_id = 1`;
    assertEquals(await rows(), ["a/north/a/north", "b/SOUTH/a/north"]);
    await sourceSql`UPDATE city SET region_id = NULL`;
    assertEquals(await rows(), ["a//a/", "b//a/"]);
  });
});

Deno.test("a row without its grandparent is quarantined with the reference that leads nowhere", async () => {
  await withPipeline(shops, async (pipeline) => {
    const { sourceSql } = pipeline;
    await sourceSql`INSERT INTO city VALUES (1, 'a', 9)`;
    await sourceSql`INSERT INTO shop VALUES (1, 'one', 1, NULL)`;
    await run(pipeline);
    const reason = "city 1: region_id refers to region 9, which the source does not have";
    assertEquals(
      (await listQuarantine(pipeline)).map(({ table, reason }) => [table, reason]).sort(),
      [["dim_city", reason], ["dim_shop", reason]],
    );
    await sourceSql`INSERT INTO region VALUES (9, 'nine')`;
    await run(pipeline);
    await assertVerified(pipeline);
  });
});

const key = fc.integer({ min: 1, max: 4 });
const link = fc.option(key, { nil: null });
/** A row, by table: its key and its references. */
const row = fc.oneof(
  fc.tuple(fc.constant("city"), key, link),
  fc.tuple(fc.constant("shop"), key, key, link),
  fc.tuple(fc.constant("department"), key, link),
  fc.tuple(fc.constant("staff"), key, key),
  fc.tuple(fc.constant("region"), key),
);
const history = fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), {
  minLength: 1,
  maxLength: 6,
});

Deno.test("after any changes at any level, deltas make the same warehouse as the source", async () => {
  const both: Model = {
    source: [...shops.source, ...company.source],
    warehouse: [...shops.warehouse, ...company.warehouse],
  };
  const property = fc.asyncProperty(history, async (ticks) => {
    await withPipeline(both, async (pipeline) => {
      const { sourceSql } = pipeline;
      for (const table of ["region", "city", "department", "staff", "shop"]) {
        const others = { city: ", NULL", department: ", NULL", staff: ", 1", shop: ", 1, NULL" };
        const rest = others[table as keyof typeof others] ?? "";
        await sourceSql.unsafe(
          `INSERT INTO ${table} SELECT n, 'first'${rest} FROM generate_series(1, 4) n`,
        );
      }
      await run(pipeline);
      for (const [tick, rows] of ticks.entries()) {
        for (const [table, id, ...references] of rows) {
          const values: readonly Value[] = [id, `tick ${tick}`, ...references];
          await sourceSql`DELETE FROM ${sourceSql(table)} WHERE id = ${id}`;
          await sourceSql`INSERT INTO ${sourceSql(table)} VALUES ${sourceSql([values])}`;
        }
        await run(pipeline);
        await assertVerified(pipeline);
      }
    });
  });
  await fc.assert(property, { numRuns: propertyRuns({ quick: 3, all: 40 }) });
});

/** Leaves closed shops out; the label shows that all joined rows arrive. */
const openShops = shopsBy({
  version: 1,
  make: ({ id, name }, { city, "city.region": region }) =>
    name === "closed" ? null : { id, label: `${name} in ${city?.name}, ${region?.name ?? "?"}` },
});

Deno.test("a row function leaves rows out, also rows that were there before", async () => {
  await withPipeline(openShops, async (pipeline) => {
    const { sourceSql, sql } = pipeline;
    await sourceSql`INSERT INTO region VALUES (1, 'north')`;
    await sourceSql`INSERT INTO city VALUES (1, 'a', 1), (2, 'b', NULL)`;
    await sourceSql`INSERT INTO shop VALUES (1, 'one', 1), (2, 'two', 2), (3, 'closed', 1)`;
    const labels = async () => {
      await run(pipeline);
      await assertVerified(pipeline);
      const rows = await sql`SELECT label FROM dim_shop WHERE deleted_at IS NULL ORDER BY id`;
      return rows.map(({ label }) => label);
    };
    assertEquals(await labels(), ["one in a, north", "two in b, ?"]);
    await sourceSql`UPDATE region SET name = 'NORTH'`;
    assertEquals(await labels(), ["one in a, NORTH", "two in b, ?"]);
    await sourceSql`UPDATE shop SET name = 'closed' WHERE id = 1`;
    assertEquals(await labels(), ["two in b, ?"]);
    await sourceSql`UPDATE shop SET name = 'three' WHERE id = 3`;
    assertEquals(await labels(), ["two in b, ?", "three in a, NORTH"]);
    await sourceSql`DELETE FROM shop WHERE id = 2`;
    await run(pipeline);
    await reconcile(pipeline);
    await assertVerified(pipeline);
    assertEquals((await reconcile(pipeline)).outcome, "clean");
  });
});

Deno.test("reconcile() removes a row that the row function leaves out, and keeps the source's", async () => {
  await withPipeline(openShops, async (pipeline) => {
    const { sourceSql, sql } = pipeline;
    await sourceSql`INSERT INTO city VALUES (1, 'a', NULL)`;
    await sourceSql`INSERT INTO shop VALUES (1, 'closed', 1), (2, 'two', 1)`;
    await run(pipeline);
    await sql`INSERT INTO dim_shop (id, label) VALUES (1, 'from nowhere')`;
    const { missed, deleted } = await reconcile(pipeline);
    assertEquals([missed, deleted], [{ shop: 1 }, {}]);
    await assertVerified(pipeline);
    assertEquals([...await sql`SELECT id FROM dim_shop`], [{ id: 2 }]);
  });
});
