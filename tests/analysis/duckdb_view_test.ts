import { assert, assertEquals } from "@std/assert";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import {
  dimDate,
  dimStaff,
  factPayment,
  factSalesOrder,
  factSalesTarget,
  totesys,
} from "../../schemas/mod.ts";
import { load } from "../../sdk/load/load.ts";
import { type ObjectStore, openLake } from "../../sdk/mod.ts";
import { duckdb } from "../lake/duckdb.ts";
import { deliver, target } from "../load/documents.ts";
import { test } from "../load/lakes.ts";
import { put, sale, sales, staffMember, star } from "../load/star.ts";
import { takenAt } from "../transform/batches.ts";

test("a DuckDB view shows each row once, as the warehouse does, where a glob counts it twice", async (lake) => {
  const { processed, sql } = lake;
  await put(processed, { ...star(sales(5)), dim_staff: [staffMember(1), staffMember(2)] });
  await put(processed, { fact_sales_order: [sale(1, { unit_price: "9.99" }), sale(6)] });
  const deleted = { fact_sales_order: [2, 3], dim_staff: [2] };
  await put(processed, { dim_staff: [staffMember(1, "Robots")] }, totesys, { deleted });
  await put(processed, { fact_sales_order: [sale(3, { units_sold: 1 })] });
  const rows = [1, 2, 3].map((record) => target("a.csv", record));
  await deliver(lake, "files", { name: "a.csv", rows, taken_at: takenAt(5) });
  const invalid = target("a.csv", 1, { month: "soon" });
  await deliver(lake, "files", {
    name: "a.csv",
    rows: [invalid, rows[1]],
    deleted: ["a.csv/000000000003"],
    taken_at: takenAt(6),
  });
  await load(lake);
  await load({ ...lake, sourceName: "files" });
  const opened = openLake(lake);
  await duckdb("", async (query) => {
    for (const table of [factSalesOrder, factSalesTarget, factPayment, dimStaff, dimDate]) {
      await query(await opened.duckdbView(table));
      const names = Object.keys(table.columns).map((name) => `"${name}"::text AS "${name}"`);
      const select = `SELECT ${names.join(", ")} FROM ${table.name}`;
      const isLive = table.kind === "dimension" ? " WHERE deleted_at IS NULL" : "";
      const expected = await sql.unsafe(`${select}${isLive} ORDER BY 1`);
      // The columns without a precision have more zeros in DuckDB.
      const found = await query(`${select} ORDER BY 1`);
      assertEquals(found, expected.map((row) => ({ ...row })), table.name);
    }
    await query(await opened.duckdbView(factSalesOrder, { asOf: takenAt(1), name: "before" }));
    const [before] = await query(
      'SELECT sum(unit_price * units_sold)::text AS total FROM "before"',
    );
    assertEquals(before.total, "197.00");
    const folder = `${dirname(fileURLToPath(`${processed.url}/x`))}/fact_sales_order`;
    const [glob] = await query(
      `SELECT count(*)::int AS n FROM read_parquet('${folder}/**/*-*.parquet', union_by_name = true)`,
    );
    assert(Number(glob.n) > 5, `a glob finds ${glob.n} rows of 5`);
  });
});

test("a DuckDB view of objects in S3 names their addresses", async ({ processed }) => {
  await put(processed, star([sale(1)]));
  const store: ObjectStore = {
    url: "s3://my-bucket/lake/processed",
    put: (key, body) => processed.put(key, body),
    get: (key, range) => processed.get(key, range),
    list: (prefix, after) => processed.list(prefix, after),
  };
  const view = await openLake({ processed: store }).duckdbView(factSalesOrder, { name: 'a"b' });
  assert(view.startsWith('CREATE OR REPLACE VIEW "a""b" AS\n'), view);
  assert(
    view.includes("'s3://my-bucket/lake/processed/fact_sales_order/2026/11/21/000000000001-"),
    view,
  );
});
