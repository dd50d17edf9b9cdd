import { assertEquals, assertThrows } from "@std/assert";
import type postgres from "postgres";
import { type Model, totesys } from "../../schemas/model.ts";
import { department } from "../../schemas/source/department.ts";
import { staff } from "../../schemas/source/staff.ts";
import { dimStaff } from "../../schemas/warehouse/dim_staff.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { ConfigurationError } from "../../sdk/errors.ts";
import { copyStatement } from "../../sdk/extract/batch.ts";
import { NO_ROW } from "../../sdk/extract/ancestors.ts";
import { selection, visibleStatement } from "../../sdk/extract/delta.ts";
import { type Checkpoint, fullPlan, type Plan } from "../../sdk/extract/plan.ts";
import { scanOf, scanStatement } from "../../sdk/extract/scan.ts";
import { positionStatement } from "../../sdk/extract/source_position.ts";
import { testDatabase } from "../support/postgres.ts";
import { createSource } from "../support/source.ts";

const tiny = {
  name: "tiny",
  key: "id",
  columns: { id: { type: "integer" } },
} as const;
const tinyModel: Model = { source: [tiny], warehouse: [] };

function since(xmin: bigint | string, visible: number[] = []): Checkpoint {
  const taken_at = "2026-01-01T00:00:00.000000Z";
  return {
    snapshot: { system: "1", database: "d", taken_at, xmin: String(xmin), xmax: "9", visible },
    columns: { tiny: ["id"] },
    partial: {},
  };
}

/** Returns the rows that a batch reads when every table was read before. */
function condition(table: SourceTableSpec, model: Model, since?: Checkpoint): string {
  return selection(table, { model, since, plan: fullPlan(model, since) });
}

Deno.test("selection() takes rows by the transaction that wrote them", () => {
  assertEquals(
    condition(tiny, tinyModel, since(7n)),
    "(age(t.xmin)::bigint & 4294967295) <= (SELECT age('7'::xid)::bigint & 4294967295)",
  );
});

Deno.test("selection() leaves out the transactions already seen", () => {
  assertEquals(
    condition(tiny, tinyModel, since(2n ** 32n + 7n, [8, 4294967295])),
    "((age(t.xmin)::bigint & 4294967295) <= (SELECT age('7'::xid)::bigint & 4294967295)" +
      " AND t.xmin <> ALL ('{8,4294967295}'::xid[]))",
  );
});

Deno.test("selection() takes every row of a table not read before", () => {
  assertEquals(condition(tiny, tinyModel), "true");
  assertEquals(condition(tiny, tinyModel, { ...since(7n), columns: {} }), "true");
});

Deno.test("selection() of a part takes changes to the rows read before and the keys after them", () => {
  const alreadyRead = { through: "10" };
  const where = (
    scan: { alreadyRead: typeof alreadyRead; backfill: "none" | "rest" | { through: string } },
    unchanged?: ReadonlySet<string>,
  ) => {
    const plan: Plan = new Map([["tiny", scan]]);
    return selection(tiny, { model: tinyModel, since: since(7n), plan, unchanged });
  };
  const bound = (place: string) => `(SELECT current_setting('etl.${place}_74696e79')::integer)`;
  const changed =
    "(age(t.xmin)::bigint & 4294967295) <= (SELECT age('7'::xid)::bigint & 4294967295)";
  const before = `(t."id" <= ${bound("read")} AND ${changed})`;
  assertEquals(where({ alreadyRead, backfill: "none" }), before);
  assertEquals(
    where({ alreadyRead, backfill: "rest" }),
    `${before} OR t."id" > ${bound("read")}`,
  );
  assertEquals(
    where({ alreadyRead, backfill: { through: "20" } }),
    `${before} OR (t."id" > ${bound("read")} AND t."id" <= ${bound("backfill")})`,
  );
  // Without changes, an index finds the rows.
  assertEquals(
    where({ alreadyRead, backfill: { through: "20" } }, new Set(["tiny"])),
    `(t."id" > ${bound("read")} AND t."id" <= ${bound("backfill")})`,
  );
});

Deno.test("selection() takes both sides of a join", () => {
  const model: Model = { source: [department, staff], warehouse: [dimStaff] };
  const columns = Object.fromEntries(
    [department, staff].map(({ name, columns }) => [name, Object.keys(columns)]),
  );
  const changed = (alias: string) =>
    `(age(${alias}.xmin)::bigint & 4294967295) <= (SELECT age('7'::xid)::bigint & 4294967295)`;
  const changedDepartments = `(SELECT p."department_id" FROM "department" p WHERE ${changed("p")})`;
  const where = (table: typeof department | typeof staff) =>
    condition(table, model, { ...since(7n), columns });
  assertEquals(where(staff), `${changed("t")} OR t."department_id" IN ${changedDepartments}`);
  assertEquals(
    where(department),
    `${changed("t")} OR t."department_id" IN (SELECT DISTINCT c."department_id" FROM "staff" c` +
      ` WHERE ${changed("c")} OR c."department_id" IN ${changedDepartments})`,
  );
});

