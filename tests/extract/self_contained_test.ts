import { assert, assertEquals } from "@std/assert";
import type { Model } from "../../schemas/model.ts";
import { address } from "../../schemas/source/address.ts";
import { counterparty } from "../../schemas/source/counterparty.ts";
import { currency } from "../../schemas/source/currency.ts";
import { department } from "../../schemas/source/department.ts";
import { design } from "../../schemas/source/design.ts";
import { salesOrder } from "../../schemas/source/sales_order.ts";
import { staff } from "../../schemas/source/staff.ts";
import type { DimensionSpec } from "../../schemas/table.ts";
import { extract } from "../../sdk/extract/extract.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { batchOf } from "../support/lake.ts";
import { insert, insertOneOfEach, type Sql } from "../support/source.ts";
import { keysOf, test } from "./source_test_case.ts";

/** Departments 1, 2, 3: two people in the first, one in the second, none in the third. */
async function insertStaff(sql: Sql): Promise<void> {
  for (const id of [1, 2, 3]) await insert(sql, department, { department_id: id });
  for (const [staff_id, department_id] of [[1, 1], [2, 1], [3, 2]]) {
    await insert(sql, staff, { staff_id, department_id });
  }
}

test("extract() also reads the staff of a changed department", async ({ sql, tick }) => {
  await insertStaff(sql);
  await tick();
  await sql`UPDATE department SET department_name = 'renamed' WHERE department_id = 1`;
  assertEquals(await tick(), { department: [1], staff: [1, 2] });
  await sql`UPDATE department SET department_name = 'renamed' WHERE department_id = 3`;
  assertEquals(await tick(), { department: [3] });
  assertEquals(await tick(), {});
});

test("extract() also reads only the department of changed staff", async (source) => {
  const { sql, tick } = source;
  await insertStaff(sql);
  await tick();
  await sql`UPDATE staff SET first_name = 'renamed' WHERE staff_id = 1`;
  assertEquals(await tick(), { department: [1], staff: [1] });
  await sql`UPDATE staff SET department_id = 3 WHERE staff_id = 3`;
  assertEquals(await tick(), { department: [3], staff: [3] });
});

test("extract() reads both sides of a join when both changed", async ({ sql, tick }) => {
  await insertStaff(sql);
  await tick();
  await sql`UPDATE department SET department_name = 'renamed' WHERE department_id = 1`;
  await sql`UPDATE staff SET first_name = 'renamed' WHERE staff_id = 3`;
  assertEquals(await tick(), { department: [1, 2], staff: [1, 2, 3] });
});

test("extract() also reads the counterparties of a changed address", async ({ sql, tick }) => {
  for (const id of [1, 2, 3]) await insert(sql, address, { address_id: id });
  for (const [counterparty_id, legal_address_id] of [[1, 1], [2, 1], [3, 2]]) {
    await insert(sql, counterparty, { counterparty_id, legal_address_id });
  }
  await tick();
  await sql`UPDATE address SET city = 'Leeds' WHERE address_id = 1`;
  assertEquals(await tick(), { address: [1], counterparty: [1, 2] });
  await sql`UPDATE address SET city = 'Leeds' WHERE address_id = 3`;
  assertEquals(await tick(), { address: [3] });
  await sql`UPDATE counterparty SET commercial_contact = 'Ann' WHERE counterparty_id = 3`;
  assertEquals(await tick(), { address: [2], counterparty: [3] });
});

test("extract() reads nothing that no warehouse table joins", async ({ sql, tick }) => {
  await insertOneOfEach(sql);
  await tick();
  await sql`UPDATE currency SET currency_code = 'EUR'`;
  assertEquals(await tick(), { currency: [1] });
  await insert(sql, salesOrder, { sales_order_id: 2 });
  assertEquals(await tick(), { sales_order: [2] });
});

test("extract() also reads the other side of a change that commits late", async (source) => {
  const { sql, session, tick } = source;
  await insertStaff(sql);
  const late = await session();
  await late`BEGIN`;
  await late`UPDATE department SET department_name = 'late' WHERE department_id = 1`;
  await tick();
  await sql`UPDATE staff SET first_name = 'early' WHERE staff_id = 1`;
  assertEquals(await tick(), { department: [1], staff: [1] });
  await late`COMMIT`;
  assertEquals(await tick(), { department: [1], staff: [1, 2] });
  assertEquals(await tick(), {});
});

