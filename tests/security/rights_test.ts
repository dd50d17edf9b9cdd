/** Every role works with the fewest rights possible, and an error names the one that is missing. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { payment, salesOrder } from "../../schemas/mod.ts";
import { sourceTables } from "../../schemas/source_tables.ts";
import { remedyText } from "../../functions/remedy.ts";
import { EtlError } from "../../sdk/errors.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { listQuarantine } from "../../sdk/operate/quarantine.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { status } from "../../sdk/operate/status.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { test, type TestPipeline } from "../operate/pipelines.ts";
import { testLake } from "../support/lake.ts";
import { insert } from "../support/source.ts";
import { guestRights, loaderRights, readerRights, testRole } from "./roles.ts";

/** More rows than a load merges with triggers. */
const BULK = 6_000;

/** Runs statements as the URL's user and returns the reason of the first refusal. */
async function attempt(url: string, ...statements: string[]): Promise<string> {
  const sql = postgres(url, { max: 1, onnotice: () => {} });
  try {
    for (const statement of statements) await sql.unsafe(statement);
    return "done";
  } catch (error) {
    return String(error);
  } finally {
    await sql.end();
  }
}

/** Asserts that each statement is refused for a missing right. */
async function assertRefused(url: string, ...statements: string[]): Promise<void> {
  for (const statement of statements) {
    const message = await attempt(url, statement);
    assert(
      /permission denied|must be owner|must be superuser/.test(message),
      `${statement}: ${message}`,
    );
  }
}

/** Everything a pipeline does: a first load, a bulk load, changes, deletions, quarantine, history. */
async function exercise(pipeline: TestPipeline): Promise<void> {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql`INSERT INTO payment SELECT p.payment_id + n, created_at, last_updated, transaction_id,
    counterparty_id, payment_amount, currency_id, payment_type_id, paid, payment_date,
    company_ac_number, counterparty_ac_number FROM payment p, generate_series(1, ${BULK}) n`;
  await run(pipeline);
  await insert(sourceSql, salesOrder, { sales_order_id: 2, agreed_payment_date: "2022-02-30" });
  await sourceSql`DELETE FROM payment WHERE payment_id > 5990`;
  await sourceSql`UPDATE payment SET payment_amount = 7 WHERE payment_id < 10`;
  await run({ ...pipeline, reconcileEveryMs: 0 });
  assertEquals((await listQuarantine(pipeline)).map(({ key }) => key), ["2"]);
  await sourceSql`UPDATE sales_order SET agreed_payment_date = '2022-02-28' WHERE sales_order_id = 2`;
  await extract(pipeline);
  await run(pipeline);
  assertEquals((await reconcile(pipeline)).outcome, "clean");
  const { behind } = await status(pipeline);
  const { equal, tables } = await verify(pipeline);
  assertEquals([behind, equal], [0, true], JSON.stringify(tables));
}

for (
  const [who, rights] of Object.entries({
    "makes its own schemas": loaderRights,
    "is a guest in schemas made for it": guestRights,
  })
) {
  test(`everything works with SELECT on one side and a loader that ${who}`, async (pipeline) => {
    const { sourceSql, sql } = pipeline;
    await using reader = await testRole(sourceSql, pipeline.source, readerRights);
    await using loader = await testRole(sql, pipeline.warehouse, rights);
    const { warehouse } = pipeline;
    await exercise({ ...pipeline, source: reader.url, warehouse: loader.url });
    const owners = await sql`
      SELECT DISTINCT nspname, relowner::regrole::text AS owner FROM pg_class
      JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname !~ '^pg_|^information_schema$'
      ORDER BY 1`;
    assertEquals(owners.map((row) => [row.nspname, row.owner]), [
      ["etl", loader.name.replaceAll('"', "")],
      ["star", loader.name.replaceAll('"', "")],
    ]);
    await using dashboard = await testRole(sql, warehouse, (role, database) => `
      GRANT CONNECT ON DATABASE ${database} TO ${role};
      GRANT USAGE ON SCHEMA star TO ${role};
      GRANT SELECT ON ALL TABLES IN SCHEMA star TO ${role};
      ALTER ROLE ${role} IN DATABASE ${database} SET search_path = star`);
    const read = ["fact_payment", "fact_payment_history", "fact_payment_versions", "dim_staff"];
    for (const table of read) {
      assertEquals(await attempt(dashboard.url, `SELECT count(*) FROM ${table}`), "done");
    }
    await assertRefused(
      dashboard.url,
      "DELETE FROM fact_payment",
      "UPDATE dim_staff SET first_name = ''",
      "TRUNCATE fact_payment_history",
      "INSERT INTO etl.applied_commit VALUES (99, 99, 'x', now())",
      "DELETE FROM etl.quarantine",
      "SELECT * FROM etl.quarantine",
      "CREATE TABLE star.mine (id int)",
      "CREATE SCHEMA mine",
      "CREATE TEMP TABLE mine (id int)",
    );
    await assertRejects(() => run({ ...pipeline, warehouse: dashboard.url }), EtlError, "etl");
  });
}

