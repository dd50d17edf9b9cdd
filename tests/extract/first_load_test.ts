import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import type { Model } from "../../schemas/model.ts";
import { department, design, salesOrder, staff } from "../../schemas/mod.ts";
import { dimDesign } from "../../schemas/warehouse/dim_design.ts";
import { dimStaff } from "../../schemas/warehouse/dim_staff.ts";
import { extract } from "../../sdk/extract/extract.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { batchOf, ingestionCommits, testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { propertyRuns } from "../support/slow.ts";
import { createSource, insert, insertOneOfEach, type Sql } from "../support/source.ts";
import { type Source, test } from "./source_test_case.ts";

/** Returns a store that calls a function after each commit. */
function afterCommit(store: ObjectStore, act: (commits: number) => Promise<void>): ObjectStore {
  let commits = 0;
  return {
    url: store.url,
    get: (key, range) => store.get(key, range),
    list: (prefix, after) => store.list(prefix, after),
    put: async (key, body) => {
      const won = await store.put(key, body);
      if (won && key.startsWith("_log/")) await act(++commits);
      return won;
    },
  };
}

/** Returns the keys of a table's rows in each commit, ascending. */
async function keysByCommit({ ingestion }: Source, { name, key }: { name: string; key: string }) {
  const commits = await ingestionCommits(ingestion);
  return await Promise.all(commits.map(async (commit) => {
    const rows = (await batchOf(ingestion, commit))[name] ?? [];
    return rows.map((row) => Number(row[key])).sort((a, b) => a - b);
  }));
}

const fill = (sql: Sql, from: number, to: number) =>
  sql`INSERT INTO design SELECT n, now(), 'd', 'l', 'f', now() FROM generate_series(${from}::int, ${to}::int) n`;

test("extract() reads a first load in parts, each in a commit of its own", async (source) => {
  const { sql, extract } = source;
  await fill(sql, 1, 25);
  const result = await extract({ chunkRows: 10 });
  assert(result.outcome === "committed");
  assertEquals(result.commits.map(({ mode, partial }) => [mode, partial]), [
    ["full", { design: "10" }],
    ["delta", { design: "20" }],
    ["delta", {}],
  ]);
  const parts = await keysByCommit(source, design);
  assertEquals(parts.map((keys) => [keys[0], keys.length]), [[1, 10], [11, 10], [21, 5]]);
  assertEquals((await extract({ chunkRows: 10 })).outcome, "unchanged");
});

test("extract() begins a table only when the tables it refers to were read completely", async (source) => {
  const { sql, extract, ingestion } = source;
  await insertOneOfEach(sql);
  await fill(sql, 2, 8);
  await extract({ chunkRows: 5 });
  const commits = await ingestionCommits(ingestion);
  for (const { columns, partial } of commits) {
    if (!("sales_order" in columns)) continue;
    for (const column of Object.values(salesOrder.columns)) {
      if (!("references" in column)) continue;
      assert(column.references in columns && !(column.references in partial), column.references);
    }
  }
  assert(commits.length > 3);
});

test("extract() that is killed between parts does not read the finished ones again", async (source) => {
  const { sql, extract, ingestion } = source;
  await fill(sql, 1, 25);
  const dying = afterCommit(ingestion, (commits) => {
    return commits === 2 ? Promise.reject(new Error("killed")) : Promise.resolve();
  });
  await assertRejects(() => extract({ ingestion: dying, chunkRows: 10 }), Error, "killed");
  const result = await extract({ chunkRows: 10 });
  assert(result.outcome === "committed");
  assertEquals(result.commits.length, 1);
  const parts = await keysByCommit(source, design);
  assertEquals(parts.map((keys) => [keys[0], keys.length]), [[1, 10], [11, 10], [21, 5]]);
});

test("extract() catches what changes between the parts of a first load", async (source) => {
  const { sql, extract, ingestion } = source;
  await fill(sql, 1, 25);
  const busy = afterCommit(ingestion, async (commits) => {
    if (commits !== 1) return;
    await sql`UPDATE design SET design_name = 'read before' WHERE design_id = 3`;
    await sql`UPDATE design SET design_name = 'yet to come' WHERE design_id = 15`;
    await sql`DELETE FROM design WHERE design_id = 25`;
    await fill(sql, 26, 27);
  });
  await extract({ ingestion: busy, chunkRows: 10 });
  const parts = await keysByCommit(source, design);
  assertEquals(parts, [
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    [3, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20],
    [21, 22, 23, 24, 26, 27],
  ]);
});

