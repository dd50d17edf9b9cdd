import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { sourceTables } from "../../schemas/source_tables.ts";
import { insertOneOfEach } from "../support/source.ts";
import { keysOf, type Source, test } from "./source_test_case.ts";

/** Runs `act` with the URL of a role that can only connect, and select from the 11 tables. */
async function asReader({ sql, url }: Source, act: (url: string) => Promise<void>): Promise<void> {
  const role = `reader_${crypto.randomUUID().replaceAll("-", "")}`;
  const [{ database }] = await sql`SELECT current_database() AS database`;
  const tables = sourceTables.map(({ name }) => `"${name}"`).join(", ");
  await sql.unsafe(`
    REVOKE ALL ON DATABASE "${database}" FROM PUBLIC;
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    CREATE ROLE "${role}" LOGIN;
    GRANT CONNECT ON DATABASE "${database}" TO "${role}";
    GRANT SELECT ON ${tables} TO "${role}"`);
  const reader = new URL(url);
  reader.username = role;
  try {
    await act(reader.href);
  } finally {
    await sql.unsafe(`DROP OWNED BY "${role}"; DROP ROLE "${role}"`);
  }
}

test("extract() needs only the SELECT right", async (source) => {
  const { sql, session, ingestion, extract } = source;
  await insertOneOfEach(sql);
  await asReader(source, async (url) => {
    const late = await session();
    await late`BEGIN`;
    await late`UPDATE currency SET currency_code = 'EUR'`;
    const first = await extract({ source: url });
    assertEquals(Object.keys(await keysOf(ingestion, first)).length, 11);
    await sql`UPDATE design SET design_name = 'changed'`;
    const second = await extract({ source: url });
    assertEquals(await keysOf(ingestion, second), { design: [1] });
    await late`COMMIT`;
    const third = await extract({ source: url });
    assertEquals(await keysOf(ingestion, third), { currency: [1] });
    assertEquals(await extract({ source: url }), { outcome: "unchanged", schema: [] });
    const reader = postgres(url, { max: 1 });
    const error = await assertRejects(() => reader`DELETE FROM design`.execute());
    await reader.end();
    assertStringIncludes(String(error), "permission denied");
  });
});

test("extract() leaves no lock and no connection behind", async ({ sql, extract }) => {
  await insertOneOfEach(sql);
  await extract();
  await extract();
  for (;;) {
    // A backend notices a moment later that its client has disconnected.
    const [{ backends }] = await sql`
      SELECT count(*)::int AS backends FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'totesys-etl'`;
    if (backends === 0) break;
  }
  const locks = await sql`
    SELECT FROM pg_locks WHERE relation = 'design'::regclass AND pid <> pg_backend_pid()`;
  assertEquals(locks.length, 0);
});

test("extract() skips a table it cannot read and names it", async (source) => {
  const { sql, ingestion, extract } = source;
  await insertOneOfEach(sql);
  await asReader(source, async (url) => {
    const [{ role }] = await sql`
      SELECT grantee AS role FROM information_schema.role_table_grants
      WHERE table_name = 'payment' AND grantee LIKE 'reader%'`;
    await sql.unsafe(`REVOKE SELECT ON payment FROM "${role}"`);
    const without = await extract({ source: url });
    assertEquals(Object.keys(await keysOf(ingestion, without)).length, 10);
    assertEquals(without.schema.map(({ table, kind, stops }) => [table, kind, stops]), [
      ["payment", "table unreadable", true],
    ]);
    await sql.unsafe(`GRANT SELECT ON payment TO "${role}"`);
    const result = await extract({ source: url });
    assertEquals(await keysOf(ingestion, result), { payment: [1] });
    assertEquals(result.schema, []);
  });
});
