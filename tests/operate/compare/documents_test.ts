import { assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import { load } from "../../../sdk/load/load.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import { run } from "../../../sdk/operate/run.ts";
import { deliver, rate, target, type TestDocument } from "../../load/documents.ts";
import { propertyRuns } from "../../support/slow.ts";
import { test, type TestPipeline } from "../pipelines.ts";

async function arrive(
  pipeline: TestPipeline,
  sourceName: "files" | "rates",
  document: TestDocument,
): Promise<void> {
  await deliver(pipeline, sourceName, document);
  await load({ ...pipeline, sourceName });
}

/** Returns the rows of the tables of documents, and how they differ, as `table key: kind columns`. */
async function verified(pipeline: TestPipeline) {
  const { tables, equal } = await verify(pipeline);
  const found = tables.slice(11);
  return {
    equal,
    rows: Object.fromEntries(
      found.map((one) => [one.table, [one.source_rows, one.warehouse_rows]]),
    ),
    differences: tables.flatMap(({ table, examples }) =>
      examples.map(({ key, kind, columns }) => [table, key, kind, ...columns].join(" "))
    ),
  };
}

test("verify() compares the current version of every document with the warehouse", async (pipeline) => {
  await run(pipeline);
  assertEquals((await verified(pipeline)).rows, {});
  await arrive(pipeline, "rates", {
    name: "2026-11-30/eur",
    rows: [rate("2026-11-30", "GBP", "0.88")],
  });
  await arrive(pipeline, "files", {
    name: "a.csv",
    rows: [target("a.csv", 1), target("a.csv", 2)],
  });
  await arrive(pipeline, "files", {
    name: "a.csv",
    rows: [target("a.csv", 1, { target: "7.00" })],
    deleted: ["a.csv/000000000002"],
  });
  await arrive(pipeline, "files", { name: "b.csv", rows: [target("b.csv", 1)] });
  assertEquals(await verified(pipeline), {
    equal: true,
    rows: { fact_exchange_rate: [1, 1], fact_sales_target: [2, 2] },
    differences: [],
  });
  await pipeline.sql`UPDATE fact_sales_target SET target = 8, currency_code = 'EUR'
    WHERE sales_target_id LIKE 'a%'`;
  await pipeline.sql`DELETE FROM fact_sales_target WHERE sales_target_id LIKE 'b%'`;
  await pipeline.sql`UPDATE fact_exchange_rate SET exchange_rate_id = '2026-11-30/eur/usd'`;
  await pipeline.sql`DELETE FROM fact_exchange_rate_history`;
  assertEquals((await verified(pipeline)).differences, [
    "fact_exchange_rate 2026-11-30/eur/gbp missing",
    "fact_exchange_rate 2026-11-30/eur/usd extra",
    "fact_sales_target a.csv/000000000001 changed currency_code target",
    "fact_sales_target b.csv/000000000001 missing",
  ]);
});

test("verify() finds documents that are not loaded, refused ones, and invalid rows", async (pipeline) => {
  await run(pipeline);
  const rows = [target("a.csv", 1), target("a.csv", 2, { target: "much" })];
  await deliver(pipeline, "files", { name: "a.csv", rows });
  await deliver(pipeline, "files", {
    name: "b.csv",
    outcome: "refused",
    reason: "line 7: 3 fields, not 4",
  });
  const differences = [
    "fact_sales_target b.csv invalid",
    "fact_sales_target a.csv/000000000001 missing",
    "fact_sales_target a.csv/000000000002 invalid",
  ];
  assertEquals((await verified(pipeline)).differences, [
    "dim_date 2026-11-01 missing",
    ...differences,
  ]);
  await load({ ...pipeline, sourceName: "files" });
  assertEquals((await verified(pipeline)).differences, [differences[0], differences[2]]);
  const { ingestion: _, ...databases } = pipeline;
  assertEquals((await verify(databases)).tables.length, 11);
});

test("verify() expects no rows of a document that has too many invalid ones", async (pipeline) => {
  await run(pipeline);
  const bad = Array.from(
    { length: 300 },
    (_, i) => target("a.csv", i, i < 200 ? { target: "x" } : {}),
  );
  await arrive(pipeline, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  await arrive(pipeline, "files", { name: "a.csv", rows: bad });
  assertEquals(await verified(pipeline), {
    equal: false,
    rows: { fact_sales_target: [0, 0] },
    differences: ["fact_sales_target a.csv invalid"],
  });
});

test("verify() finds a date that only targets refer to and the calendar does not have", async (pipeline) => {
  await run(pipeline);
  await arrive(pipeline, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  await pipeline.sql`ALTER TABLE fact_sales_target DROP CONSTRAINT fact_sales_target_month_fkey`;
  await pipeline.sql`DELETE FROM dim_date WHERE date_id = '2026-11-01'`;
  assertEquals((await verified(pipeline)).differences, ["dim_date 2026-11-01 missing"]);
});

const name = fc.array(fc.constantFrom("a", "b", "-", "/", "0", "é", "😀"), {
  minLength: 1,
  maxLength: 4,
})
  .map((parts) => parts.join(""));
const records = fc.uniqueArray(fc.constantFrom("0", "1", "a/1", "b", "/", "a/", "é"), {
  maxLength: 4,
});

test("verify() pairs the rows of documents in the order of their keys, whatever they are called", async (pipeline) => {
  await run(pipeline);
  const known = new Map<string, string[]>();
  const property = fc.asyncProperty(
    fc.uniqueArray(fc.tuple(name, records), { selector: ([name]) => name, maxLength: 6 }),
    fc.nat(),
    async (documents, place) => {
      for (const [name, records] of documents) {
        const rows = records.map((record) => ({
          ...target(name, 0),
          sales_target_id: `${name}/${record}`,
        }));
        rows.sort((a, b) =>
          Buffer.compare(Buffer.from(a.sales_target_id), Buffer.from(b.sales_target_id))
        );
        const keys = rows.map(({ sales_target_id }) => sales_target_id);
        const taken = [...known].filter(([other]) => other !== name).flatMap(([, keys]) => keys);
        if (keys.some((key) => taken.includes(key))) continue;
        const deleted = (known.get(name) ?? []).filter((key) => !keys.includes(key));
        known.set(name, keys);
        await deliver(pipeline, "files", { name, rows, deleted });
      }
      await load({ ...pipeline, sourceName: "files" });
      const all = [...known.values()].flat();
      const { equal, differences } = await verified(pipeline);
      assertEquals([equal, differences], [true, []]);
      if (all.length === 0) return;
      const key = all[place % all.length];
      const { sql } = pipeline;
      await sql`UPDATE fact_sales_target SET target = 1 WHERE sales_target_id = ${key}`;
      const changed = await verified(pipeline);
      assertEquals(changed.differences, [`fact_sales_target ${key} changed target`]);
      await sql`UPDATE fact_sales_target SET target = 1000 WHERE sales_target_id = ${key}`;
    },
  );
  await fc.assert(property, { numRuns: propertyRuns({ quick: 5, all: 40 }), endOnFailure: true });
});
