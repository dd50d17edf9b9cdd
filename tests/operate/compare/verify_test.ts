import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { remedyText } from "../../../functions/remedy.ts";
import { purchaseOrder, salesOrder } from "../../../schemas/mod.ts";
import { SourceError, WarehouseError } from "../../../sdk/errors.ts";
import { run } from "../../../sdk/operate/run.ts";
import {
  type TableVerification,
  verify,
  type VerifyResult,
} from "../../../sdk/operate/compare/verify.ts";
import { insert } from "../../support/source.ts";
import { test, type TestPipeline } from "../pipelines.ts";

/** Returns the differences by table, without the tables that are equal. */
function differing({ tables }: VerifyResult): Record<string, TableVerification["examples"]> {
  const found = tables.filter(({ differences }) => differences > 0);
  return Object.fromEntries(found.map(({ table, examples }) => [table, examples]));
}

/** Changes the warehouse without its foreign keys, which would reject the change. */
async function tamper({ sql }: TestPipeline, statement: string): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`SET LOCAL session_replication_role = replica`;
    await tx.unsafe(statement);
  });
}

test("verify() finds every table equal after a run, and counts its rows", async (pipeline) => {
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 2 });
  await run(pipeline);
  const { equal, tables } = await verify(pipeline);
  assertEquals(equal, true);
  assertEquals(tables.length, 11);
  for (const { table, source_rows, warehouse_rows, differences } of tables) {
    const rows = table === "fact_sales_order" ? 2 : 1;
    assertEquals([source_rows, warehouse_rows, differences], [rows, rows, 0], table);
  }
  assertEquals(tables[0].table, "dim_date");
});

test("verify() names a row that is missing in the warehouse", async (pipeline) => {
  await run(pipeline);
  await tamper(pipeline, "DELETE FROM dim_staff");
  const result = await verify(pipeline);
  assertEquals(result.equal, false);
  assertEquals(differing(result), { dim_staff: [{ key: 1, kind: "missing", columns: [] }] });
});

test("verify() names a row that only the warehouse has", async (pipeline) => {
  await run(pipeline);
  await tamper(pipeline, "INSERT INTO dim_currency VALUES (-7, 'XXX', 'None')");
  assertEquals(differing(await verify(pipeline)), {
    dim_currency: [{ key: -7, kind: "extra", columns: [] }],
  });
});

test("verify() names the columns that differ", async (pipeline) => {
  await run(pipeline);
  await tamper(pipeline, "UPDATE fact_payment SET paid = true, payment_amount = 1.01");
  assertEquals(differing(await verify(pipeline)), {
    fact_payment: [{ key: 1, kind: "changed", columns: ["payment_amount", "paid"] }],
  });
});

test("verify() distinguishes NULL from empty text", async (pipeline) => {
  await run(pipeline);
  await tamper(pipeline, "UPDATE dim_location SET district = ''");
  assertEquals(differing(await verify(pipeline)), {
    dim_location: [{ key: 1, kind: "changed", columns: ["district"] }],
  });
});

test("verify() finds a date that facts refer to and the calendar does not have", async (pipeline) => {
  await insert(pipeline.sourceSql, salesOrder, {
    sales_order_id: 2,
    agreed_payment_date: "2031-05-01",
  });
  await run(pipeline);
  await tamper(pipeline, "DELETE FROM dim_date WHERE date_id = '2031-05-01'");
  assertEquals(differing(await verify(pipeline)), {
    dim_date: [{ key: "2031-05-01", kind: "missing", columns: [] }],
  });
});

test("verify() finds a date with wrong attributes, and no other", async (pipeline) => {
  await run(pipeline);
  await tamper(pipeline, "UPDATE dim_date SET day_name = 'Someday', quarter = 5");
  await tamper(pipeline, "INSERT INTO dim_date VALUES ('1999-01-01', 0, 0, 0, 0, '', '', 0)");
  assertEquals(differing(await verify(pipeline)), {
    dim_date: [{ key: "2026-01-01", kind: "changed", columns: ["day_name", "quarter"] }],
  });
});

test("verify() finds what has changed in the source since the last run", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql`UPDATE department SET department_name = 'Robots'`;
  await sourceSql`DELETE FROM payment`;
  assertEquals(differing(await verify(pipeline)), {
    dim_staff: [{ key: 1, kind: "changed", columns: ["department_name"] }],
    fact_payment: [{ key: 1, kind: "extra", columns: [] }],
  });
});

