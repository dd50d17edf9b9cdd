/**
 * The roles of terraform/sql/, created by a role with the rights of RDS's master user: it owns the
 * database and can create roles, but is not a superuser.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import postgres from "postgres";
import { makeRole, newPassword, type Role } from "../../deploy/roles.ts";
import { startPostgres } from "../../dev/postgres.ts";
import { payment, salesOrder } from "../../schemas/mod.ts";
import { sourceTables } from "../../schemas/source_tables.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { status } from "../../sdk/operate/status.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { test } from "../operate/pipelines.ts";
import { testDatabase } from "../support/postgres.ts";
import { insert } from "../support/source.ts";
import { hbaRules } from "../support/hba.ts";
import { assertRefused, attempt, makeRoles, ownerOf } from "./test_roles.ts";

test("the whole pipeline works under the roles of terraform/sql/", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  const { sourceSql } = pipeline;
  const limited = { ...pipeline, source: roles.source, warehouse: roles.warehouse };
  await run(limited);
  await insert(sourceSql, payment, { payment_id: 2 });
  await insert(sourceSql, salesOrder, { sales_order_id: 2 });
  await sourceSql`DELETE FROM payment WHERE payment_id = 1`;
  await run({ ...limited, reconcileEveryMs: 0 });
  assertEquals((await reconcile(limited)).outcome, "clean");
  assertEquals((await status(limited)).behind, 0);
  assert((await verify(limited)).equal);

  for (const table of ["dim_staff", "fact_payment", "fact_payment_versions"]) {
    const read = `SELECT 1 / count(*)::int FROM ${table}`;
    assertEquals(await attempt(roles.dashboard, read), "done", table);
  }
});

test("the source's reader reads only the model's tables", async (pipeline) => {
  const { sourceSql } = pipeline;
  await using roles = await makeRoles(pipeline);
  await sourceSql.unsafe(`CREATE TABLE diary (id int); CREATE SCHEMA private;
    CREATE TABLE private.diary (id int)`);
  for (const { name } of sourceTables) {
    assertEquals(await attempt(roles.source, `SELECT * FROM ${identifier(name)}`), "done");
  }
  await assertRefused(roles.source, [
    ...sourceTables.flatMap(({ name, key }) => [
      `INSERT INTO ${identifier(name)} DEFAULT VALUES`,
      `UPDATE ${identifier(name)} SET ${identifier(key)} = 2`,
      `DELETE FROM ${identifier(name)}`,
      `TRUNCATE ${identifier(name)} CASCADE`,
    ]),
    "SELECT * FROM diary",
    "SELECT * FROM private.diary",
    "CREATE TABLE mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    "SELECT pg_read_file('/etc/passwd')",
    "COPY department TO PROGRAM 'cat'",
  ]);
  const written = await attempt(roles.source, "CREATE TEMP TABLE mine AS SELECT 1");
  assertStringIncludes(written, "read-only transaction");
});

test("the reader loses its right to a table that leaves the model", async (pipeline) => {
  const { sourceSql } = pipeline;
  await using roles = await makeRoles(pipeline);
  await sourceSql.unsafe(`CREATE TABLE former (id int);
    GRANT SELECT ON former TO ${identifier(roles.names.reader)}`);
  assertEquals(await attempt(roles.source, "SELECT * FROM former"), "done");
  const reader: Role = { file: "source_reader", role: roles.names.reader };
  await makeRole(pipeline.source, reader, newPassword());
  await assertRefused(roles.source, ["SELECT * FROM former"]);
});

test("the loader owns its two schemas and can reach nothing else", async (pipeline) => {
  const { sql } = pipeline;
  await using roles = await makeRoles(pipeline);
  await sql.unsafe(`CREATE SCHEMA finance; CREATE TABLE finance.salary (id int);
    CREATE TABLE public.other (id int)`);
  await run({ ...pipeline, warehouse: roles.warehouse });
  const owners = await sql`SELECT DISTINCT nspname, pg_get_userbyid(relowner) AS owner FROM pg_class
    JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname IN ('star', 'etl') ORDER BY 1`;
  const { loader } = roles.names;
  assertEquals(owners.map((row) => [row.nspname, row.owner]), [["etl", loader], ["star", loader]]);
  await assertRefused(roles.warehouse, [
    "SELECT * FROM finance.salary",
    "SELECT * FROM public.other",
    "CREATE TABLE public.mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE ROLE mine",
    `GRANT SELECT ON public.other TO ${identifier(loader)}`,
    "COPY star.dim_staff TO PROGRAM 'cat'",
  ]);
  const [attributes] = await sql`SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication,
    rolbypassrls FROM pg_roles WHERE rolname = ${loader}`;
  assertEquals(Object.values(attributes), [false, false, false, false, false]);
});

test("the dashboard role reads the star, including later tables, and writes nothing", async (pipeline) => {
  await using roles = await makeRoles(pipeline);
  await run({ ...pipeline, warehouse: roles.warehouse });
  assertEquals(
    await attempt(roles.warehouse, "CREATE TABLE star.later AS SELECT 1 AS id"),
    "done",
  );
  assertEquals(await attempt(roles.dashboard, "SELECT * FROM later"), "done");
  await assertRefused(roles.dashboard, [
    "DELETE FROM fact_payment",
    "UPDATE dim_staff SET first_name = ''",
    "INSERT INTO later VALUES (2)",
    "TRUNCATE fact_payment_history",
    "CREATE TABLE star.mine (id int)",
    "CREATE SCHEMA mine",
    "CREATE TEMP TABLE mine (id int)",
  ]);
  const limits = await attempt(
    roles.dashboard,
    `DO $$ BEGIN ASSERT current_setting('statement_timeout') = '1min'
      AND current_setting('default_transaction_read_only') = 'on'; END $$`,
  );
  assertEquals(limits, "done");
});

test("no other role can connect to the warehouse, and its owner keeps no membership", async (pipeline) => {
  const { sql } = pipeline;
  await using roles = await makeRoles(pipeline);
  const username = `stranger_${crypto.randomUUID().slice(0, 8)}`;
  await sql.unsafe(`CREATE ROLE ${username} LOGIN`);
  try {
    const other = Object.assign(new URL(pipeline.warehouse), { username }).href;
    assertStringIncludes(await attempt(other, "SELECT 1"), "permission denied for database");
  } finally {
    await sql.unsafe(`DROP ROLE ${username}`);
  }
  await run({ ...pipeline, warehouse: roles.warehouse });
  const message = await attempt(roles.admin, "SELECT * FROM star.dim_staff");
  assertStringIncludes(message, "permission denied");
});

test("a role with other rights is refused", async (pipeline) => {
  const { sql, warehouse } = pipeline;
  const name = `busy_${crypto.randomUUID().slice(0, 8)}`;
  const loader: Role = { file: "warehouse_loader", role: name };
  const grants = ["SUPERUSER", "CREATEROLE", "CREATEDB", "REPLICATION", "BYPASSRLS"]
    .map((attribute) => `ALTER ROLE ${name} ${attribute}`);
  for (const grant of [...grants, `GRANT pg_read_all_data TO ${name}`]) {
    await sql.unsafe(`CREATE ROLE ${name}; ${grant}`);
    try {
      const refused = () => makeRole(warehouse, loader, newPassword());
      await assertRejects(refused, postgres.PostgresError, "other privileges", grant);
      const [{ rolcanlogin }] = await sql`SELECT rolcanlogin FROM pg_roles WHERE rolname = ${name}`;
      assertEquals(rolcanlogin, false);
    } finally {
      await sql.unsafe(`DROP ROLE ${name}`);
    }
  }
});

test("an admin cannot be turned into one of the roles", async (pipeline) => {
  const own: Role = { file: "warehouse_loader", role: "postgres" };
  const refused = () => makeRole(pipeline.warehouse, own, newPassword());
  await assertRejects(refused, postgres.PostgresError, "cannot revoke its own privileges");
});

Deno.test("a password is set, changed and required, and never sent in plain text", async () => {
  const dir = await Deno.makeTempDir({ dir: "/tmp" });
  await Deno.chmod(dir, 0o755);
  try {
    await using server = await startPostgres({ dir, durable: false });
    const database = await server.createDatabase("warehouse");
    const admin = postgres(database, { max: 1, onnotice: () => {} });
    await admin`ALTER SYSTEM SET log_statement = 'all'`;
    await admin`SELECT pg_reload_conf()`;
    const loader: Role = { file: "warehouse_loader", role: "loader" };
    const [before, after] = [newPassword(), newPassword()];
    await makeRole(database, loader, before);
    await hbaRules(admin, [
      "host all postgres 127.0.0.1/32 trust",
      "host all all 127.0.0.1/32 scram-sha-256",
    ]);
    const as = (password: string) =>
      Object.assign(new URL(database), { username: "loader", password }).href;
    await untilDone(() => attempt(as(before), "SELECT 1"));
    await makeRole(database, loader, after);
    assertEquals(await attempt(as(after), "CREATE TABLE star.mine (id int)"), "done");
    assertStringIncludes(await attempt(as(before), "SELECT 1"), "password authentication failed");
    await admin.end();
    const log = await Deno.readTextFile(`${dir}/postgres.log`);
    assertStringIncludes(log, "set_config");
    assert(!log.includes(before) && !log.includes(after), "the log holds a password");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("a password that Postgres would normalize is refused", async () => {
  await using database = await testDatabase();
  const loader: Role = { file: "warehouse_loader", role: "loader" };
  await assertRejects(() => makeRole(database.url, loader, "geheim-ü"), TypeError, "ASCII");
});

async function untilDone(act: () => Promise<string>): Promise<void> {
  const deadline = Date.now() + 5_000;
  for (let message = await act(); message !== "done"; message = await act()) {
    assert(Date.now() < deadline, message);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

test("an owner of the source without superuser rights removes the reader as docs/cloud.md says", async (pipeline) => {
  await using owner = await ownerOf(pipeline.sourceSql, pipeline.source);
  const reader = `my-reader_${crypto.randomUUID().split("-")[0]}`;
  await makeRole(owner.url, { file: "source_reader", role: reader }, newPassword());
  const text = await Deno.readTextFile(new URL("../../docs/cloud.md", import.meta.url));
  const [, statements] = /```sql\n([^]*?)```/.exec(text)!;
  const sql = postgres(owner.url, { max: 1, onnotice: () => {} });
  await sql.unsafe(statements.replaceAll("totesys_reader", reader)).finally(() => sql.end());
  const left = await pipeline.sourceSql`SELECT FROM pg_roles WHERE rolname = ${reader}`;
  assertEquals(left.length, 0);
});
