import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { remedyText } from "../../functions/remedy.ts";
import type { AnyRow } from "../../schemas/mod.ts";
import { QuarantineError } from "../../sdk/errors.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { keysOf, type TestLake, testLake } from "../support/lake.ts";
import {
  AUDIT,
  type Batch,
  currency,
  department,
  ingest,
  processedCommits,
  processedRows,
  quarantineOf,
  salesOrder,
  staff,
} from "./batches.ts";

function test(name: string, body: (lake: TestLake) => Promise<void>): void {
  Deno.test(name, async () => {
    await using lake = await testLake();
    await body(lake);
  });
}

const BAD: { name: string; batch: Batch; target: string; says: string[] }[] = [
  {
    name: "a date the calendar does not have",
    batch: { sales_order: [salesOrder(1), salesOrder(7, { agreed_payment_date: "2022-02-30" })] },
    target: "fact_sales_order",
    says: ["sales_order 7", "agreed_payment_date", "2022-02-30"],
  },
  {
    name: "a date that is none",
    batch: { sales_order: [salesOrder(7, { agreed_delivery_date: "next Friday" })] },
    target: "fact_sales_order",
    says: ["sales_order 7", "agreed_delivery_date", "next Friday"],
  },
  {
    name: "a number that is none",
    batch: { sales_order: [salesOrder(7, { unit_price: "NaN" })] },
    target: "fact_sales_order",
    says: ["sales_order 7", "unit_price", "NaN"],
  },
  {
    name: "a price with more than pennies",
    batch: { sales_order: [salesOrder(7, { unit_price: "3.941" })] },
    target: "fact_sales_order",
    says: ["sales_order 7", "unit_price", "3.941", "numeric(10,2)"],
  },
  {
    name: "a price too wide for its column",
    batch: {
      sales_order: [
        salesOrder(1, { unit_price: "99999999.99" }),
        salesOrder(7, { unit_price: "100000000.00" }),
        salesOrder(2, { unit_price: "-99999999.99" }),
      ],
    },
    target: "fact_sales_order",
    says: ["sales_order 7", "unit_price", "100000000.00", "numeric(10,2)"],
  },
  {
    name: "a timestamp without an end",
    batch: { currency: [{ ...currency(7), last_updated: "infinity" }] },
    target: "dim_currency",
    says: ["currency 7", "last_updated", "infinity"],
  },
  {
    name: "a column that is missing",
    batch: { currency: [{ currency_id: 7, ...AUDIT }] },
    target: "dim_currency",
    says: ["currency 7", "currency_code"],
  },
  {
    name: "a NULL where there can be none",
    batch: { currency: [{ ...currency(7), currency_code: null }] },
    target: "dim_currency",
    says: ["currency 7", "currency_code", "null"],
  },
  {
    name: "a row whose other side is not there",
    batch: { department: [department(1)], staff: [staff(7, 99)] },
    target: "dim_staff",
    says: ["staff 7", "department_id", "99"],
  },
  {
    name: "a row whose other side's table is not there",
    batch: { staff: [staff(7, 99)] },
    target: "dim_staff",
    says: ["staff 7", "department_id", "99"],
  },
];

for (const { name, batch, target, says } of BAD) {
  test(`${name} is quarantined with its name, and nothing else is`, async (lake) => {
    await ingest(lake.ingestion, { currency: [currency(1)] });
    await ingest(lake.ingestion, batch);
    await ingest(lake.ingestion, { currency: [currency(3)] });
    await transform(lake);
    const commits = await processedCommits(lake.processed);
    assertEquals(commits.map(({ sequence }) => sequence), [1, 2, 3]);
    assertEquals([commits[0].quarantined, commits[2].quarantined], [{}, {}]);
    const quarantine = await quarantineOf(lake.processed, commits[1]);
    assertEquals(Object.keys(quarantine), [target]);
    assertEquals(quarantine[target].map(({ key }) => key), [7]);
    const reason = String(quarantine[target][0].reason);
    for (const part of says) assertStringIncludes(reason, part);
    const loadable = (await processedRows(lake.processed, commits[1]))[target] ?? [];
    const [source] = says[0].split(" ");
    assertEquals(loadable.length, batch[source].length - 1);
    assertEquals(loadable.some((row) => Object.values(row)[0] === 7), false);
  });
}

test("quarantine keeps the source's row unchanged", async (lake) => {
  const bad = { ...salesOrder(7, { unit_price: "NaN" }), note: "kept too" };
  await ingest(lake.ingestion, { sales_order: [bad] });
  const { commits: [commit] } = await transform(lake);
  const { fact_sales_order: [{ row }] } = await quarantineOf(lake.processed, commit);
  assertEquals(row as unknown, bad);
  assertEquals(commit.tables, {}, "a table without a good row has no object");
});