test("the source's reader can only read the model's tables", async (pipeline) => {
  const { sourceSql } = pipeline;
  await sourceSql`CREATE TABLE secret (id int)`;
  await sourceSql`CREATE SCHEMA private CREATE TABLE diary (id int)`;
  await using reader = await testRole(sourceSql, pipeline.source, readerRights);
  await run({ ...pipeline, source: reader.url });
  const writes = sourceTables.flatMap(({ name, key }) => [
    `INSERT INTO ${identifier(name)} DEFAULT VALUES`,
    `UPDATE ${identifier(name)} SET ${identifier(key)} = 2`,
    `DELETE FROM ${identifier(name)}`,
    `TRUNCATE ${identifier(name)} CASCADE`,
    `ALTER TABLE ${identifier(name)} ADD COLUMN mine int`,
    `BEGIN; LOCK TABLE ${identifier(name)} IN ROW EXCLUSIVE MODE`,
  ]);
  await assertRefused(
    reader.url,
    ...writes,
    "SELECT * FROM secret",
    "SELECT * FROM private.diary",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE TEMP TABLE mine (id int)",
    "CREATE ROLE mine",
    "CREATE EXTENSION file_fdw",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY department TO '/tmp/mine'",
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "SET ROLE postgres",
    "ALTER SYSTEM SET fsync = off",
  );
});

test("the loader can reach only its own schemas", async (pipeline) => {
  const { sql } = pipeline;
  await sql`CREATE SCHEMA finance CREATE TABLE salary (id int)`;
  await sql`CREATE TABLE public.other (id int)`;
  await using loader = await testRole(sql, pipeline.warehouse, loaderRights);
  await run({ ...pipeline, warehouse: loader.url });
  await assertRefused(
    loader.url,
    "SELECT * FROM finance.salary",
    "INSERT INTO finance.salary VALUES (1)",
    "CREATE TABLE finance.mine (id int)",
    "DROP SCHEMA finance CASCADE",
    "SELECT * FROM public.other",
    "CREATE TABLE public.mine (id int)",
    "CREATE ROLE mine",
    "CREATE DATABASE mine",
    "SET session_replication_role = replica",
    "SET ROLE postgres",
    "COPY star.dim_staff TO '/tmp/mine'",
  );
  const [attributes] = await sql.unsafe(
    `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication,
    rolbypassrls FROM pg_roles WHERE oid = '${loader.name}'::regrole`,
  );
  assertEquals(Object.values(attributes), [false, false, false, false, false]);
});

/** Every right of a reader, the statement that revokes it, and what the error must name. */
const READER_WITHOUT: readonly [string, (role: string, database: string) => string, string][] = [
  [
    "CONNECT",
    (role, database) => `REVOKE CONNECT ON DATABASE ${database} FROM ${role}`,
    "database",
  ],
  ["USAGE", (role) => `REVOKE USAGE ON SCHEMA public FROM ${role}`, "no USAGE on its schema"],
  ["SELECT", (role) => `REVOKE SELECT ON payment FROM ${role}`, "GRANT SELECT ON"],
  ["a column", (role) =>
    `REVOKE SELECT ON payment FROM ${role};
    GRANT SELECT (payment_id, paid) ON payment TO ${role}`, "payment"],
];

test("a missing right of the reader is named, and the run continues once it is granted", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  for (const [right, revoke, names] of READER_WITHOUT) {
    await using reader = await testRole(
      sourceSql,
      pipeline.source,
      (role, database) => `${readerRights(role, database)} ${revoke(role, database)}`,
    );
    const restricted = { ...pipeline, source: reader.url };
    for (const work of [run, verify, extract]) {
      await using lake = await testLake();
      const options = work === extract ? { ...restricted, ...lake } : restricted;
      const message = await outcome(() => work(options));
      assertStringIncludes(message, names, right);
      assert(/permission denied|no USAGE|cannot (be )?read/.test(message), `${right}: ${message}`);
    }
    const before = await Array.fromAsync(pipeline.ingestion.list(""));
    await outcome(() => reconcile(restricted));
    assertEquals(await Array.fromAsync(pipeline.ingestion.list("")), before, "nothing was buried");
  }
  await insert(sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  assert((await verify(pipeline)).equal);
});

/** Returns what was reported, thrown or returned. */
async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work());
  } catch (error) {
    assert(error instanceof EtlError, String(error));
    assert(error.next, `${error.message}: says what to do`);
    return `${error.message} ${remedyText(error.next)}`;
  }
}

/** Every right of a loader, the statement that revokes it, and what the error must name. */
const LOADER_WITHOUT: readonly [string, (role: string, database: string) => string, string][] = [
  [
    "CONNECT",
    (role, database) => `REVOKE CONNECT ON DATABASE ${database} FROM ${role}`,
    "database",
  ],
  [
    "TEMPORARY",
    (role, database) => `REVOKE TEMPORARY ON DATABASE ${database} FROM ${role}`,
    "temporary",
  ],
  [
    "schema star",
    (role) => `ALTER SCHEMA star OWNER TO postgres; GRANT USAGE ON SCHEMA star TO ${role}`,
    "star",
  ],
  ["schema etl", () => "ALTER SCHEMA etl OWNER TO postgres", "etl"],
];

test("a missing right of the loader is named, and nothing is left half done", async (pipeline) => {
  const { sql } = pipeline;
  await extract(pipeline);
  for (const [right, revoke, names] of LOADER_WITHOUT) {
    await using loader = await testRole(
      sql,
      pipeline.warehouse,
      (role, database) => `${guestRights(role, database)} ${revoke(role, database)}`,
    );
    const message = await outcome(() => run({ ...pipeline, warehouse: loader.url }));
    assertStringIncludes(message, "permission denied", right);
    assertStringIncludes(message, names, right);
    const left = await sql`SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
      WHERE nspname IN ('star', 'etl')`;
    assertEquals(left.length, 0, right);
    await sql`DROP SCHEMA IF EXISTS star, etl CASCADE`;
  }
  await run(pipeline);
  assert((await verify(pipeline)).equal);
});
