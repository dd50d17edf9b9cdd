/** The notebooks run on a company's data, and every number in them is that of the warehouse. */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { fileOf, NOTEBOOKS } from "../../dev/notebooks.ts";
import {
  execute,
  findPython,
  type Notebook,
  type Output,
  textOf,
} from "../../dev/notebooks/execute.ts";
import { createSample } from "../../dev/notebooks/sample.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { slowTest } from "../support/slow.ts";
import type { Sql } from "../support/source.ts";

const found = await findPython();

/** A row of a table that a notebook shows, by column. */
type Shown = Readonly<Record<string, string>>;

/** Returns what a cell shows as a table, by a part of its code. */
function tableOf(notebook: Notebook, code: string): Shown[] {
  const cells = notebook.cells.filter(({ source }) => textOf(source).includes(code));
  assertEquals(cells.length, 1, `cells with ${code}`);
  const [{ data }] = cells[0].outputs!;
  const [names, ...rows] = textOf(data!["text/plain"]).split("\n").map((line) => line.split("\t"));
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [names[i], cell])));
}

/** Returns the rows of a query as a notebook shows them. */
async function expected(sql: Sql, query: string): Promise<Shown[]> {
  const rows = await sql.unsafe(query);
  const shown = (value: unknown) =>
    typeof value === "number" ? value.toLocaleString("en-GB") : String(value ?? "");
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, shown(value)]))
  );
}

async function checkSales(notebook: Notebook, sql: Sql): Promise<void> {
  assertEquals(
    tableOf(notebook, "orders_without_rate"),
    await expected(
      sql,
      `SELECT count(*)::int AS orders, round(sum(unit_price_converted * units_sold), 2) AS revenue_gbp,
         count(*) FILTER (WHERE rate IS NULL)::int AS orders_without_rate FROM fact_sales_order_converted`,
    ),
  );
  assertEquals(
    tableOf(notebook, "best.slice(0, 5)"),
    await expected(
      sql,
      `SELECT design_name || ' #' || design_id AS design, count(*)::int AS orders, sum(units_sold)::int AS units
       FROM fact_sales_order JOIN dim_design USING (design_id) GROUP BY design_id, design_name
       ORDER BY sum(units_sold) DESC, 1 LIMIT 5`,
    ),
  );
  assertEquals(
    tableOf(notebook, "asOf: taken_at"),
    await expected(
      sql,
      `SELECT sequence::int AS commit, source, count(v)::int AS orders, sum(units_sold)::int AS units
       FROM etl.applied_commit c JOIN fact_sales_order_versions v
         ON v.valid_from <= c.taken_at AND (v.valid_to IS NULL OR v.valid_to > c.taken_at)
       WHERE source = 'database' GROUP BY sequence, source ORDER BY sequence`,
    ),
  );
  const versions = tableOf(notebook, "lake.history");
  const [{ sales_order_id }] = versions;
  assertEquals(
    versions,
    await expected(
      sql,
      `SELECT row_number() OVER (ORDER BY valid_from)::int AS version, sales_order_id, units_sold, unit_price,
         to_char(agreed_delivery_date, 'YYYY-MM-DD') AS agreed_delivery_date, valid_to IS NULL AS is_current
       FROM fact_sales_order_versions WHERE sales_order_id = ${Number(sales_order_id)} ORDER BY 1`,
    ),
  );
  const [{ exact }] = tableOf(notebook, "asFloat");
  const [{ sum }] = await expected(
    sql,
    "SELECT sum(unit_price * units_sold) FROM fact_sales_order",
  );
  assertEquals(exact, sum);
}

