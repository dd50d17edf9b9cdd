import { assert, assertEquals, assertRejects } from "@std/assert";
import { design } from "../../schemas/source/design.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { batchOf, ingestionCommits, keysOf as objectsIn } from "../support/lake.ts";
import { insert, insertOneOfEach } from "../support/source.ts";
import { keysOf, test } from "./source_test_case.ts";

type Put = ObjectStore["put"];

/** Returns a store whose put() calls a function first. */
function withPut(store: ObjectStore, put: (put: Put, ...args: Parameters<Put>) => ReturnType<Put>) {
  return {
    url: store.url,
    get: (key, range) => store.get(key, range),
    list: (prefix, after) => store.list(prefix, after),
    put: (key, body) => put((key, body) => store.put(key, body), key, body),
  } satisfies ObjectStore as ObjectStore;
}

const isCommit = (key: string) => key.startsWith("_log/");

/** Returns how often each key was written, over all batches. */
async function written(store: ObjectStore): Promise<Record<string, number>> {
  const times: Record<string, number> = {};
  for (const commit of await ingestionCommits(store)) {
    const { design: rows = [] } = await batchOf(store, commit);
    for (const { design_id } of rows) {
      times[`${design_id}`] = (times[`${design_id}`] ?? 0) + 1;
    }
  }
  return times;
}

test("extract() is overtaken by a run that commits first, and loses nothing", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  await insert(sql, design, { design_id: 1 });
  await tick();
  await insert(sql, design, { design_id: 2 });
  // The slower run has taken its snapshot when the faster one starts.
  const slow = withPut(ingestion, async (put, key, body) => {
    if (isCommit(key)) {
      await insert(sql, design, { design_id: 3 });
      assertEquals(await tick(), { design: [2, 3] });
    }
    return await put(key, body);
  });
  assertEquals(await extract({ ingestion: slow }), {
    outcome: "overtaken",
    sequence: 2,
    schema: [],
  });
  assertEquals(await tick(), {});
  await insert(sql, design, { design_id: 4 });
  assertEquals(await tick(), { design: [4] });
  assertEquals(await written(ingestion), { 1: 1, 2: 1, 3: 1, 4: 1 });
});

test("extract() can win with the older snapshot, and the newer one is read again", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  await insert(sql, design, { design_id: 1 });
  await tick();
  await insert(sql, design, { design_id: 2 });
  const slowCommits = Promise.withResolvers<void>();
  const slowHasRead = Promise.withResolvers<void>();
  const slow = withPut(ingestion, async (put, key, body) => {
    if (isCommit(key)) {
      slowHasRead.resolve();
      await slowCommits.promise;
    }
    return await put(key, body);
  });
  const older = extract({ ingestion: slow });
  await slowHasRead.promise;
  await insert(sql, design, { design_id: 3 });
  const overtaken = withPut(ingestion, async (put, key, body) => {
    if (isCommit(key)) {
      slowCommits.resolve();
      await older;
    }
    return await put(key, body);
  });
  assertEquals(await extract({ ingestion: overtaken }), {
    outcome: "overtaken",
    sequence: 2,
    schema: [],
  });
  assertEquals(await keysOf(ingestion, await older), { design: [2] });
  assertEquals(await tick(), { design: [3] });
  assertEquals(await written(ingestion), { 1: 1, 2: 1, 3: 1 });
});

test("extract() run twice at once writes every row once", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  const expected: Record<string, number> = {};
  for (let id = 1; id <= 8; id++) {
    await insert(sql, design, { design_id: id });
    expected[id] = 1;
    const outcomes = (await Promise.all([extract(), extract()])).map(({ outcome }) => outcome);
    assertEquals(outcomes.filter((outcome) => outcome === "committed").length, 1);
    assert(outcomes.every((outcome) => ["committed", "overtaken", "unchanged"].includes(outcome)));
  }
  assertEquals(await tick(), {});
  assertEquals(await written(ingestion), expected);
  const sequences = (await ingestionCommits(ingestion)).map(({ sequence }) => sequence);
  assertEquals(sequences, [1, 2, 3, 4, 5, 6, 7, 8]);
});

test("extract() reads everything again after dying before its commit", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  await insertOneOfEach(sql);
  const dying = withPut(ingestion, (put, key, body) => {
    if (isCommit(key)) throw new Error("killed");
    return put(key, body);
  });
  await assertRejects(() => extract({ ingestion: dying }));
  const orphans = await objectsIn(ingestion);
  assertEquals(orphans.length, 11);
  const keys = await tick();
  assertEquals(Object.keys(keys).length, 11);
  const [commit] = await ingestionCommits(ingestion);
  const named = Object.values(commit.tables).map(({ key }) => key);
  assertEquals(named.filter((key) => orphans.includes(key)), []);
  assertEquals(await tick(), {});
});

test("extract() reads a delta again after dying between two objects", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  await insertOneOfEach(sql);
  await tick();
  await sql`UPDATE address SET city = 'Leeds'`;
  await sql`UPDATE payment SET paid = true`;
  const dying = withPut(ingestion, (put, key, body) => {
    if (key.startsWith("payment/")) throw new Error("killed");
    return put(key, body);
  });
  await assertRejects(() => extract({ ingestion: dying }));
  await sql`UPDATE currency SET currency_code = 'EUR'`;
  assertEquals(await tick(), { address: [1], counterparty: [1], currency: [1], payment: [1] });
  assertEquals(await tick(), {});
});

test("extract() continues from a commit that was written although the store reported a failure", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  await insert(sql, design, { design_id: 1 });
  const failing = withPut(ingestion, async (put, key, body) => {
    const result = await put(key, body);
    if (isCommit(key)) throw new Error("the answer got lost");
    return result;
  });
  await assertRejects(() => extract({ ingestion: failing }));
  await insert(sql, design, { design_id: 2 });
  assertEquals(await tick(), { design: [2] });
  assertEquals(await written(ingestion), { 1: 1, 2: 1 });
});

test("extract() ends when its backend is killed, and the next run loses nothing", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  await insertOneOfEach(sql);
  await tick();
  await sql`UPDATE address SET city = 'Leeds'`;
  // More than what is on its way when the first object is begun.
  await sql`INSERT INTO design
    SELECT i, created_at, repeat('x', 1000), file_location, file_name, last_updated
    FROM design, generate_series(2, 30000) AS i`;
  const killing = withPut(ingestion, async (put, key, body) => {
    await sql`
      SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'totesys-etl'`;
    return await put(key, body);
  });
  await assertRejects(() => extract({ ingestion: killing }));
  assertEquals((await ingestionCommits(ingestion)).length, 1);
  const { design: designs, ...others } = await tick();
  assertEquals(designs.length, 29_999);
  assertEquals(others, { address: [1], counterparty: [1] });
});
