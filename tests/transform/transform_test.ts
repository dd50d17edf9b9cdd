import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { remedyText } from "../../functions/remedy.ts";
import { type AnyRow, sourceTables, type TableSpec, totesys } from "../../schemas/mod.ts";
import type { Progress } from "../../sdk/progress.ts";
import { ConfigurationError, LakeError } from "../../sdk/errors.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { keysOf, type TestLake, testLake } from "../support/lake.ts";
import {
  type Batch,
  currency,
  department,
  ingest,
  processedCommits,
  processedRows,
  salesOrder,
  staff,
  takenAt,
} from "./batches.ts";

function test(name: string, body: (lake: TestLake) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await body(lake);
  });
}

/** A batch with a plain row of every source table. */
function oneOfEach(): Batch {
  const plain = (table: TableSpec) =>
    Object.fromEntries(
      Object.entries(table.columns).map(([name, column]) => {
        if (column.nullable) return [name, null];
        if (column.type === "text") return [name, column.format === "date" ? "2022-12-03" : name];
        if (column.type === "timestamp") return [name, "2022-11-03 14:20:49.962"];
        if (column.type === "numeric") return [name, "12.50"];
        return [name, column.type === "boolean" ? true : 1];
      }),
    );
  return Object.fromEntries(sourceTables.map((table) => [table.name, [plain(table)]]));
}

test("transform() makes all eleven tables of a full batch", async (lake) => {
  const ingested = await ingest(lake.ingestion, oneOfEach());
  const { commits } = await transform(lake);
  assertEquals(commits.length, 1);
  const [commit] = commits;
  assertEquals(
    Object.keys(commit.tables).sort(),
    totesys.warehouse.map(({ name }) => name).sort(),
  );
  assertEquals(commit.ingestion_sequence, ingested.sequence);
  assertEquals(commit.taken_at, ingested.snapshot.taken_at);
  const rows = await processedRows(lake.processed, commit);
  for (const [name, object] of Object.entries(commit.tables)) {
    assertEquals(rows[name].length, object.rows, name);
  }
  assertEquals(rows.fact_sales_order[0].created_time, "14:20:49.962");
  assertEquals(rows.dim_staff[0].department_name, "department_name");
});

test("transform() writes objects under readable keys", async (lake) => {
  await ingest(lake.ingestion, { currency: [currency(1)] });
  const { commits: [commit] } = await transform({ ...lake, run: "20261121T040000Z-00ff00" });
  const key = "dim_currency/2026/11/21/000000000001-20261121T040000Z-00ff00.parquet";
  assertEquals(commit.tables.dim_currency.key, key);
  assertEquals(await keysOf(lake.processed), ["_log/000000000001.json", key]);
});

test("transform() of nothing new does nothing", async (lake) => {
  assertEquals(await transform(lake), { commits: [], skipped: [] });
  assertEquals(await keysOf(lake.processed), []);
  await ingest(lake.ingestion, { currency: [currency(1)] });
  await transform(lake);
  const keys = await keysOf(lake.processed);
  assertEquals(await transform(lake), { commits: [], skipped: [] });
  assertEquals(await keysOf(lake.processed), keys);
});

test("transform() processes every pending commit in order", async (lake) => {
  for (const id of [1, 2, 3]) await ingest(lake.ingestion, { currency: [currency(id)] });
  const { commits } = await transform(lake);
  assertEquals(commits.map(({ ingestion_sequence }) => ingestion_sequence), [1, 2, 3]);
  await ingest(lake.ingestion, { currency: [currency(4)] });
  const { commits: [fourth] } = await transform(lake);
  assertEquals(fourth.ingestion_sequence, 4);
  const { dim_currency } = await processedRows(lake.processed, fourth);
  assertEquals(dim_currency.map(({ currency_id }) => currency_id), [4]);
});