test("verify() compares numbers by value, not by spelling", async (pipeline) => {
  const { sourceSql } = pipeline;
  await sourceSql`UPDATE payment SET payment_amount = 100`;
  await run(pipeline);
  await sourceSql`UPDATE payment SET payment_amount = '100.00'`;
  await sourceSql`UPDATE sales_order SET unit_price = '1.000'`;
  assertEquals((await verify(pipeline)).equal, true);
  await sourceSql`UPDATE payment SET payment_amount = '100.01'`;
  assertEquals((await verify(pipeline)).equal, false);
  await sourceSql`UPDATE payment SET payment_amount = '1000'`;
  assertEquals((await verify(pipeline)).equal, false);
});

test("verify() pairs rows by number, whatever their order and sign", async (pipeline) => {
  const { sourceSql } = pipeline;
  const ids = [-100, -9, 0, 9, 10, 99, 100, 1_000, 2_147_483_647, -2_147_483_648];
  for (const purchase_order_id of ids) {
    await insert(sourceSql, purchaseOrder, { purchase_order_id });
  }
  await run(pipeline);
  assertEquals((await verify(pipeline)).equal, true);
  await tamper(
    pipeline,
    "DELETE FROM fact_purchase_orders WHERE purchase_order_id IN (-9, 100, 2147483647)",
  );
  await tamper(
    pipeline,
    "UPDATE fact_purchase_orders SET item_code = 'x' WHERE purchase_order_id IN (-100, 10)",
  );
  await tamper(
    pipeline,
    "UPDATE fact_purchase_orders SET purchase_order_id = 5 WHERE purchase_order_id = 9",
  );
  const changed = { kind: "changed", columns: ["item_code"] } as const;
  const missing = { kind: "missing", columns: [] } as const;
  assertEquals(differing(await verify(pipeline)), {
    fact_purchase_orders: [
      { key: -100, ...changed },
      { key: -9, ...missing },
      { key: 5, kind: "extra", columns: [] },
      { key: 9, ...missing },
      { key: 10, ...changed },
      { key: 100, ...missing },
      { key: 2_147_483_647, ...missing },
    ],
  });
});

test("verify() counts all differences and names the first of them, over many rows", async (pipeline) => {
  const { sourceSql } = pipeline;
  const columns = Object.keys(salesOrder.columns).filter((name) => name !== "sales_order_id");
  await sourceSql.unsafe(
    `INSERT INTO sales_order (sales_order_id, ${columns})
     SELECT n, ${columns} FROM sales_order, generate_series(30000, 2, -1) n`,
  );
  await run(pipeline);
  assertEquals((await verify(pipeline)).equal, true);
  await tamper(pipeline, "UPDATE fact_sales_order SET units_sold = -1 WHERE sales_order_id > 50");
  const { tables } = await verify(pipeline);
  const { differences, examples, source_rows } = tables.find(({ table }) =>
    table === "fact_sales_order"
  )!;
  assertEquals([differences, source_rows], [29_950, 30_000]);
  assert(examples.length > 0 && examples.length <= 1000, `${examples.length} examples`);
  assertEquals(examples[0].key, 51);
});

test("verify() of a warehouse without tables names the next step", async (pipeline) => {
  const error = await assertRejects(() => verify(pipeline), WarehouseError);
  assertStringIncludes(remedyText(error.next!), "run");
});

test("verify() names the database that cannot be read", async (pipeline) => {
  await run(pipeline);
  const nowhere = "postgres://nobody@127.0.0.1:1/nothing";
  await assertRejects(() => verify({ ...pipeline, source: nowhere }), SourceError);
  await assertRejects(() => verify({ ...pipeline, warehouse: nowhere }), WarehouseError);
});

test("verify() names a source row that cannot be in the warehouse, and continues", async (pipeline) => {
  await run(pipeline);
  await pipeline.sourceSql`UPDATE payment SET payment_date = '2022-02-30'`;
  await pipeline.sourceSql`UPDATE sales_order SET units_sold = 99`;
  const result = await verify(pipeline);
  assertEquals(result.equal, false);
  const { fact_payment: [payment], ...others } = differing(result);
  assertEquals([payment.key, payment.kind, payment.columns], [1, "invalid", []]);
  for (const part of ["payment 1", "payment_date", "2022-02-30"]) {
    assertStringIncludes(payment.reason ?? "", part);
  }
  assertEquals(others, {
    fact_sales_order: [{ key: 1, kind: "changed", columns: ["units_sold"] }],
  });
});

test("verify() changes nothing", async (pipeline) => {
  await run(pipeline);
  const stats = async () => [
    ...await pipeline.sql`SELECT ctid::text, xmin::text FROM fact_sales_order`,
    ...await pipeline.sql`SELECT relname::text FROM pg_class WHERE relkind = 'r' ORDER BY 1`,
  ];
  const before = await stats();
  await verify(pipeline);
  assertEquals(await stats(), before);
});