test("extract() ends a first load whose last rows were deleted during it", async (source) => {
  const { sql, extract, ingestion } = source;
  await fill(sql, 1, 20);
  const busy = afterCommit(ingestion, async () => {
    await sql`DELETE FROM design WHERE design_id > 10`;
  });
  const result = await extract({ ingestion: busy, chunkRows: 10 });
  assert(result.outcome === "committed");
  assertEquals(result.commits.map(({ partial }) => partial), [{ design: "10" }, {}]);
  assertEquals((await extract()).outcome, "unchanged");
});

test("extract() reads parts by the bytes of a text key, whatever the locale", async ({ sql, url, ingestion }) => {
  const words = ["a", "B", "ä", "Z", "-1", "", "zz", "b", "A b", "'quoted'"];
  await sql`CREATE TABLE word (word text PRIMARY KEY)`;
  for (const word of words) await sql`INSERT INTO word VALUES (${word})`;
  const model: Model = {
    source: [{ name: "word", key: "word", columns: { word: { type: "text" } } }],
    warehouse: [],
  };
  await extract({ source: url, ingestion, model, chunkRows: 3 });
  const commits = await ingestionCommits(ingestion);
  assertEquals(commits.length, 4);
  const read = await Promise.all(commits.map((commit) => batchOf(ingestion, commit)));
  assertEquals(
    read.flatMap((batch) => batch.word ?? []).map(({ word }) => word).sort(),
    words.sort(),
  );
});

interface Change {
  readonly kind: "rename" | "insert" | "delete" | "move";
  readonly staff: number;
  readonly department: number;
  /** The commit after which it happens. */
  readonly after: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom(...["rename", "insert", "delete", "move"] as const),
  staff: fc.integer({ min: 1, max: 40 }),
  department: fc.integer({ min: 1, max: 6 }),
  after: fc.integer({ min: 1, max: 8 }),
});

Deno.test("extract() in parts leaves a lake that replays to the source after any changes in between", async () => {
  await using database = await testDatabase();
  const { sql, url } = database;
  await createSource(sql);
  const model: Model = { source: [department, design, staff], warehouse: [dimDesign, dimStaff] };
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { maxLength: 25 }),
      fc.integer({ min: 3, max: 15 }),
      async (changes, chunkRows) => {
        await using lake = await testLake();
        await sql`TRUNCATE department, design, staff CASCADE`;
        for (const id of [1, 2, 3, 4, 5, 6]) await insert(sql, department, { department_id: id });
        for (let id = 2; id <= 30; id += 2) await insert(sql, staff, { staff_id: id });
        const busy = afterCommit(lake.ingestion, async (commits) => {
          for (const next of changes) if (next.after === commits) await apply(sql, next);
        });
        await extract({ source: url, ingestion: busy, model, chunkRows });
        await extract({ source: url, ingestion: lake.ingestion, model, chunkRows });
        const found = await replayed(lake.ingestion);
        const rows = await sql`
          SELECT staff_id, department_id, department_name FROM staff JOIN department USING (department_id)`;
        for (const { staff_id, department_id, department_name } of rows) {
          assertEquals(found.get(staff_id), [department_id, department_name]);
        }
      },
    ),
    { numRuns: propertyRuns({ quick: 6, all: 25 }) },
  );
});

async function apply(sql: Sql, { kind, staff: id, department: home }: Change) {
  switch (kind) {
    case "rename":
      await sql`UPDATE department SET department_name = department_name || '+' WHERE department_id = ${home}`;
      break;
    case "insert":
      await sql`INSERT INTO staff SELECT ${id}, 'f', 'l', ${home}, 'e', now(), now() ON CONFLICT DO NOTHING`;
      break;
    case "delete":
      await sql`DELETE FROM staff WHERE staff_id = ${id}`;
      break;
    case "move":
      await sql`UPDATE staff SET department_id = ${home} WHERE staff_id = ${id}`;
  }
}

/** Returns the newest row of each staff member in the lake, with the department of the same batch. */
async function replayed(ingestion: ObjectStore): Promise<Map<unknown, unknown>> {
  const found = new Map<unknown, unknown>();
  for (const commit of await ingestionCommits(ingestion)) {
    const batch = await batchOf(ingestion, commit);
    for (const { staff_id, department_id } of batch.staff ?? []) {
      const home = batch.department.find((row) => row.department_id === department_id);
      found.set(staff_id, [department_id, home?.department_name]);
    }
  }
  return found;
}