test("transform() joins each row with its own counterpart", async (lake) => {
  await ingest(lake.ingestion, {
    department: [department(1), department(2), department(3, "Facilities")],
    staff: [staff(10, 2), staff(11, 3), staff(12, 2)],
  });
  const { commits: [commit] } = await transform(lake);
  const { dim_staff } = await processedRows(lake.processed, commit);
  assertEquals(
    dim_staff.map(({ staff_id, department_name }) => [staff_id, department_name]),
    [[10, "department 2"], [11, "Facilities"], [12, "department 2"]],
  );
});

test("a batch whose tables make no warehouse rows is committed, so that it is not tried again", async (lake) => {
  await ingest(lake.ingestion, { department: [department(1)] });
  const { commits: [commit] } = await transform(lake);
  assertEquals(commit.tables, {});
  assertEquals((await transform(lake)).commits, []);
});

test("every date a fact of the batch refers to is in dim_date, once and in order", async (lake) => {
  const dates = ["2025-02-28", "1999-12-31", "2024-02-29"];
  await ingest(lake.ingestion, {
    sales_order: dates.map((date, i) =>
      salesOrder(i, {
        agreed_delivery_date: date,
        agreed_payment_date: `${2030 + i}-01-01`,
        created_at: `${2000 + i}-06-01 23:59:59.999`,
        last_updated: `${2010 + i}-06-01 00:00:00`,
      })
    ),
  });
  const { commits: [commit] } = await transform(lake);
  const { dim_date, fact_sales_order } = await processedRows(lake.processed, commit);
  const found = dim_date.map(({ date_id }) => date_id as string);
  assertEquals(found, [...new Set(found)].sort());
  const referring = ["created_date", "last_updated_date", "agreed_payment_date"]
    .concat("agreed_delivery_date");
  const referred = fact_sales_order.flatMap((row) => referring.map((name) => row[name] as string));
  assertEquals(found, [...new Set(referred)].sort());
  assertEquals(found.length, 12);
});

test("the transform of a split batch is the split of the transform", async (lake) => {
  const rows = Array.from({ length: 30 }, (_, id) =>
    salesOrder(id, {
      unit_price: `${id}.5`,
      agreed_delivery_date: `20${10 + id % 20}-01-01`,
    }));
  await ingest(lake.ingestion, { sales_order: rows });
  await using parts = await testLake();
  for (const part of [rows.slice(0, 7), rows.slice(7, 8), rows.slice(8)]) {
    await ingest(parts.ingestion, { sales_order: part });
  }
  const rowsOfAll = async ({ processed }: TestLake, commits: readonly unknown[]) => {
    const all: Record<string, AnyRow[]> = {};
    for (const commit of commits) {
      const batch = await processedRows(processed, commit as never);
      for (const [name, made] of Object.entries(batch)) (all[name] ??= []).push(...made);
    }
    // The calendar is a set: several parts can have the same day.
    const dates = new Map(all.dim_date.map((row) => [row.date_id, row]));
    return { ...all, dim_date: [...dates].sort().map(([, row]) => row) };
  };
  const whole = await rowsOfAll(lake, (await transform(lake)).commits);
  const split = await rowsOfAll(parts, (await transform(parts)).commits);
  assertEquals(split, whole);
});

test("progress is reported by table, up to the expected rows", async (lake) => {
  await ingest(lake.ingestion, { currency: [currency(1), currency(2)] });
  const reported: Progress[] = [];
  await transform({ ...lake, onProgress: (progress) => reported.push(progress) });
  const { totalBytes, ...last } = reported.at(-1)!;
  assert(totalBytes > 0);
  assertEquals(last, {
    stage: "transform",
    table: "dim_currency",
    rows: 2,
    expected: 2,
    totalRows: 2,
    fraction: 1,
  });
});

// ---- failures ----

/** Returns a store whose n-th put of a commit fails, before or after writing, like a lost connection. */
function failingOnce(store: ObjectStore, when: "before" | "after"): ObjectStore {
  let failed = false;
  return {
    url: store.url,
    get: (key, range) => store.get(key, range),
    list: (prefix, after) => store.list(prefix, after),
    put: async (key, body) => {
      if (!key.startsWith("_log/") || failed) return await store.put(key, body);
      failed = true;
      if (when === "after") await store.put(key, body);
      throw new LakeError("the connection to the store was lost", { stage: "lake" });
    },
  };
}

