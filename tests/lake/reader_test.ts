/**
 * A reader in another language that follows docs/lake-format.md alone reads what the pipeline wrote,
 * and notices when it was tampered with.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Model, TableSpec } from "../../schemas/mod.ts";
import { totesys } from "../../schemas/mod.ts";
import { withChecksum } from "../../sdk/lake/checksum.ts";
import { commitKey } from "../../sdk/lake/keys.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { FORMAT } from "../../sdk/lake/upgrades/upgrades.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { insert } from "../support/source.ts";
import { DAMAGE, fileOf } from "../support/tamper.ts";
import { test as pipelineTest, type TestPipeline } from "../operate/pipelines.ts";
import { ratesModel } from "./golden/rates.ts";
import { DELETIONS, OPENING, shop, TRADE } from "./golden/shop.ts";
import { ingestionCommit } from "./commits.ts";

const READER = fileURLToPath(new URL("reader.py", import.meta.url));
const GOLDEN = new URL("golden/", import.meta.url);
const DUCKDB = [
  Deno.execPath(),
  "run",
  "--no-check",
  "--allow-read",
  "--allow-env",
  "--allow-ffi",
  fileURLToPath(new URL("parquet_lines.ts", import.meta.url)),
].map((word) => `'${word}'`).join(" ");

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function python(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const { code, stdout, stderr } = await new Deno.Command("python3", { args: [...args], env })
    .output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Returns why the reader cannot run, or undefined. */
async function missingPython(): Promise<string | undefined> {
  const probe = "import sys; sys.exit(sys.version_info < (3, 9))";
  const outcome = await python(["-c", probe]).catch(() => null);
  return outcome?.code === 0 ? undefined : "needs python3, version 3.9 or later";
}

const MISSING = await missingPython();
const HAS_PYARROW = MISSING === undefined &&
  (await python(["-c", "import pyarrow.parquet"])).code === 0;

/** The decoders of Parquet on this machine. */
const DECODERS: readonly Readonly<Record<string, string>>[] = [
  { PARQUET_READER: DUCKDB },
  ...HAS_PYARROW ? [{}] : [],
];

/** A test that is skipped, with the reason in its name, where there is no Python. */
function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: MISSING ? `${name} (${MISSING})` : name, ignore: MISSING !== undefined, fn });
}

type TextRow = Readonly<Record<string, string | null>>;

async function rows(
  zone: string,
  table: TableSpec,
  env: Readonly<Record<string, string>> = {},
): Promise<TextRow[]> {
  const outcome = await python([READER, "rows", zone, table.name], { ...env, KEY: table.key });
  assertEquals(outcome.code, 0, outcome.stderr);
  const found = outcome.stdout.trim().split("\n").filter(Boolean).map((line) => JSON.parse(line));
  return found.sort((a, b) => a[table.key] < b[table.key] ? -1 : 1);
}

async function check(zone: string): Promise<Outcome> {
  return await python([READER, "check", zone]);
}

/** The rows that a query selects, every value as Postgres prints it. */
async function printed(
  sql: TestPipeline["sql"],
  table: TableSpec,
  from: string,
): Promise<TextRow[]> {
  const columns = Object.keys(table.columns).map((name) =>
    `${identifier(name)}::text AS ${identifier(name)}`
  );
  const found = await sql.unsafe(
    `SELECT ${columns.join(", ")} FROM ${from} t ORDER BY ${
      identifier(table.key)
    }::text COLLATE "C"`,
  );
  return found.map((row) => ({ ...row }));
}

/** What the lake has of a warehouse table: the table without marked members, and its orphans. */
function currentRows({ kind, name }: Model["warehouse"][number]): string {
  const own = `SELECT ${kind === "fact" ? "f" : "d"}.* FROM ${identifier(name)}`;
  if (kind !== "fact") {
    return `(${own} d ${kind === "dimension" ? "WHERE deleted_at IS NULL" : ""})`;
  }
  return `(${own} f UNION ALL SELECT r.* FROM etl.quarantine q,
    jsonb_populate_record(NULL::${identifier(name)}, q.content) r
    WHERE q.orphaned AND q.table_name = '${name}')`;
}

async function assertRead(
  pipeline: Pick<TestPipeline, "sql" | "sourceSql" | "ingestion" | "processed">,
  model: Model,
  wanted = /./,
): Promise<void> {
  const [ingestion, processed] = [pipeline.ingestion, pipeline.processed].map(({ url }) =>
    fileURLToPath(url)
  );
  for (const zone of [ingestion, processed]) {
    const { code, stderr } = await check(zone);
    assertEquals(code, 0, stderr);
  }
  for (const table of model.source.filter(({ name }) => wanted.test(name))) {
    const expected = await printed(pipeline.sourceSql, table, identifier(table.name));
    assertEquals(await rows(ingestion, table), expected, table.name);
  }
  for (const table of model.warehouse.filter(({ name }) => wanted.test(name))) {
    const expected = await printed(pipeline.sql, table, currentRows(table));
    for (const decoder of DECODERS) {
      assertEquals(await rows(processed, table, decoder), expected, table.name);
    }
  }
}

for (const format of Array.from({ length: FORMAT }, (_, place) => place + 1)) {
  test(`the reader in Python reads the recorded lake of format ${format}`, async () => {
    const lake = fileURLToPath(new URL(`format-${format}/`, GOLDEN));
    assertEquals(JSON.parse((await check(`${lake}ingestion`)).stdout).commits, 6);
    assertEquals(JSON.parse((await check(`${lake}processed`)).stdout).commits, 6);
    const warehouse = JSON.parse(await Deno.readTextFile(`${lake}warehouse.json`));
    const [product, sale] = shop.warehouse;
    for (const decoder of DECODERS) {
      const products = await rows(`${lake}processed`, product, decoder);
      const names = warehouse.dim_product.map(({ name }: TextRow) => name);
      assertEquals(products.map(({ name }) => name).sort(), names.sort());
      const amounts = (await rows(`${lake}processed`, sale, decoder)).map(({ amount }) => amount);
      // The second is an orphan in the warehouse: its product does not exist.
      assertEquals(amounts, [warehouse.fact_sale[0].amount, "1.00"]);
    }
  });
}

