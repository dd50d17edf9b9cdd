import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { staff } from "../../../schemas/mod.ts";
import { openStore } from "../../../sdk/lake/open_store.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import { run } from "../../../sdk/operate/run.ts";
import { runSource } from "../../../sdk/operate/run_source.ts";
import { filesSource } from "../../../sdk/sources/files/files.ts";
import { test, type TestPipeline } from "../../operate/pipelines.ts";
import { testDatabase } from "../../support/postgres.ts";
import { insert } from "../../support/source.ts";
import { propertyRuns } from "../../support/slow.ts";
import { type Drop, drop, HEADER, ONE, outcomes, TWO } from "./drop.ts";

async function load(pipeline: TestPipeline, { folder }: Drop): Promise<string[]> {
  const source = filesSource({ url: folder.url, settle_ms: 20 });
  return outcomes((await runSource({ ...pipeline, source })).documents);
}

async function targetsOf({ sql }: TestPipeline): Promise<Record<string, string>> {
  const rows = await sql`SELECT sales_target_id, target::text, month::text FROM fact_sales_target`;
  return Object.fromEntries(
    rows.map((row) => [row.sales_target_id, `${row.target} ${row.month}`]),
  );
}

async function quarantineOf({ sql }: TestPipeline): Promise<Record<string, string>> {
  const rows = await sql`SELECT key, reason FROM etl.quarantine`;
  return Object.fromEntries(rows.map(({ key, reason }) => [key, reason]));
}

test("files become facts: versions, duplicates, bad rows and bad files", async (pipeline) => {
  await using dropped = await drop();
  for (const staff_id of [2, 3]) await insert(pipeline.sourceSql, staff, { staff_id });
  await run(pipeline);
  await dropped.put("a.csv", TWO);
  await dropped.put(
    "b.csv",
    `${HEADER}3,2026-12,GBP,"1,234.50"\n3,2026-13,GBP,1\n3,2026-12,GBP,"1,234"\n`,
  );
  await dropped.put("c.csv", TWO);
  await dropped.put("d.csv", `${HEADER}1\n`);
  assertEquals(await load(pipeline, dropped), [
    "a.csv read 2",
    "b.csv read 3",
    "c.csv duplicate same content as a.csv",
    "d.csv refused line 2: the row has 1 field, not 4",
  ]);
  const [a1, a2, b1] = ["a.csv/000000000001", "a.csv/000000000002", "b.csv/000000000001"];
  assertEquals(await targetsOf(pipeline), {
    [a1]: "1000.50 2026-11-01",
    [a2]: "7.00 2026-11-01",
    [b1]: "1234.50 2026-12-01",
  });
  const quarantined = await quarantineOf(pipeline);
  assertEquals(Object.keys(quarantined).toSorted(), [
    "b.csv/000000000002",
    "b.csv/000000000003",
    "d.csv",
  ]);
  assertEquals(quarantined["d.csv"], "line 2: the row has 1 field, not 4");
  await dropped.put("a.csv", ONE);
  await dropped.put("b.csv", `${HEADER}3,2026-12,GBP,5\n`);
  await dropped.put("d.csv", `${HEADER}3,2026-12,GBP,6\n`);
  await load(pipeline, dropped);
  assertEquals(await targetsOf(pipeline), {
    [a1]: "1000.50 2026-11-01",
    [b1]: "5.00 2026-12-01",
    // The file that it was a duplicate of has other content now.
    "c.csv/000000000001": "1000.50 2026-11-01",
    "c.csv/000000000002": "7.00 2026-11-01",
    "d.csv/000000000001": "6.00 2026-12-01",
  });
  assertEquals(await quarantineOf(pipeline), {});
  assertEquals(await load(pipeline, dropped), []);
  assertEquals((await verify(pipeline)).equal, true);
});

