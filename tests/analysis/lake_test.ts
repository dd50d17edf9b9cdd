import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dirname } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import {
  dimCurrency,
  dimDate,
  dimStaff,
  factPurchaseOrders,
  factSalesOrder,
  factSalesTarget,
  type FactSpec,
  type Model,
  totesys,
  type WarehouseTableSpec,
} from "../../schemas/mod.ts";
import { everyTable } from "../../sdk/derive/source_model.ts";
import { load } from "../../sdk/load/load.ts";
import {
  ConfigurationError,
  DamagedObjectError,
  type Lake,
  openLake,
  openStore,
  openWarehouse,
  run,
} from "../../sdk/mod.ts";
import { createHistory } from "../operate/histories.ts";
import { test as pipelineTest } from "../operate/pipelines.ts";
import { deliver, target } from "../load/documents.ts";
import { test as lakeTest } from "../load/lakes.ts";
import { currency, put, sale, sales, staffMember, star, test } from "../load/star.ts";
import { s3Test, testBucket } from "../support/s3.ts";
import { DAMAGE, fileOf } from "../support/tamper.ts";
import { takenAt } from "../transform/batches.ts";

const sorted = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort();

/** Asserts that the lake shows every fact as the warehouse does, now and as of these times. */
async function assertSame(
  lake: Lake,
  url: string,
  facts: readonly FactSpec[],
  instants: readonly string[],
): Promise<void> {
  await using warehouse = openWarehouse(url);
  for (const table of facts) {
    for (const asOf of [undefined, ...instants]) {
      const expected = await warehouse.read(table, { asOf }).all();
      const found = await lake.read(table, { asOf }).all();
      assertEquals(sorted(found), sorted(expected), `${table.name} as of ${asOf}`);
    }
  }
}

async function instantsOf(lake: Lake): Promise<string[]> {
  return await Array.fromAsync(lake.commits(), ({ taken_at }) => taken_at);
}

pipelineTest(
  "openLake() shows a pipeline's history of updates, deletes, invalid rows and orphans",
  async (pipeline) => {
    await createHistory(pipeline);
    const lake = openLake(pathToFileURL(dirname(fileURLToPath(pipeline.processed.url))).href);
    const facts = totesys.warehouse.filter((table) => table.kind === "fact");
    const instants = await instantsOf(lake);
    assert(instants.length >= 5, instants.join());
    await assertSame(lake, pipeline.warehouse, facts, instants);
    for (const table of totesys.warehouse.filter(({ kind }) => kind !== "fact")) {
      const expected = await pipeline.sql.unsafe(
        `SELECT * FROM ${table.name} t ${
          table.kind === "dimension" ? "WHERE deleted_at IS NULL" : ""
        }`,
      );
      const rows = await lake.read(table).all();
      const names = Object.keys(table.columns);
      const only = (row: object) => names.map((name) => (row as Record<string, unknown>)[name]);
      // postgres.js makes a Date of a date.
      const keys = table.kind === "calendar" ? rows.length : sorted(rows.map(only));
      assertEquals(
        keys,
        table.kind === "calendar" ? expected.length : sorted(expected.map(only)),
        table.name,
      );
    }
  },
);

test("openLake() reads typed rows, all at once, one by one and as columns", async ({ processed }) => {
  await put(processed, star(sales(3)));
  const orders = openLake({ processed }).read(factSalesOrder);
  const all = await orders.all();
  const price: string = all[0].unit_price;
  assertEquals([all.length, price], [3, "3.94"]);
  assertEquals(all[1], { ...sale(2), valid_from: takenAt(1) });
  const one: typeof all = [];
  for await (const row of orders) one.push(row);
  assertEquals(one, all);
  const { sales_order_id, unit_price } = await orders.columns();
  const ids: Int32Array = sales_order_id;
  assertEquals([ids, unit_price], [Int32Array.of(1, 2, 3), ["3.94", "3.94", "3.94"]]);
});

