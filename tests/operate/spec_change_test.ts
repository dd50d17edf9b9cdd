import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  design,
  dimDesign,
  factSalesOrder,
  type Model,
  salesOrder,
  type SourceTableSpec,
  totesys,
  type WarehouseTableSpec,
} from "../../schemas/mod.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { evolution } from "../../sdk/load/evolve_tables.ts";
import { listQuarantine } from "../../sdk/operate/quarantine.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { insert } from "../support/source.ts";
import { test } from "./pipelines.ts";

/** Returns the spec of a table without a column. */
function withoutColumn<T extends SourceTableSpec | WarehouseTableSpec>(
  table: T,
  column: string,
): T {
  const columns = Object.entries(table.columns).filter(([name]) => name !== column);
  return { ...table, columns: Object.fromEntries(columns) };
}

function replaceTables(model: Model, ...tables: readonly { readonly name: string }[]): Model {
  const swap = <T extends { readonly name: string }>(table: T) =>
    (tables.find(({ name }) => name === table.name) ?? table) as T;
  return { ...model, source: model.source.map(swap), warehouse: model.warehouse.map(swap) };
}

test("a column added to the specs reaches the warehouse, for old rows too", async (pipeline) => {
  const { sql } = pipeline;
  const model = replaceTables(
    totesys,
    withoutColumn(design, "file_name"),
    withoutColumn(dimDesign, "file_name"),
  );
  await run({ ...pipeline, model });
  const [{ n }] = await sql`SELECT count(*)::int AS n FROM information_schema.columns
    WHERE table_name = 'dim_design' AND column_name = 'file_name'`;
  assertEquals(n, 0);
  await run(pipeline);
  assertEquals([...await sql`SELECT file_name FROM dim_design`], [{ file_name: "file_name" }]);
  assertEquals((await verify(pipeline)).equal, true);
});

test("widening a fact's column releases values that were too large, and readers keep their rights", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  const narrow = {
    ...factSalesOrder,
    columns: {
      ...factSalesOrder.columns,
      unit_price: { type: "numeric", precision: 4, scale: 2 },
    },
  } as const;
  await insert(sourceSql, salesOrder, { sales_order_id: 2, unit_price: "123.45" });
  await run({ ...pipeline, model: replaceTables(totesys, narrow) });
  const [entry] = await listQuarantine(pipeline);
  assertStringIncludes(entry.reason, "unit_price");
  const role = `dashboard_${crypto.randomUUID().slice(0, 8)}`;
  await sql.unsafe(`CREATE ROLE "${role}"; GRANT SELECT ON fact_sales_order_versions
    TO "${role}" WITH GRANT OPTION`);
  try {
    await reconcile(pipeline);
    assertEquals((await listQuarantine(pipeline)).length, 0);
    const versions = await sql.begin(async (tx) => {
      await tx.unsafe(`SET LOCAL ROLE "${role}"`);
      return await tx`SELECT unit_price FROM fact_sales_order_versions ORDER BY sales_order_id`;
    });
    assertEquals(versions.map(({ unit_price }) => unit_price), ["1.00", "123.45"]);
    const [{ grants }] = await sql`SELECT has_table_privilege(${role},
      'fact_sales_order_versions', 'SELECT WITH GRANT OPTION') AS grants`;
    assert(grants, "the grant option is kept");
    assertEquals((await verify(pipeline)).equal, true);
  } finally {
    await sql.unsafe(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
  }
});

test("a fact is widened even if its view was dropped", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  const unit_price = { type: "numeric", precision: 4, scale: 2 } as const;
  const narrow = { ...factSalesOrder, columns: { ...factSalesOrder.columns, unit_price } };
  await run({ ...pipeline, model: replaceTables(totesys, narrow) });
  await sql`DROP VIEW fact_sales_order_versions`;
  await sourceSql`UPDATE sales_order SET unit_price = 123.45`;
  await run(pipeline);
  const versions = await sql`SELECT unit_price FROM fact_sales_order_versions ORDER BY valid_from`;
  assertEquals(versions.map(({ unit_price }) => unit_price), ["1.00", "123.45"]);
});

const catalogTable = (type: string, nullable = false) => ({
  name: 't"',
  kind: "r",
  readable: true,
  row_security: false,
  columns: [{ name: "a", type, baseType: type.replace(/\(.*/, ""), nullable }],
  primary_key: null,
  unique: [],
  inherited: false,
});

Deno.test("evolution() widens narrow columns and removes nothing", () => {
  const changes = (column: WarehouseTableSpec["columns"][string], type: string) =>
    evolution({ ...dimDesign, name: 't"', columns: { a: column } }, catalogTable(type));
  const wider = (type: string) => [`ALTER TABLE "t""" ALTER COLUMN "a" TYPE ${type}`];
  const price = { type: "numeric", precision: 10, scale: 2 } as const;
  assertEquals(changes(price, "numeric(10,2)"), []);
  assertEquals(changes(price, "numeric(12,2)"), []);
  assertEquals(changes(price, "numeric"), []);
  assertEquals(changes(price, "numeric(8,2)"), wider("numeric(10,2)"));
  assertEquals(changes(price, "numeric(10,0)"), wider("numeric(10,2)"));
  assertEquals(changes({ type: "numeric" }, "numeric(10,2)"), wider("numeric"));
  assertEquals(changes({ type: "bigint" }, "integer"), wider("bigint"));
  assertEquals(changes({ type: "integer" }, "bigint"), []);
  assertEquals(changes({ type: "text" }, "character varying(3)"), wider("text"));
  assertEquals(changes({ type: "text", maxLength: 3 }, "character varying(5)"), []);
  assertEquals(
    changes({ type: "text", maxLength: 9 }, "character varying(5)"),
    wider("varchar(9)"),
  );
  assertEquals(changes({ type: "text", nullable: true }, "text"), [
    'ALTER TABLE "t""" ALTER COLUMN "a" DROP NOT NULL',
  ]);
  const added = evolution(
    { ...dimDesign, columns: { a: { type: "text" }, b: { type: "date" } } },
    catalogTable("text"),
  );
  assertEquals(added, ['ALTER TABLE "t""" ADD COLUMN "b" date']);
});

test("a fact added to the specs is created and filled by the next run", async (pipeline) => {
  const without = (name: string) => totesys.warehouse.filter((table) => table.name !== name);
  const earlier: Model = { ...totesys, warehouse: without("fact_payment") };
  await run({ ...pipeline, model: earlier });
  await run({ ...pipeline, model: earlier }); // counts the tables
  await extract({ ...pipeline, full: true });
  await run(pipeline);
  assert((await verify(pipeline)).equal);
});