Deno.test("copyStatement() quotes identifiers", () => {
  const odd = { name: 'o"dd', key: "id", columns: { 'i"d': { type: "integer" } } } as const;
  assertEquals(
    copyStatement(odd, "true"),
    'COPY (SELECT t."i""d" FROM "o""dd" t WHERE true) TO STDOUT',
  );
});

Deno.test("selection() accepts only digits as a transaction id", () => {
  assertThrows(() => condition(tiny, tinyModel, since("7'::xid) OR true --")));
  assertThrows(() => condition(tiny, tinyModel, since(7n, [Number.NaN])));
  assertThrows(() => condition(tiny, tinyModel, since(7n, [-8])));
  assertThrows(() => condition(tiny, tinyModel, since(7n, [1e21])));
});

Deno.test("selection() refuses a join with a table that is not in the model", () => {
  const model: Model = { source: [staff], warehouse: [dimStaff] };
  assertThrows(
    () => condition(staff, model, since(7n)),
    ConfigurationError,
    "the model has no source table department",
  );
});

Deno.test("selection() lists the transactions that can have written a row, when they are few", () => {
  const to = (xmax: bigint, visible: number[] = []) => {
    const since7 = since(7n, visible);
    return selection(tiny, {
      model: tinyModel,
      since: since7,
      plan: fullPlan(tinyModel, since7),
      xmax: String(xmax),
    });
  };
  assertEquals(
    to(18n, [8, 9]),
    "t.xmin = ANY ('{7,10,11,12,13,14,15,16,17}'::xid[])",
  );
  // Postgres compares the elements of a short array one by one.
  assertEquals(to(9n), "t.xmin = ANY ('{7,8,7,7,7,7,7,7,7}'::xid[])");
  assertEquals(to(7n), "t.xmin = ANY ('{}'::xid[])");
  assertEquals(to(1_007n).split(",").length, 1_000);
  assertEquals(to(1_008n), condition(tiny, tinyModel, since(7n)));
});

Deno.test("selection() skips unchanged tables, and joins only what changed", () => {
  const model: Model = { source: [department, staff], warehouse: [dimStaff] };
  const columns = Object.fromEntries(
    [department, staff].map(({ name, columns }) => [name, Object.keys(columns)]),
  );
  const all = { ...since(7n), columns };
  const where = (table: typeof department | typeof staff, ...unchanged: string[]) =>
    selection(table, {
      model,
      since: all,
      plan: fullPlan(model, all),
      unchanged: new Set(unchanged),
    });
  const changed = (alias: string) =>
    `(age(${alias}.xmin)::bigint & 4294967295) <= (SELECT age('7'::xid)::bigint & 4294967295)`;
  assertEquals(where(staff, "department"), changed("t"));
  assertEquals(
    where(department, "department"),
    `t."department_id" IN (SELECT DISTINCT c."department_id" FROM "staff" c WHERE ${changed("c")})`,
  );
  assertEquals(where(staff, "staff").startsWith(`t."department_id" IN (SELECT`), true);
  assertEquals(where(staff, "department", "staff"), NO_ROW);
  assertEquals(where(department, "department", "staff"), NO_ROW);
});

/**
 * Replaces a table by a view whose rows have these transaction ids: those of a table cannot be chosen.
 */
async function createWritten(sql: postgres.Sql, xids: readonly bigint[]): Promise<void> {
  const rows = xids.map((xid, place) => `(${place}, '${BigInt.asUintN(32, xid)}'::xid)`).join(", ");
  await sql.unsafe(
    `CREATE OR REPLACE VIEW tiny AS SELECT * FROM (VALUES ${rows}) AS rows (id, xmin)`,
  );
}

/** Returns the places of the rows written from `xmin` on by transactions that are not in `visible`. */
async function selected(sql: postgres.Sql, ...position: Parameters<typeof since>) {
  return await rowsOf(sql, condition(tiny, tinyModel, since(...position)));
}

async function rowsOf(sql: postgres.Sql, condition: string) {
  const statement = copyStatement(tiny, condition)
    .replace(/^COPY \(/, "").replace(/\) TO STDOUT$/, "");
  const rows = await sql.unsafe(statement);
  return rows.map(({ id }) => id);
}