test("an invalid row of one table does not affect other tables of its batch", async (lake) => {
  await ingest(lake.ingestion, {
    currency: [currency(1), { ...currency(2), last_updated: "infinity" }, currency(3)],
    sales_order: [salesOrder(1), salesOrder(2, { agreed_payment_date: "soon" })],
  });
  const { commits: [commit] } = await transform(lake);
  const { dim_currency, fact_sales_order, dim_date } = await processedRows(lake.processed, commit);
  assertEquals(dim_currency.map(({ currency_id }) => currency_id), [1, 3]);
  assertEquals(fact_sales_order.map(({ sales_order_id }) => sales_order_id), [1]);
  assert(dim_date.length > 0);
  assertEquals(Object.keys(commit.quarantined).sort(), ["dim_currency", "fact_sales_order"]);
});

test("a bad parent quarantines its children with the parent's reason, and no others", async (lake) => {
  await ingest(lake.ingestion, {
    department: [department(1), { ...department(2), created_at: "infinity" }],
    staff: [staff(10, 1), staff(11, 2), staff(12, 2)],
  });
  const { commits: [commit] } = await transform(lake);
  const { dim_staff } = await processedRows(lake.processed, commit);
  assertEquals(dim_staff.map(({ staff_id }) => staff_id), [10]);
  const { dim_staff: lines } = await quarantineOf(lake.processed, commit);
  assertEquals(lines.map(({ key }) => key), [11, 12]);
  for (const { reason } of lines) {
    for (const part of ["department 2", "created_at", "infinity"]) {
      assertStringIncludes(String(reason), part);
    }
  }
});

/** Returns sales orders, of which the last has the given values. */
function orders(count: number, bad: number, change: Partial<AnyRow>): Batch {
  return {
    sales_order: Array.from(
      { length: count },
      (_, i) => salesOrder(i + 1, i < count - bad ? {} : change),
    ),
  };
}

// A row that the validator rejects, and a row that Parquet cannot hold.
for (const change of [{ agreed_payment_date: "2022-02-30" }, { unit_price: "100000000.00" }]) {
  const what = Object.keys(change)[0];

  test(`101 of 1 000 rows with a bad ${what} fail the batch, which commits nothing`, async (lake) => {
    await ingest(lake.ingestion, { currency: [currency(1)] });
    await ingest(lake.ingestion, orders(1000, 101, change));
    const error = await assertRejects(() => transform(lake), QuarantineError);
    for (const part of ["101 rows", "fact_sales_order", what, Object.values(change)[0]]) {
      assertStringIncludes(error.message, part);
    }
    assertEquals([error.stage, error.table, error.retryable], [
      "transform",
      "fact_sales_order",
      false,
    ]);
    assertStringIncludes(remedyText(error.next!), "--quarantine-limit");
    assertEquals((await processedCommits(lake.processed)).length, 1);
    const keys = await keysOf(lake.processed);
    assertEquals(keys.filter((key) => key.startsWith("fact_sales_order/")), []);
  });

  test(`--quarantine-limit 100 accepts 101 of 1 000 rows with a bad ${what}`, async (lake) => {
    await ingest(lake.ingestion, orders(1000, 101, change));
    const { commits: [commit] } = await transform({ ...lake, quarantineLimit: 100 });
    assertEquals(commit.tables.fact_sales_order.rows, 899);
    assertEquals(commit.quarantined.fact_sales_order.rows, 101);
  });
}

test("100 invalid rows are accepted even with few valid ones", async (lake) => {
  await ingest(lake.ingestion, orders(200, 100, { unit_price: "NaN" }));
  const { commits: [commit] } = await transform({ ...lake, quarantineLimit: 0 });
  assertEquals(commit.tables.fact_sales_order.rows, 100);
  assertEquals(commit.quarantined.fact_sales_order.rows, 100);
});

test("5 % invalid rows are accepted, and one more is not", async (lake) => {
  await ingest(lake.ingestion, orders(2400, 120, { unit_price: "NaN" }));
  const { commits: [commit] } = await transform(lake);
  assertEquals(commit.quarantined.fact_sales_order.rows, 120);
  await ingest(lake.ingestion, orders(2400, 121, { unit_price: "NaN" }));
  await assertRejects(() => transform(lake), QuarantineError, "121 rows");
});

test("the limit counts the rows of each table separately", async (lake) => {
  await ingest(lake.ingestion, {
    ...orders(100, 60, { unit_price: "NaN" }),
    currency: Array.from({ length: 60 }, (_, id) => ({ ...currency(id), created_at: "infinity" })),
  });
  const { commits: [commit] } = await transform(lake);
  assertEquals(commit.quarantined.fact_sales_order.rows, 60);
  assertEquals(commit.quarantined.dim_currency.rows, 60);
});

test("a batch that failed at the limit is accepted once the limit is raised, and nothing was lost", async (lake) => {
  await ingest(lake.ingestion, orders(101, 101, { unit_price: "NaN" }));
  await ingest(lake.ingestion, { currency: [currency(3)] });
  await assertRejects(() => transform(lake), QuarantineError);
  const { commits } = await transform({ ...lake, quarantineLimit: 100 });
  assertEquals(commits.map(({ ingestion_sequence }) => ingestion_sequence), [1, 2]);
  assertEquals(commits[0].quarantined.fact_sales_order.rows, 101);
});