for (const when of ["before", "after"] as const) {
  test(`the next run completes one that dies ${when} its commit is put`, async (lake) => {
    await ingest(lake.ingestion, { currency: [currency(1)] });
    await ingest(lake.ingestion, { currency: [currency(2)] });
    const processed = failingOnce(lake.processed, when);
    await assertRejects(() => transform({ ...lake, processed }), LakeError, "lost");
    await transform({ ...lake, processed });
    const commits = await processedCommits(lake.processed);
    assertEquals(commits.map((commit) => commit.ingestion_sequence), [1, 2]);
    for (const commit of commits) {
      const { dim_currency } = await processedRows(lake.processed, commit);
      assertEquals(dim_currency.map((row) => row.currency_id), [commit.ingestion_sequence]);
    }
  });
}

test("two concurrent transforms produce every batch once", async (lake) => {
  for (let id = 1; id <= 8; id++) await ingest(lake.ingestion, { currency: [currency(id)] });
  const runs = await Promise.all([transform(lake), transform(lake), transform(lake)]);
  const commits = await processedCommits(lake.processed);
  assertEquals(commits.map((commit) => commit.ingestion_sequence), [1, 2, 3, 4, 5, 6, 7, 8]);
  // Each run returns only its own commits.
  const won = runs.flatMap((run) => run.commits.map(({ sequence }) => sequence));
  assertEquals(won.sort(), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test("an ingestion object that was changed since is refused, and commits nothing", async (lake) => {
  const commit = await ingest(lake.ingestion, { currency: [currency(1)] });
  const path = new URL(`${lake.ingestion.url}/${commit.tables.currency.key}`);
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace("GBP", "USD"));
  await assertRejects(() => transform(lake), LakeError, "is not what was written");
  assertEquals(await processedCommits(lake.processed), []);
});

test("a model that names a function it does not have is refused, table and column named", async (lake) => {
  await ingest(lake.ingestion, { currency: [currency(1)] });
  await assertRejects(
    () => transform({ ...lake, model: { ...totesys, functions: {} } }),
    ConfigurationError,
    "dim_currency.currency_name: the model has no function isoCurrencyName",
  );
});

test("batches carry the time of the source, not of the transform", async (lake) => {
  await ingest(lake.ingestion, { currency: [currency(1)] });
  await ingest(lake.ingestion, { currency: [currency(2)] });
  const { commits } = await transform(lake);
  assertEquals(commits.map(({ taken_at }) => taken_at), [takenAt(1), takenAt(2)]);
});

test("a processed zone that was made from another ingestion zone is refused", async (lake) => {
  await ingest(lake.ingestion, { currency: [currency(1)] });
  await transform(lake);
  await using other = await testLake();
  await ingest(other.ingestion, { currency: [currency(2)] });
  await ingest(other.ingestion, { currency: [currency(3)] });
  const error = await assertRejects(
    () => transform({ ingestion: other.ingestion, processed: lake.processed }),
    LakeError,
    "another ingestion zone",
  );
  assertStringIncludes(remedyText(error.next!), "INGESTION_URL");
  assertEquals((await processedCommits(lake.processed)).length, 1);
});

test("a processed zone whose ingestion zone is lost is refused, fully or partly", async (lake) => {
  for (const id of [1, 2]) await ingest(lake.ingestion, { currency: [currency(id)] });
  await transform(lake);
  const remove = (key: string) => Deno.remove(new URL(`${lake.ingestion.url}/${key}`));
  for (const key of ["_log/000000000002.json", "_log/000000000001.json"]) {
    await remove(key);
    await assertRejects(() => transform(lake), LakeError, "another ingestion zone");
  }
  assertEquals((await processedCommits(lake.processed)).length, 2);
});