test("openLake() shows every version of a row of a fact and of a dimension", async (loading) => {
  const { processed } = loading;
  await put(processed, star([sale(1)]));
  await put(processed, { dim_staff: [staffMember(1, "Robots")], fact_sales_order: [sale(1)] });
  await put(processed, { fact_sales_order: [sale(1, { unit_price: "5.00" })] });
  await put(processed, {}, totesys, { deleted: { fact_sales_order: [1] } });
  const lake = openLake({ processed });
  const [first, second, ...more] = await lake.history(factSalesOrder, 1);
  assertEquals([first.unit_price, first.valid_from, first.valid_to], [
    "3.94",
    takenAt(1),
    takenAt(3),
  ]);
  assertEquals([second.unit_price, second.valid_from, second.valid_to], [
    "5.00",
    takenAt(3),
    takenAt(4),
  ]);
  assertEquals(more, []);
  const staff = await lake.history(dimStaff, 1);
  assertEquals(staff.map(({ department_name, valid_to }) => [department_name, valid_to]), [
    ["Sales", takenAt(2)],
    ["Robots", null],
  ]);
  assertEquals(await lake.history(dimStaff, "nobody"), []);
  const [before] = await lake.read(dimStaff, { asOf: takenAt(1) }).all();
  assertEquals(before.department_name, "Sales");
});

lakeTest("openLake() lists tables and commits of every source", async (lake) => {
  await put(lake.processed, { ...star(sales(2)), dim_staff: [staffMember(1), staffMember(2)] });
  await deliver(lake, "files", { name: "a.csv", rows: [target("a.csv", 1)], taken_at: takenAt(2) });
  await put(lake.processed, { fact_sales_order: [sale(1)] }, totesys, { taken_at: takenAt(3) });
  const opened = openLake(lake);
  const commits = await Array.fromAsync(
    opened.commits(),
    ({ source, sequence }) => `${source} ${sequence}`,
  );
  assertEquals(commits, ["database 1", "files 1", "database 2"]);
  const orders = await Array.fromAsync(opened.commits(factSalesOrder), ({ sequence }) => sequence);
  assertEquals(orders, [1, 2]);
  const tables = await opened.tables();
  assertEquals(tables.map(({ name }) => name), everyTable(totesys).map(({ name }) => name));
  const { bytes, ...rest } = tables.find(({ name }) => name === "fact_sales_order")!;
  assertEquals(rest, {
    name: "fact_sales_order",
    kind: "fact",
    source: "database",
    commits: 2,
    rows: 3,
    changed_at: takenAt(3),
  });
  assert(bytes > 0);
  const targets = tables.find(({ name }) => name === "fact_sales_target")!;
  assertEquals([targets.source, targets.rows], ["files", 1]);
  assertEquals(tables.find(({ name }) => name === "fact_payment")!.changed_at, null);
});

lakeTest(
  "openLake() has the rows that were refused, and the documents of every source",
  async (lake) => {
    const bad = { key: 7, reason: "bad", row: { sales_order_id: 7 } };
    await put(lake.processed, star([sale(1)]), totesys, {
      quarantined: { fact_sales_order: [bad] },
    });
    const rows = [target("a.csv", 1, { month: "soon" })];
    await deliver(lake, "files", { name: "a.csv", rows, taken_at: takenAt(2) });
    const taken_at = takenAt(3);
    await deliver(lake, "files", {
      name: "b.csv",
      outcome: "refused",
      reason: "no header",
      taken_at,
    });
    const opened = openLake(lake);
    const refused = await Array.fromAsync(opened.refusedRows());
    assertEquals(refused[0], {
      source: "database",
      sequence: 1,
      taken_at: takenAt(1),
      table: "fact_sales_order",
      ...bad,
    });
    assertEquals(refused.map(({ source, key }) => `${source} ${key}`), [
      "database 7",
      "files a.csv/000000000001",
      "files b.csv",
    ]);
    assertEquals((await Array.fromAsync(opened.refusedRows(factSalesOrder))).length, 1);
    const documents = await Array.fromAsync(opened.documents());
    assertEquals(documents.map(({ source, name, outcome }) => [source, name, outcome]), [
      ["files", "a.csv", "read"],
      ["files", "b.csv", "refused"],
    ]);
    const without = openLake({ processed: lake.processed });
    assertThrows(() => without.documents(), ConfigurationError, "without its ingestion zone");
  },
);

