import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { sourceTables } from "../../schemas/source_tables.ts";
import type { SourceTableSpec } from "../../schemas/table.ts";
import { generate } from "../../dev/simulator/generate.ts";
import { fillFromCsv, fillFromSimulator } from "../../dev/simulator/fill.ts";
import { testDatabase } from "../support/postgres.ts";

Deno.test("fillFromSimulator() loads what generate() makes, under foreign keys", async () => {
  await using db = await testDatabase();
  const progress = new Map<string, number>();
  await fillFromSimulator(db.url, {
    rows: 500,
    seed: 1,
    onProgress: ({ table, rows }) => progress.set(table, rows),
  });
  const tables = generate({ rows: 500, seed: 1 });
  for (const { name } of sourceTables) {
    const [{ count }] = await db.sql`SELECT count(*)::int FROM ${db.sql(name)}`;
    assertEquals([name, count], [name, [...tables[name]].length]);
    assertEquals(progress.get(name), count);
  }
  const [{ foreign_keys }] = await db.sql`
    SELECT count(*)::int AS foreign_keys FROM pg_constraint WHERE contype = 'f' AND convalidated`;
  assertEquals(foreign_keys, 17);
});

Deno.test("fillFromSimulator() sets sequences after the last key", async () => {
  await using db = await testDatabase();
  await fillFromSimulator(db.url, { rows: 50, seed: 1 });
  const [{ last }] = await db.sql`SELECT max(currency_id) AS last FROM currency`;
  const [{ next }] = await db.sql`
    INSERT INTO currency (currency_code, created_at, last_updated) VALUES ('JPY', now(), now())
    RETURNING currency_id AS next`;
  assertEquals(next, last + 1);
});

Deno.test("fillFromSimulator() refuses a database that is in use", async () => {
  await using db = await testDatabase();
  await db.sql`CREATE TABLE staff ()`;
  await assertRejects(
    () => fillFromSimulator(db.url, { rows: 1, seed: 1 }),
    Error,
    'a table "staff" already',
  );
});

Deno.test("fillFromCsv() reads quotes and newlines, and tells NULL from empty text", async () => {
  await using db = await testDatabase();
  await using dir = await dump({
    department: [
      "location,department_id,department_name,manager,created_at,last_updated",
      '"Leeds, ""north""\nwing",4,Dispatch,,2022-11-03T14:20:49.962,2022-11-03T14:20:49.9',
      ',9,"",Ann Ø,2022-11-03T14:20:49,2022-11-03T14:20:49',
    ].join("\r\n"),
  });
  await fillFromCsv(db.url, dir.path);
  const rows = await db.sql`
    SELECT department_id, department_name, location, manager, last_updated::text
    FROM department ORDER BY 1`;
  assertEquals(rows.map((row) => ({ ...row })), [
    {
      department_id: 4,
      department_name: "Dispatch",
      location: 'Leeds, "north"\nwing',
      manager: null,
      last_updated: "2022-11-03 14:20:49.9",
    },
    {
      department_id: 9,
      department_name: "",
      location: null,
      manager: "Ann Ø",
      last_updated: "2022-11-03 14:20:49",
    },
  ]);
});

Deno.test("fillFromCsv() names the missing file and creates nothing", async () => {
  await using db = await testDatabase();
  await using dir = await dump({});
  await Deno.remove(join(dir.path, "payment.csv"));
  await assertRejects(() => fillFromCsv(db.url, dir.path), Error, "payment.csv");
  assertEquals(await tableCount(db.sql), 0);
});

Deno.test("fillFromCsv() names missing and unknown columns", async () => {
  await using db = await testDatabase();
  await using dir = await dump({ currency: "currency_id,code,created_at,last_updated" });
  await assertRejects(
    () => fillFromCsv(db.url, dir.path),
    Error,
    "currency.csv: no column currency_code, unknown column code",
  );
  assertEquals(await tableCount(db.sql), 0);
});

Deno.test("fillFromCsv() leaves nothing behind when a row breaks a foreign key", async () => {
  await using db = await testDatabase();
  await using dir = await dump({
    staff: "staff_id,first_name,last_name,department_id,email_address,created_at,last_updated\n" +
      "1,A,B,77,a@b.c,2022-11-03,2022-11-03\n",
  });
  await assertRejects(() => fillFromCsv(db.url, dir.path), Error, "foreign key");
  assertEquals(await tableCount(db.sql), 0);
});

/** Creates a folder with a file per table: the given content, or just the header. */
async function dump(files: Record<string, string>) {
  const path = await Deno.makeTempDir();
  for (const { name, columns } of sourceTables as readonly SourceTableSpec[]) {
    const text = files[name] ?? Object.keys(columns).join(",") + "\n";
    await Deno.writeTextFile(join(path, `${name}.csv`), text);
  }
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

async function tableCount(sql: Awaited<ReturnType<typeof testDatabase>>["sql"]): Promise<number> {
  const [{ count }] = await sql`
    SELECT count(*)::int FROM pg_tables WHERE schemaname = 'public'`;
  return count;
}