test("awkward names and values reach the warehouse or quarantine, one by one", async (pipeline) => {
  await using dropped = await drop();
  await run(pipeline);
  const name = `it's "a"\n\u202e😀/b%2F.jsonl`;
  const values = [
    "1.5",
    "99999999999999999999",
    "1.234",
    "1e400",
    '"NaN"',
    '{"a":[1]}',
    '"\\u0000"',
    '"1\\ud800"',
    "true",
    "-0",
    '"' + "9".repeat(5_000) + '"',
  ];
  const object = (target: string, currency = '"GBP"') =>
    `{"staff_id":1,"month":"2026-11","currency_code":${currency},"target":${target}}\n`;
  await dropped.put(name, values.map((value) => object(value)).join(""));
  await dropped.put(
    "c.jsonl",
    ['"\\u0000"', '"\\ud800"', "[1]"].map((c) => object("1", c)).join(""),
  );
  await dropped.put(
    "d.csv",
    `${HEADER}2147483648,2026-11,GBP,1\n1,0000-11,GBP,1\n1,9999-12,GBP,1\n`,
  );
  await dropped.put("e.csv", `${HEADER}1,2026-11,GBP,1.234\n1,2026-11,GBP,1.50\n`);
  const outcomes = await load(pipeline, dropped);
  assertEquals(outcomes.length, 4);
  const targets = await targetsOf(pipeline);
  const key = (number: number) => `${name}/${String(number).padStart(12, "0")}`;
  assertEquals(targets[key(1)], "1.50 2026-11-01");
  assertEquals(Number.parseFloat(targets[key(10)]), 0);
  assertEquals(targets["e.csv/000000000002"], "1.50 2026-11-01");
  const quarantined = Object.keys(await quarantineOf(pipeline));
  assertEquals(quarantined.filter((quarantinedKey) => quarantinedKey.startsWith(name)).length, 9);
  assertEquals(quarantined.includes("e.csv/000000000001"), true);
  assertEquals(Object.keys(targets).filter((target) => target.startsWith(name)).length, 2);
  assertEquals(Object.keys(targets).filter((target) => target.startsWith("c.jsonl")), []);
  const differences = (await verify(pipeline)).tables.map(({ differences }) => differences);
  assertEquals(differences.reduce((sum, count) => sum + count), quarantined.length);
  assertEquals(await load(pipeline, dropped), []);
});

const CONTENTS: readonly (readonly number[] | "bad")[] = [[], [1], [1, 2], [2, 3], "bad"];

function contentOf(numbers: (typeof CONTENTS)[number]): string {
  if (numbers === "bad") return `${HEADER}1\n`;
  return HEADER + numbers.map((number) => `1,2026-11,GBP,${number}\n`).join("");
}

const anyStep = fc.record({
  name: fc.constantFrom("a.csv", "b.csv", "c/d.csv"),
  content: fc.constantFrom(...CONTENTS),
  load: fc.boolean(),
});

/** The targets in the warehouse by the file that they come from. */
async function targetsByFile(pipeline: TestPipeline): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const targets = Object.entries(await targetsOf(pipeline)).toSorted();
  for (const [key, value] of targets) {
    const file = key.slice(0, key.lastIndexOf("/"));
    files.set(file, `${files.get(file) ?? ""}${Number.parseInt(value)} `);
  }
  return files;
}

test("after any files in any order, the warehouse has each content once, and only what is there", async (pipeline) => {
  await run(pipeline);
  let round = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 1, maxLength: 8 }), async (steps) => {
      await using dropped = await drop();
      // Each case has a lake and a warehouse of its own.
      const store = (zone: string) => openStore(`${pipeline.ingestion.url}/${++round}/${zone}`);
      const lake = { ingestion: store("ingestion"), processed: store("processed") };
      await using warehouse = await testDatabase("warehouse");
      const { url, sql } = warehouse;
      const own = { ...pipeline, ...lake, warehouse: url, sql };
      await run(own);
      const files = new Map<string, (typeof CONTENTS)[number]>();
      for (const { name, content, load: now } of steps) {
        await dropped.put(name, contentOf(content));
        files.set(name, content);
        if (now) await load(own, dropped);
      }
      while ((await load(own, dropped)).length > 0);
      const loaded = await targetsByFile(own);
      const texts = [...loaded.values()];
      assertEquals(new Set(texts).size, texts.length, "a content is there twice");
      for (const [name, content] of files) {
        if (content === "bad" || content.length === 0) continue;
        const text = content.map((number) => `${number} `).join("");
        assertEquals(texts.includes(text), true, `${name} is missing`);
        assertEquals(loaded.get(name) ?? text, text, `${name} has other rows`);
      }
      const bad = [...files].filter(([, content]) => content === "bad").map(([name]) => name);
      assertEquals(Object.keys(await quarantineOf(own)).toSorted(), bad.toSorted());
    }),
    { numRuns: propertyRuns({ quick: 2, all: 30 }) },
  );
});