lakeTest(
  "openLake() shows a target from when its staff arrives, and as of the time when it was delivered",
  async (lake) => {
    await put(lake.processed, star([sale(1)]));
    const rows = [target("a.csv", 1), target("a.csv", 2, { staff_id: 2 })];
    await deliver(lake, "files", { name: "a.csv", rows, taken_at: takenAt(2) });
    const count = async (asOf?: string) =>
      (await openLake(lake).read(factSalesTarget, { asOf }).all()).length;
    assertEquals([await count(), await count(takenAt(2))], [1, 1]);
    await put(lake.processed, { dim_staff: [staffMember(2)] }, totesys, { taken_at: takenAt(3) });
    assertEquals([await count(), await count(takenAt(2)), await count(takenAt(1))], [2, 2, 0]);
    for (const sourceName of ["database", "files"]) await load({ ...lake, sourceName });
    await assertSame(openLake(lake), lake.warehouse, [factSalesTarget], [1, 2, 3].map(takenAt));
  },
);

test("openLake() finds a member of a dimension that was deleted only where something refers to it", async (loading) => {
  const { processed } = loading;
  const { dim_currency, ...rest } = star([sale(1), sale(2, { currency_id: 2 })]);
  await put(processed, { ...rest, dim_currency: [...dim_currency, currency(2), currency(3)] });
  await put(processed, {}, totesys, {
    deleted: { fact_sales_order: [2], dim_currency: [2, 3] },
  });
  // The first one waits for its currency; that of the second is still there, because history refers to it.
  await put(processed, {
    fact_sales_order: [sale(3, { currency_id: 3 }), sale(4, { currency_id: 2 })],
  });
  await load(loading);
  const lake = openLake(loading);
  assertEquals((await lake.read(factSalesOrder).all()).map((row) => row.sales_order_id), [1, 4]);
  assertEquals((await lake.read(dimCurrency).all()).map((row) => row.currency_id), [1]);
  await assertSame(lake, loading.warehouse, [factSalesOrder], [1, 2, 3].map(takenAt));
});

test("openLake() leaves out a damaged commit when a later one has every row again, as the loader does", async (loading) => {
  const { processed } = loading;
  await put(processed, star(sales(2)));
  const { tables } = await put(processed, { fact_sales_order: [sale(1, { units_sold: 9 })] });
  await DAMAGE["a flipped bit"](fileOf(processed, tables.fact_sales_order.key));
  const lake = openLake(loading);
  const error = await assertRejects(() => lake.read(factSalesOrder).all(), DamagedObjectError);
  assert(error.message.startsWith("commit 2 of the processed zone is damaged"), error.message);
  assertEquals((await lake.read(dimCurrency).all()).length, 1);
  await put(processed, star(sales(3, { units_sold: 8 })), totesys, { mode: "full" });
  await load(loading);
  await assertSame(lake, loading.warehouse, [factSalesOrder], [1, 2, 3].map(takenAt));
});

/** Returns the model with other columns in one of its tables. */
function withColumns(table: WarehouseTableSpec, columns: WarehouseTableSpec["columns"]): Model {
  const warehouse = totesys.warehouse.map((one) => one === table ? { ...one, columns } : one);
  return { ...totesys, warehouse: warehouse as Model["warehouse"] };
}

test("openLake() reads objects from before a column was added or grew, with the types of today", async (loading) => {
  const { processed } = loading;
  const { units_sold: _, ...without } = factSalesOrder.columns;
  const { units_sold: __, ...row } = sale(1);
  const narrow = withColumns(factSalesOrder, { ...without, unit_price: { type: "numeric" } });
  await put(processed, { ...star([]), fact_sales_order: [{ ...row, unit_price: "3.9" }] }, narrow);
  const wide = withColumns(factSalesOrder, {
    ...factSalesOrder.columns,
    unit_price: { type: "numeric", precision: 12, scale: 3 },
  });
  await put(processed, { fact_sales_order: [sale(2, { unit_price: "4.125" })] }, wide);
  const options = { processed, warehouse: loading.warehouse, model: wide };
  await load(options);
  const fact = wide.warehouse.find(({ name }) => name === "fact_sales_order") as FactSpec;
  const lake = openLake({ processed }, { model: wide });
  const rows = await lake.read(fact).all();
  assertEquals(rows.map(({ unit_price, units_sold }) => [unit_price, units_sold]), [
    ["3.900", null],
    ["4.125", 10],
  ]);
  await assertSame(lake, loading.warehouse, [fact], [1, 2].map(takenAt));
});

