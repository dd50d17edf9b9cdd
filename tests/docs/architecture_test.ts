/** The examples and schedules of docs/architecture.md, against the pipeline itself. */
import { assert, assertEquals } from "@std/assert";
import { parquetMetadata, type SchemaElement } from "hyparquet";
import { JOBS } from "../../functions/settings/crons.ts";
import { SETTINGS } from "../../functions/settings/table.ts";
import { address, counterparty, currency, department, design, staff } from "../../schemas/mod.ts";
import { factSalesOrder } from "../../schemas/warehouse/fact_sales_order.ts";
import type { DataObject } from "../../sdk/lake/commit.ts";
import { processedZone } from "../../sdk/lake/zone.ts";
import { readObject } from "../../sdk/lake/data_objects.ts";
import { readParquet } from "../../sdk/lake/parquet/read_parquet.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { run } from "../../sdk/operate/run.ts";
import { ingestionCommits, testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { createSource, insert, type Sql } from "../support/source.ts";

const page = await Deno.readTextFile(new URL("../../docs/architecture.md", import.meta.url));

/** The page's code blocks in a language. */
function blocks(language: string): string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, "gm"))]
    .map(([, text]) => text);
}

/** The rows of the page's table whose first column has this title. */
function tableRows(title: string): string[][] {
  const lines = page.split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${title} `));
  const end = lines.findIndex((line, place) => place > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line.slice(1, -1).split("|").map((cell) => cell.trim().replaceAll("`", ""))
  );
}

Deno.test("docs/architecture.md shows every cron with its default schedule", () => {
  const schedules = JOBS.map((job) => [
    job,
    SETTINGS[`${job.toUpperCase() as Uppercase<typeof job>}_SCHEDULE`].default,
  ]);
  assertEquals(tableRows("cron").map(([job, schedule]) => [job, schedule]), schedules);
  for (const [job, schedule] of schedules) {
    const drawn = page.includes(`{{"cron <b>${job}</b><br>${schedule}"}}`);
    assert(drawn, `the picture does not show ${job} with ${schedule}`);
  }
});

Deno.test("the row that docs/architecture.md follows looks like that at every step", async () => {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await using lake = await testLake();
  const [insertion, update, query] = blocks("sql");
  const pipeline = { source: source.url, warehouse: warehouse.url, ...lake };
  await createSource(source.sql);
  await insertParents(source.sql);
  await run(pipeline);

  await source.sql.unsafe(insertion);
  await run(pipeline);
  const { tables } = (await ingestionCommits(lake.ingestion)).at(-1)!;
  assertEquals(
    new TextDecoder().decode(await bytesOf(lake.ingestion, tables.sales_order)),
    `${JSON.stringify(JSON.parse(blocks("json")[0]))}\n`,
  );
  assertEquals(await parquetRow(lake.processed), tableRows("column"));

  await source.sql.unsafe(update);
  await run(pipeline);
  const versions = await textRows(warehouse.sql, query);
  const expected = tableRows("version");
  // Times differ from run to run. Where a version ends, the next one begins.
  assertEquals(versions[0].at(-1), versions[1].at(-2));
  assertEquals(expected[0].at(-1), expected[1].at(-2));
  assertEquals(versions.map(withoutTimes), expected.map(withoutTimes));
});

/** The rows that the order refers to. */
async function insertParents(sql: Sql): Promise<void> {
  await insert(sql, address, { address_id: 15 });
  await insert(sql, department);
  await insert(sql, design, { design_id: 7 });
  await insert(sql, currency, { currency_id: 2 });
  await insert(sql, staff, { staff_id: 3 });
  await insert(sql, counterparty, { counterparty_id: 12, legal_address_id: 15 });
}

/** The only row of the batch's fact, with the type that its file gives each column. */
async function parquetRow(processed: ObjectStore): Promise<string[][]> {
  const commit = await processedZone(processed).log.head();
  const object = commit!.tables.fact_sales_order;
  const { schema } = parquetMetadata((await bytesOf(processed, object)).buffer);
  const [[row]] = await Array.fromAsync(readParquet(processed, object, factSalesOrder));
  return schema.slice(1).map((element) => [
    element.name,
    typeOf(element),
    String(row[element.name]),
  ]);
}

function typeOf({ type, converted_type, logical_type, precision, scale }: SchemaElement): string {
  if (logical_type?.type === "TIME") return `TIME(${logical_type.unit})`;
  if (converted_type === "DECIMAL") return `DECIMAL(${precision}, ${scale})`;
  return converted_type ?? type!;
}

async function bytesOf(store: ObjectStore, object: DataObject): Promise<Uint8Array<ArrayBuffer>> {
  const chunks = await Array.fromAsync(readObject(store, object));
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

/** The rows of a query as Postgres prints them, in UTC. */
async function textRows(sql: Sql, query: string): Promise<string[][]> {
  const rows = await sql.unsafe(
    `SET TIME ZONE 'UTC'; SELECT r::text AS row FROM (${query.replace(";", "")}) r`,
  ) as unknown as { row: string }[][];
  return rows[1].map(({ row }) => row.slice(1, -1).replaceAll('"', "").split(","));
}

function withoutTimes(row: readonly string[]): string[] {
  const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6}\+00$/;
  return row.map((cell) => time.test(cell) ? "time" : cell);
}