const DISTANCES = [0n, 1n, 1_000n, 2n ** 31n - 2n, 2n ** 31n, 2n ** 31n + 1n, 3_000_000_000n];

for (const distance of DISTANCES) {
  Deno.test(`selection() compares transactions across ${distance} others`, async () => {
    await using database = await testDatabase();
    const { sql } = database;
    const [{ now }] = await sql`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS now`;
    // Only snapshots have the epoch: rows have the lower 32 bits of a transaction id.
    const xmin = BigInt(now) + 5n * 2n ** 32n - distance;
    const middle = xmin + distance / 2n;
    const rows = [xmin, middle, xmin + distance - 1n, xmin - 1n, xmin - 1_000n];
    const expected = distance === 0n ? [0, 1] : [0, 1, 2];
    await createWritten(sql, rows);
    assertEquals(await selected(sql, xmin), expected);
    const seen = Number(BigInt.asUintN(32, middle));
    assertEquals(
      await selected(sql, xmin, [seen]),
      expected.filter((place) => BigInt.asUintN(32, rows[place]) !== BigInt(seen)),
    );
    const [lowest] = await sql.unsafe(visibleStatement([tiny], { xmin: String(xmin) }));
    assertEquals(typeof lowest.xid, "string");
  });
}

Deno.test("visibleStatement() lists each transaction once across all tables", async () => {
  await using database = await testDatabase();
  const { sql } = database;
  const [{ now }] = await sql`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS now`;
  const xmin = BigInt(now) - 10n;
  await createWritten(sql, [xmin - 1n, xmin, xmin + 2n, xmin + 2n, xmin + 1n]);
  for (const xmax of [undefined, String(now)]) {
    const rows = await sql.unsafe(visibleStatement([tiny, tiny], { xmin: String(xmin), xmax }));
    assertEquals(rows.map(({ xid }) => BigInt(xid)), [xmin, xmin + 1n, xmin + 2n]);
  }
});

Deno.test("selection() skips rows frozen before the previous snapshot", async () => {
  await using database = await testDatabase();
  const { sql } = database;
  const [{ now }] = await sql`SELECT pg_snapshot_xmax(pg_current_snapshot())::text AS now`;
  // The ids that pg_upgrade and initdb leave in rows.
  await createWritten(sql, [1n, 2n]);
  assertEquals(await selected(sql, BigInt(now) - 10n), []);
});

for (const epoch of [0n, 3n]) {
  Deno.test(`selection() lists transactions across the end of epoch ${epoch}`, async () => {
    await using database = await testDatabase();
    const { sql } = database;
    const xmin = (epoch + 1n) * 2n ** 32n - 5n;
    const xmax = xmin + 20n;
    const rows = [xmin - 1n, xmin, xmin + 4n, xmin + 8n, xmax - 1n, xmax, 0n, 1n, 2n];
    await createWritten(sql, rows);
    const from = since(xmin, [Number(BigInt.asUintN(32, xmin + 8n))]);
    const scope = {
      model: tinyModel,
      since: from,
      plan: fullPlan(tinyModel, from),
      xmax: String(xmax),
    };
    assertEquals(await rowsOf(sql, selection(tiny, scope)), [1, 2, 4]);
    const visible = await sql.unsafe(
      visibleStatement([tiny], { xmin: String(xmin), xmax: scope.xmax }),
    );
    assertEquals(
      visible.map(({ xid }) => BigInt(xid)).sort(),
      [xmin, xmin + 4n, xmin + 8n, xmax - 1n].map((xid) => BigInt.asUintN(32, xid)).sort(),
    );
  });
}

Deno.test("the statements of the full model run unchanged", async () => {
  await using database = await testDatabase();
  const { sql } = database;
  await createSource(sql);
  const [position] = await sql.unsafe(positionStatement());
  const columns = Object.fromEntries(
    totesys.source.map(({ name, columns }) => [name, Object.keys(columns)]),
  );
  const read: Checkpoint = { ...since(position.xmin, [3, 4]), columns };
  const { text, values } = scanStatement(totesys.source, read);
  const [row] = await sql.unsafe(text, values as string[]);
  assertEquals(row.scan_0, [0, 0]);
  const scan = scanOf(totesys.source, read, row);
  assertEquals(scan.unchanged.size, totesys.source.length);
  assertEquals(scan.rows?.get("design"), 0);
  assertEquals(
    Array.from(await sql.unsafe(visibleStatement(totesys.source, position as never))),
    [],
  );
});
