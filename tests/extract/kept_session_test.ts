import { assert, assertEquals } from "@std/assert";
import type postgres from "postgres";
import { totesys } from "../../schemas/model.ts";
import { design } from "../../schemas/source/design.ts";
import { extractAndCount } from "../../sdk/extract/extract.ts";
import type { Checkpoint } from "../../sdk/extract/plan.ts";
import { scanStatement } from "../../sdk/extract/scan.ts";
import { MOST_LISTED } from "../../sdk/extract/transactions.ts";
import { positionOf, positionStatement } from "../../sdk/extract/source_position.ts";
import { keepConnections } from "../../sdk/postgres/kept_connections.ts";
import { batchOf } from "../support/lake.ts";
import { insert, insertOneOfEach } from "../support/source.ts";
import { type Source, test } from "./source_test_case.ts";

/** Declares a test of extractions that follow one another over one connection. */
function keptTest(name: string, body: (source: Source) => Promise<void>): void {
  test(name, async (source) => {
    await using _ = keepConnections();
    await body(source);
  });
}

async function endTransactions(sql: postgres.Sql, count: number): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => sql`SELECT pg_current_xact_id()`));
}

/** Returns the way in which the tables are scanned for changes since a snapshot. */
async function scanWay(sql: postgres.Sql, since: Checkpoint): Promise<string> {
  const { text, values } = scanStatement(totesys.source, since);
  const [{ way }] = await sql.unsafe(text, values as string[]);
  return way;
}

async function checkpoint(sql: postgres.Sql): Promise<Checkpoint> {
  const [row] = await sql.unsafe(positionStatement());
  const columns = Object.fromEntries(
    totesys.source.map(({ name, columns }) => [name, Object.keys(columns)]),
  );
  return { snapshot: { ...positionOf(row), visible: [] }, columns, partial: {} };
}

test("extract() scans no table when no transaction has ended", async ({ sql }) => {
  const since = await checkpoint(sql);
  assertEquals(await scanWay(sql, since), "none");
  await endTransactions(sql, 1);
  assertEquals(await scanWay(sql, since), "list");
});

test("extract() scans a table that it has not read, even when no transaction has ended", async ({ sql }) => {
  const { columns: { design: _, ...columns }, ...since } = await checkpoint(sql);
  assertEquals(await scanWay(sql, { ...since, columns }), "list");
});

test("extract() scans the tables while a transaction is open, which can end in between", async (source) => {
  const { sql, session } = source;
  const open = await session();
  await open`BEGIN`;
  await insert(open, design, { design_id: 1 });
  await endTransactions(sql, 1);
  const since = await checkpoint(sql);
  assert(since.snapshot.xmin !== since.snapshot.xmax);
  assertEquals(await scanWay(sql, since), "list");
  await open`COMMIT`;
});

test("extract() compares ages when too many transactions have ended", async ({ sql }) => {
  const since = await checkpoint(sql);
  await endTransactions(sql, MOST_LISTED);
  assertEquals(await scanWay(sql, since), "list");
  await endTransactions(sql, 1);
  assertEquals(await scanWay(sql, since), "age");
});

keptTest("extract() finds a change after any number of ticks without one", async (source) => {
  const { sql, tick } = source;
  await insertOneOfEach(sql);
  await tick();
  for (const id of [2, 3, 4]) {
    await endTransactions(sql, id);
    assertEquals(await tick(), {});
    assertEquals(await tick(), {});
    await insert(sql, design, { design_id: id });
    assertEquals(await tick(), { design: [id] });
  }
});

keptTest("extract() finds a row that commits late after a tick without changes", async (source) => {
  const { sql, session, tick } = source;
  await insertOneOfEach(sql);
  await tick();
  const late = await session();
  await late`BEGIN`;
  await insert(late, design, { design_id: 2 });
  await endTransactions(sql, 1);
  assertEquals(await tick(), {});
  await late`COMMIT`;
  assertEquals(await tick(), { design: [2] });
  assertEquals(await tick(), {});
});

keptTest(
  "extract() finds what changed in a table while the table could not be read",
  async (source) => {
    const { sql, tick, extract } = source;
    await insertOneOfEach(sql);
    await tick();
    await sql`ALTER TABLE design RENAME TO hidden`;
    for (let i = 0; i < 2; i++) {
      const { outcome, schema } = await extract();
      assertEquals(outcome, "unchanged");
      assertEquals(schema.map(({ table, kind }) => `${table}: ${kind}`), [
        "design: table missing",
        "hidden: table added",
      ]);
    }
    await sql`UPDATE hidden SET design_name = 'changed'`;
    assertEquals(await tick(), {});
    await sql`ALTER TABLE hidden RENAME TO design`;
    assertEquals(await tick(), { design: [1] });
    assertEquals(await tick(), {});
  },
);

keptTest("extract() notices a changed schema at once", async (source) => {
  const { sql, ingestion, tick, extract } = source;
  await insertOneOfEach(sql);
  await tick();
  assertEquals(await tick(), {});
  await sql`ALTER TABLE design ADD COLUMN colour text DEFAULT 'red'`;
  await sql`UPDATE design SET design_name = 'changed'`;
  const result = await extract();
  assert(result.outcome === "committed");
  assertEquals(result.schema.map(({ kind }) => kind), ["column added"]);
  assertEquals((await batchOf(ingestion, result.commit)).design[0].colour, "red");
  await sql`ALTER TABLE design DROP COLUMN design_name`;
  await sql`UPDATE currency SET currency_code = 'EUR'`;
  const { schema, outcome } = await extract();
  assertEquals(outcome, "committed");
  assertEquals(schema.map(({ kind, stops }) => [kind, stops]), [
    ["column missing", true],
    ["column added", false],
  ]);
});

keptTest(
  "extract() returns the counts of the last scan when nothing can have changed",
  async (source) => {
    const { sql, url, ingestion } = source;
    await insertOneOfEach(sql);
    const counts = async () => {
      const { result, counts } = await extractAndCount({ source: url, ingestion });
      return [result.outcome, counts.rows.get("design")];
    };
    await counts();
    await insert(sql, design, { design_id: 2 });
    assertEquals(await counts(), ["committed", 2]);
    assertEquals(await counts(), ["unchanged", 2]);
    await sql`DELETE FROM design WHERE design_id = 2`;
    assertEquals(await counts(), ["unchanged", 1]);
    assertEquals(await counts(), ["unchanged", 1]);
  },
);
