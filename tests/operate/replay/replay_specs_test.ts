import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { remedyText } from "../../../functions/remedy.ts";
import {
  type ColumnSpec,
  design,
  dimDesign,
  factSalesOrder,
  type Model,
  salesOrder,
  type ScalarFunction,
  totesys,
  type WarehouseColumn,
} from "../../../schemas/mod.ts";
import { extract } from "../../../sdk/extract/extract.ts";
import { LakeError } from "../../../sdk/errors.ts";
import { replay } from "../../../sdk/operate/replay/replay.ts";
import { run } from "../../../sdk/operate/run.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import { transform } from "../../../sdk/transform/transform.ts";
import { contents } from "../../load/star.ts";
import { testDatabase } from "../../support/postgres.ts";
import { insert } from "../../support/source.ts";
import { warehouseContents } from "../histories.ts";
import { test, type TestPipeline } from "../pipelines.ts";

/** Adds a column to sales orders and their facts. */
function withColumn(name: string, column: ColumnSpec): { model: Model } {
  const extend = <T extends { readonly name: string; readonly columns: object }>(table: T) =>
    [salesOrder.name, factSalesOrder.name].includes(table.name as never)
      ? { ...table, columns: { ...table.columns, [name]: column } }
      : table;
  const source = totesys.source.map(extend);
  return { model: { ...totesys, source, warehouse: totesys.warehouse.map(extend) } };
}

/** Returns the versions of an order with the new column, oldest first. */
async function versions(sql: TestPipeline["sql"]): Promise<unknown[]> {
  const rows = await sql`SELECT priority, units_sold, valid_to IS NULL AS current
    FROM fact_sales_order_versions WHERE sales_order_id = 1 ORDER BY valid_from`;
  return rows.map((row) => Object.values(row));
}

const OPTIONAL = withColumn("priority", { type: "integer", nullable: true });
const REQUIRED = withColumn("priority", { type: "integer" });

/** Adds a column to the source, and to the specs one run later. */
async function addColumnLate(pipeline: TestPipeline, later: typeof OPTIONAL): Promise<void> {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql`ALTER TABLE sales_order ADD COLUMN priority integer NOT NULL DEFAULT 5`;
  await sourceSql`UPDATE sales_order SET units_sold = 2`;
  await run(pipeline);
  await run({ ...pipeline, ...later });
  await sourceSql`UPDATE sales_order SET priority = 6`;
  await run({ ...pipeline, ...later });
}

for (
  const [kind, later] of [["nullable", OPTIONAL], ["required", REQUIRED]] as const
) {
  test(`the processed zone replays across a new ${kind} column`, async (pipeline) => {
    await addColumnLate(pipeline, later);
    const live = [[null, 1, false], [null, 2, false], [5, 2, false], [6, 2, true]];
    assertEquals(await versions(pipeline.sql), live);
    await using target = await testDatabase("target");
    await replay({ ...pipeline, ...later, into: target.url });
    assertEquals(await versions(target.sql), live);
    const columns = await target.sql`SELECT * FROM fact_sales_order`;
    assertEquals([...columns], [...await pipeline.sql`SELECT * FROM fact_sales_order`]);
    const switched = { ...pipeline, ...later, warehouse: target.url };
    assertEquals((await run(switched)).load.commits, []);
    assert((await verify(switched)).equal);
  });
}

test("the ingestion zone gives old rows the values that the source already had of a new column", async (pipeline) => {
  await addColumnLate(pipeline, OPTIONAL);
  await using target = await testDatabase("target");
  const fromIngestion = { ...pipeline, ...OPTIONAL, into: target.url, fromIngestion: true };
  await replay(fromIngestion);
  assertEquals(await versions(target.sql), [[null, 1, false], [5, 2, false], [6, 2, true]]);
  assert((await verify({ ...pipeline, ...OPTIONAL, warehouse: target.url })).equal);
});

test("batches that wait while the specs gain a column are loaded", async (pipeline) => {
  await run(pipeline);
  await pipeline.sourceSql`ALTER TABLE sales_order ADD COLUMN priority integer DEFAULT 5`;
  await pipeline.sourceSql`UPDATE sales_order SET units_sold = 2`;
  await extract(pipeline);
  await transform(pipeline);
  assertEquals((await run({ ...pipeline, ...OPTIONAL })).load.commits.length, 2);
  assertEquals(await versions(pipeline.sql), [[null, 1, false], [null, 2, false], [5, 2, true]]);
});

/** A decimal as text. */
const digits: ScalarFunction = {
  version: 1,
  takes: "numeric",
  returns: "text",
  call: (value) => value,
};

/** Returns the model with another type for the price of sales orders. */
function withPrice(column: WarehouseColumn): Model {
  return {
    ...totesys,
    functions: { ...totesys.functions, digits },
    warehouse: totesys.warehouse.map((table) =>
      table.name === factSalesOrder.name
        // Only a number can be converted.
        ? { ...table, convert: undefined, columns: { ...table.columns, unit_price: column } }
        : table
    ),
  };
}

test("a decimal keeps its value after its spec gained digits", async (pipeline) => {
  await pipeline.sourceSql`UPDATE sales_order SET unit_price = 3.94`;
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 2, unit_price: "99999999.99" });
  await run(pipeline);
  for (const [precision, scale] of [[12, 4], [30, 6], [undefined, undefined]] as const) {
    await using target = await testDatabase("target");
    const model = withPrice({ type: "numeric", precision, scale });
    await replay({ ...pipeline, model, into: target.url });
    const rows = await target
      .sql`SELECT trim_scale(unit_price) AS p FROM fact_sales_order ORDER BY 1`;
    assertEquals(rows.map(({ p }) => p), ["3.94", "99999999.99"]);
  }
});

test("a column that changed its type cannot be read, and the error names the replay", async (pipeline) => {
  await run(pipeline);
  await using target = await testDatabase("target");
  const model = withPrice({ type: "text", by: "digits" });
  const error = await assertRejects(
    () => replay({ ...pipeline, model, into: target.url }),
    LakeError,
    "unit_price is stored as INT64 DECIMAL",
  );
  assertStringIncludes(
    remedyText(error.next!),
    "etl replay --from-ingestion --into-env TARGET_URL",
  );
  await replay({ ...pipeline, model, into: target.url, fromIngestion: true });
  const rows = await target.sql`SELECT unit_price FROM fact_sales_order`;
  assertEquals(rows.map(({ unit_price }) => unit_price), ["1"]);
});

test("a column removed from the specs is left out of the replay", async (pipeline) => {
  await run(pipeline);
  const without = <T extends { readonly name: string; readonly columns: object }>(table: T) =>
    [design.name, dimDesign.name].includes(table.name as never)
      ? {
        ...table,
        columns: Object.fromEntries(
          Object.entries(table.columns).filter(([name]) => name !== "file_name"),
        ),
      }
      : table;
  const model = {
    ...totesys,
    source: totesys.source.map(without),
    warehouse: totesys.warehouse.map(without),
  } as unknown as Model;
  await using target = await testDatabase("target");
  await replay({ ...pipeline, model, into: target.url });
  assertEquals([...await target.sql`SELECT * FROM dim_design`], [{
    design_id: 1,
    design_name: "design_name",
    file_location: "file_location",
    deleted_at: null,
  }]);
  const { dim_design: _, ...others } = await warehouseContents(target.sql);
  const { dim_design: __, ...live } = await warehouseContents(pipeline.sql);
  assertEquals(others, live);
  assertEquals((await contents(target.sql, model)).applied.length, 1);
});