async function checkQuality(notebook: Notebook, sql: Sql): Promise<void> {
  const facts = tableOf(notebook, "only_in_warehouse");
  assertEquals(facts.length, 5);
  for (const { fact, rows, only_in_warehouse, only_in_lake } of facts) {
    const [{ n }] = await expected(sql, `SELECT count(*)::int AS n FROM ${fact}`);
    assertEquals([rows, only_in_warehouse, only_in_lake], [n, "0", "0"], fact);
  }
  const refused = tableOf(notebook, "lake.refusedRows()");
  const [{ quarantined }] = await expected(
    sql,
    "SELECT count(*)::int AS quarantined FROM etl.quarantine WHERE NOT orphaned",
  );
  assertEquals(String(refused.length), quarantined);
  assertEquals(
    tableOf(notebook, "lake.documents()").map(({ source, outcome }) => `${source} ${outcome}`),
    ["rates read", "files read", "files refused"],
  );
  const [{ n }] = await expected(
    sql,
    "SELECT count(*)::int AS n FROM fact_sales_order WHERE agreed_delivery_date < created_date",
  );
  const rules = tableOf(notebook, "const RULES");
  assertEquals(rules.find(({ rule }) => rule.startsWith("a delivery"))!.rows, n);
  assertEquals(tableOf(notebook, "count(DISTINCT rate_date)"), [{ days: "106", missing: "0" }]);
}

const CHECKS: Readonly<Record<string, (notebook: Notebook, sql: Sql) => Promise<void>>> = {
  sales_analysis: checkSales,
  data_quality: checkQuality,
};

const what = "every notebook runs, and its numbers are those of the warehouse";
slowTest({
  name: "missing" in found ? `${what} (${found.missing})` : what,
  ignore: "missing" in found,
  async fn() {
    await using source = await testDatabase("totesys");
    await using warehouse = await testDatabase("warehouse");
    await using lake = await testLake();
    const { ingestion, processed } = lake;
    const folder = join(fileURLToPath(processed.url), "..", "files");
    await createSample(
      { source: source.url, warehouse: warehouse.url, ingestion, processed },
      folder,
    );
    const settings = {
      WAREHOUSE_URL: warehouse.url,
      INGESTION_URL: ingestion.url,
      PROCESSED_URL: processed.url,
    };
    for (const name of NOTEBOOKS) {
      const { python } = found as { python: string };
      const notebook = await execute(fileOf(name), python, settings);
      assertShown(notebook);
      await CHECKS[name](notebook, warehouse.sql);
    }
  },
});

/** Asserts that every cell of code shows something, and none an error. */
function assertShown({ cells }: Notebook): void {
  const outputs = cells.flatMap(({ cell_type, source, outputs = [], metadata }): Output[] => {
    const isSilent = metadata.tags?.includes("silent");
    if (cell_type === "code" && !isSilent) assert(outputs.length > 0, textOf(source));
    return [...outputs];
  });
  assert(outputs.every(({ output_type }) => output_type !== "error"));
  assert(outputs.filter(({ data }) => data?.["image/png"]).length >= 3);
}

for (const name of NOTEBOOKS) {
  Deno.test(`the notebook ${name} shows pictures, and nothing of the machine that made them`, async () => {
    const text = await Deno.readTextFile(fileOf(name));
    const notebook: Notebook = JSON.parse(text);
    assertShown(notebook);
    const code = notebook.cells.map(({ source }) => textOf(source)).join("\n");
    assert(code.includes('from "jsr:@totesys/sdk"'), "it imports the published package");
    const shown = notebook.cells.flatMap(({ outputs = [] }) => outputs)
      .flatMap((
        { data = {}, text = "" },
      ) => [
        text,
        ...Object.entries(data).flatMap(([type, value]) => type === "image/png" ? [] : [value]),
      ]).map(textOf).join("\n");
    const leaks =
      /file:|\/(?:tmp|root|home|Users|var|private)\/|127\.0\.0\.1|localhost|postgres:|secret/;
    assertEquals(leaks.exec(shown)?.[0], undefined);
    assertEquals(Object.keys(notebook.metadata).sort(), ["kernelspec", "language_info"]);
  });
}