test("the reader in Python reads the recorded lake of another source than a database", async () => {
  const zone = (name: string) =>
    fileURLToPath(new URL(`source-format-${FORMAT}/${name}/_sources/rates`, GOLDEN));
  const { source: [rate], warehouse: [factRate] } = ratesModel.sources!.rates;
  const expected = [
    { rate_id: "2026-11-27/eur/gbp", rate: "0.8745" },
    { rate_id: "2026-11-27/eur/jpy", rate: "181.1" },
  ];
  assertEquals(JSON.parse((await check(zone("ingestion"))).stdout).commits, 4);
  assertEquals(await rows(zone("ingestion"), rate), expected);
  for (const decoder of DECODERS) {
    assertEquals(await rows(zone("processed"), factRate, decoder), expected);
  }
});

test("the reader in Python reads every type, edits, deletions and orphans as the warehouse has them", async () => {
  await using source = await testDatabase("shop");
  await using warehouse = await testDatabase("warehouse");
  await using lake = await testLake();
  const pipeline = {
    source: source.url,
    sourceSql: source.sql,
    warehouse: warehouse.url,
    sql: warehouse.sql,
    ingestion: lake.ingestion,
    processed: lake.processed,
    model: shop,
    chunkRows: 3,
  };
  const { sourceSql } = pipeline;
  await sourceSql.unsafe(OPENING);
  await run(pipeline);
  await assertRead(pipeline, shop);
  await sourceSql.unsafe(TRADE);
  await sourceSql`INSERT INTO product VALUES (4, '', -0.000000000000000001, -1.5, -9223372036854775808,
    true, '9999-12-31', '24:00:00', '0001-01-01 00:00:00.000001', 1)`;
  await run(pipeline);
  await sourceSql`UPDATE product SET name = 'line\nfeed and "quotes" \\ 😀', weight = NULL
    WHERE product_id = 1`;
  await sourceSql.unsafe(DELETIONS);
  await run(pipeline);
  await reconcile(pipeline);
  await assertRead(pipeline, shop);
});

if (MISSING === undefined) {
  pipelineTest("the reader in Python reads the tables of totesys", async (pipeline) => {
    await run(pipeline);
    await insert(pipeline.sourceSql, totesys.source[1], { currency_id: 2, currency_code: "EUR" });
    await pipeline.sourceSql`UPDATE staff SET first_name = 'other'`;
    await run(pipeline);
    await assertRead(pipeline, totesys, /staff|currency|dim_date|sales_order/);
  });
}

/** Runs a test on a copy of the ingestion zone of the recorded lake. */
function tamper(name: string, body: (store: ObjectStore, zone: string) => Promise<void>): void {
  test(name, async () => {
    await using lake = await testLake();
    const zone = fileURLToPath(lake.ingestion.url);
    const recorded = fileURLToPath(new URL(`format-${FORMAT}/ingestion`, GOLDEN));
    const { code } = await new Deno.Command("cp", { args: ["-R", `${recorded}/.`, `${zone}/`] })
      .output();
    assertEquals(code, 0);
    await body(lake.ingestion, zone);
  });
}

for (const [harm, apply] of Object.entries(DAMAGE)) {
  tamper(`the reader in Python names a commit and an object with ${harm}`, async (store, zone) => {
    const keys = (await Array.fromAsync(store.list(""))).filter((key) =>
      /\.json|product/.test(key)
    );
    const [commit, object] = [keys[1], keys.at(-1)!];
    for (const key of [object, commit]) {
      const file = fileOf(store, key);
      const before = await Deno.readFile(file);
      await apply(file);
      // The line feed after a commit is not part of it.
      if (key === commit && harm === "its end cut off") await apply(file);
      const { code, stderr } = await check(zone);
      assertEquals(code, 1, key);
      assertStringIncludes(stderr, `error: ${key} `);
      await Deno.writeFile(file, before);
      assertEquals((await check(zone)).code, 0);
    }
  });
}

tamper("the reader in Python ignores what a reader must ignore", async (store, zone) => {
  const expected = (await check(zone)).stdout;
  await store.put("_log/notes.txt", new Uint8Array(1));
  await store.put("_log/000000000000.json", new Uint8Array(1));
  await store.put("product/2026/11/30/000000000009-orphan.jsonl", new Uint8Array(1));
  await store.put("_alerts/stale/000001.json", new Uint8Array(1));
  assertEquals((await check(zone)).stdout, expected);
  const unknown = { ...ingestionCommit(7), tables: {}, written_by: "a later release" };
  const text = withChecksum(JSON.stringify(unknown)) + "\n";
  await store.put(commitKey(7), new TextEncoder().encode(text));
  assertEquals(JSON.parse((await check(zone)).stdout).commits, 7);
});

tamper("the reader in Python refuses a newer format and a gap", async (store, zone) => {
  const text = JSON.stringify({ format: FORMAT + 1, anything: "else" });
  await store.put(commitKey(8), new TextEncoder().encode(text));
  assertStringIncludes((await check(zone)).stderr, `${commitKey(7)} is missing`);
  await store.put(commitKey(7), new TextEncoder().encode(text));
  const { code, stderr } = await check(zone);
  assert(code === 1);
  assertStringIncludes(stderr, `${commitKey(7)} has format ${FORMAT + 1}`);
});