test("a fact that waits is valid from when it first arrived, also if it arrives again", async (loading) => {
  const { processed } = loading;
  await put(processed, star([sale(1)]));
  const order = sale(2, { currency_id: 2 });
  await put(processed, { fact_sales_order: [order] });
  await put(processed, { fact_sales_order: [order] });
  await put(processed, { dim_currency: [currency(2)] });
  await load(loading);
  const lake = openLake(loading);
  const [version] = await lake.history(factSalesOrder, 2);
  assertEquals(version.valid_from, takenAt(2));
  await assertSame(lake, loading.warehouse, [factSalesOrder], [1, 2, 3, 4].map(takenAt));
});

test("the same content with another number of zeros is no new version", async (loading) => {
  const { processed } = loading;
  const { dim_currency, ...rest } = star([]);
  const order = (item_unit_price: string) => {
    const { sales_order_id, sales_staff_id, units_sold, unit_price: _, design_id: __, ...same } =
      sale(1);
    return {
      ...same,
      purchase_order_id: sales_order_id,
      staff_id: sales_staff_id,
      item_code: "",
      item_quantity: units_sold,
      item_unit_price,
    };
  };
  await put(processed, { ...rest, dim_currency, fact_purchase_orders: [order("3.9")] });
  await put(processed, { fact_purchase_orders: [order("3.90")] });
  await put(processed, { fact_purchase_orders: [order("39")] });
  await load(loading);
  const versions = await openLake(loading).history(factPurchaseOrders, 1);
  assertEquals(versions.map(({ item_unit_price }) => item_unit_price), ["3.9", "39"]);
  await assertSame(
    openLake(loading),
    loading.warehouse,
    [factPurchaseOrders],
    [1, 2, 3].map(takenAt),
  );
});

test("openLake() of an empty lake has no rows, and refuses what it cannot read", async ({ processed }) => {
  const lake = openLake({ processed });
  assertEquals(await lake.read(factSalesOrder).all(), []);
  assertEquals(await lake.history(dimDate, "2026-11-30"), []);
  assertEquals((await lake.tables()).every(({ commits }) => commits === 0), true);
  const unknown = { ...factSalesOrder, name: "fact_sale" } as const;
  assertThrows(
    () => lake.read(unknown),
    ConfigurationError,
    "the model has no warehouse table fact_sale",
  );
  assertThrows(
    () => lake.read(factSalesOrder, { asOf: "now" }),
    ConfigurationError,
    "is not an instant",
  );
  assertThrows(() => openLake("lake"), ConfigurationError, "is not a URL");
});

pipelineTest("openLake() reads a first load in parts as the warehouse has it", async (pipeline) => {
  await run({ ...pipeline, chunkRows: 2 });
  const lake = openLake(pipeline);
  await assertSame(lake, pipeline.warehouse, [factSalesOrder], await instantsOf(lake));
});

s3Test("openLake() reads a bucket, and more commits than it reads ahead", async () => {
  const { store } = await testBucket();
  const url = store.url;
  const processed = openStore(`${url}/processed`);
  await put(processed, star(sales(3)));
  for (let units_sold = 1; units_sold <= 20; units_sold++) {
    await put(processed, { fact_sales_order: [sale(1, { units_sold })] });
  }
  const lake = openLake(url);
  assertEquals((await lake.read(factSalesOrder).all()).map(({ units_sold }) => units_sold), [
    10,
    10,
    20,
  ]);
  assertEquals((await lake.history(factSalesOrder, 1)).length, 21);
  const [{ units_sold }] = await lake.read(factSalesOrder, { asOf: takenAt(8) }).all();
  assertEquals(units_sold, 10);
});