/** Returns a store that calls a function before its first object is written. */
function interrupted(store: ObjectStore, happening: () => Promise<unknown>): ObjectStore {
  let pending: typeof happening | undefined = happening;
  return {
    url: store.url,
    get: (key, range) => store.get(key, range),
    list: (prefix, after) => store.list(prefix, after),
    put: async (key, body) => {
      const now = pending;
      pending = undefined;
      await now?.();
      return await store.put(key, body);
    },
  };
}

test("extract() reads all tables of a full batch in one snapshot", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  await insertOneOfEach(sql);
  const result = await extract({
    ingestion: interrupted(ingestion, () =>
      sql.begin(async (sql) => {
        await sql`UPDATE address SET city = 'later'`;
        await sql`UPDATE staff SET first_name = 'later'`;
        await insert(sql, currency, { currency_id: 2 });
        await insert(sql, salesOrder, { sales_order_id: 2, currency_id: 2 });
      })),
  });
  assert(result.outcome === "committed");
  const batch = await batchOf(ingestion, result.commit);
  assertEquals(batch.address.map((row) => row.city), ["city"]);
  assertEquals(batch.staff.map((row) => row.first_name), ["first_name"]);
  assertEquals(batch.currency.map((row) => row.currency_id), [1]);
  assertEquals(batch.sales_order.map((row) => row.sales_order_id), [1]);
  assertEquals(await tick(), {
    address: [1],
    counterparty: [1],
    currency: [2],
    department: [1],
    sales_order: [2],
    staff: [1],
  });
  assertEquals(await tick(), {});
});

test("extract() reads all tables of a delta in one snapshot", async (source) => {
  const { sql, ingestion, extract, tick } = source;
  await insertOneOfEach(sql);
  await tick();
  await sql`UPDATE address SET city = 'before'`;
  await sql`UPDATE staff SET first_name = 'before'`;
  const result = await extract({
    ingestion: interrupted(ingestion, () =>
      sql.begin(async (sql) => {
        await sql`UPDATE staff SET first_name = 'after'`;
        await insert(sql, department, { department_id: 2 });
        await insert(sql, staff, { staff_id: 2, department_id: 2 });
      })),
  });
  assert(result.outcome === "committed");
  const batch = await batchOf(ingestion, result.commit);
  assertEquals(batch.address.map((row) => row.city), ["before"]);
  assertEquals(batch.staff.map((row) => row.first_name), ["before"]);
  assertEquals(batch.department.map((row) => row.department_id), [1]);
  assertEquals(await tick(), { department: [1, 2], staff: [1, 2] });
  assertEquals(await tick(), {});
});

test("extract() catches what commits while it reads", async (source) => {
  const { sql, session, ingestion, extract, tick } = source;
  await insertOneOfEach(sql);
  const [late, later] = [await session(), await session()];
  for (const [writer, id] of [[late, 2], [later, 3]] as const) {
    await writer`BEGIN`;
    await insert(writer, currency, { currency_id: id });
  }
  await insert(sql, currency, { currency_id: 4 });
  const result = await extract({
    ingestion: interrupted(ingestion, async () => {
      await late`COMMIT`;
      await insert(sql, currency, { currency_id: 5 });
    }),
  });
  const keys = await keysOf(ingestion, result);
  assertEquals([keys.address, keys.currency], [[1], [1, 4]]);
  assertEquals(await tick(), { currency: [2, 5] });
  await later`COMMIT`;
  assertEquals(await tick(), { currency: [3] });
  assertEquals(await tick(), {});
});

test("extract() reads every side of a table that joins several", async (source) => {
  const { sql, url, ingestion } = source;
  await insertOneOfEach(sql);
  await insert(sql, design, { design_id: 2 });
  await insert(sql, currency, { currency_id: 2 });
  const priced: DimensionSpec = {
    name: "dim_priced_design",
    kind: "dimension",
    key: "sales_order_id",
    from: "sales_order",
    columns: {
      sales_order_id: { type: "integer" },
      design_name: { type: "text", of: "design.design_name" },
      currency_code: { type: "text", of: "currency.currency_code" },
    },
  };
  const model: Model = { source: [design, currency, salesOrder], warehouse: [priced] };
  const tickOf = async () =>
    await keysOf(ingestion, await extract({ source: url, ingestion, model }), model);
  await tickOf();
  await sql`UPDATE design SET design_name = 'renamed' WHERE design_id = 1`;
  assertEquals(await tickOf(), { currency: [1], design: [1], sales_order: [1] });
  await sql`UPDATE currency SET currency_code = 'EUR' WHERE currency_id = 2`;
  assertEquals(await tickOf(), { currency: [2] });
});
