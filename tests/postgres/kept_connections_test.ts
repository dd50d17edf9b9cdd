import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import type postgres from "postgres";
import { openDistance } from "../../dev/distance.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { acquireConnection, keepConnections } from "../../sdk/postgres/kept_connections.ts";
import { testDatabase } from "../support/postgres.ts";
import { withTimeout } from "../support/with_timeout.ts";

interface Context {
  readonly url: string;
  /** Connections of another client. */
  readonly sql: postgres.Sql;
}

function test(name: string, body: (context: Context) => Promise<void>): void {
  Deno.test(name, async () => {
    await using database = await testDatabase();
    const { url, sql } = database;
    await body({ url, sql });
  });
}

async function pidOf(connection: Connection): Promise<number> {
  const [{ pid }] = await connection.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return pid;
}

/** Acquires a connection, uses it and gives it back. Returns the process that served it. */
async function use(
  url: string,
  act = (_: Connection): Promise<unknown> => Promise.resolve(),
): Promise<number> {
  await using connection = acquireConnection(url);
  const pid = await pidOf(connection);
  await act(connection);
  return pid;
}

/** Returns the server processes of the product's connections to this database. */
async function backends(sql: postgres.Sql): Promise<number[]> {
  const rows = await sql`SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'totesys-etl'`;
  return rows.map(({ pid }) => pid);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}

test("acquireConnection() opens a connection for one use by default", async ({ url, sql }) => {
  assertNotEquals(await use(url), await use(url));
  await until(async () => (await backends(sql)).length === 0);
});

test("keepConnections() keeps a connection for the next use", async ({ url, sql }) => {
  await using distance = openDistance({ delay_ms: 5 });
  const far = await distance.to(url);
  await using _ = keepConnections();
  const pid = await use(far);
  distance.reset();
  for (let i = 0; i < 3; i++) assertEquals(await use(far), pid);
  assertEquals(distance.traffic().trips, 3);
  assertEquals(await backends(sql), [pid]);
});

test("keepConnections() closes the connections at the end of the outermost scope", async ({ url, sql }) => {
  {
    await using _ = keepConnections();
    {
      await using _ = keepConnections();
      await use(url);
    }
    assertEquals((await backends(sql)).length, 1);
  }
  await until(async () => (await backends(sql)).length === 0);
});

test("a connection that outlives the scope is closed after its use", async ({ url, sql }) => {
  const scope = keepConnections();
  {
    await using connection = acquireConnection(url);
    await pidOf(connection);
    await scope[Symbol.asyncDispose]();
    await pidOf(connection);
  }
  await until(async () => (await backends(sql)).length === 0);
});

test("acquireConnection() shares a connection only between uses with the same settings", async ({ url }) => {
  await using _ = keepConnections();
  const pid = await use(url);
  await using other = acquireConnection(url, { lock_timeout: "10s" });
  assertNotEquals(await pidOf(other), pid);
  await using same = acquireConnection(url);
  await using another = acquireConnection(url);
  assertEquals(await pidOf(same), pid);
  assertNotEquals(await pidOf(another), pid);
});

test("a connection keeps its session, which others do not share", async ({ url }) => {
  await using _ = keepConnections();
  const sessions: object[] = [];
  for (let i = 0; i < 2; i++) {
    await use(url, (connection) => Promise.resolve(sessions.push(connection.session)));
  }
  assert(sessions[0] === sessions[1]);
  await using connection = connect(url);
  assert(connection.session !== sessions[0]);
});

test("a connection in a transaction is not reused", async ({ url, sql }) => {
  await using _ = keepConnections();
  const open = await use(url, (connection) => connection.batch(["BEGIN", "SELECT 1"]));
  const failed = await use(
    url,
    (connection) => connection.batch(["BEGIN", "SELECT 1/0"]).catch(() => {}),
  );
  assertNotEquals(failed, open);
  const ended = await use(url, (connection) => connection.batch(["BEGIN", "COMMIT"]));
  assertNotEquals(ended, failed);
  assertEquals(await use(url), ended);
  await until(async () => (await backends(sql)).length === 1);
});

test("a connection is reused once the answers that nobody awaited have come", async ({ url }) => {
  await using _ = keepConnections();
  const pid = await use(url, async (connection) => {
    await connection.query("BEGIN");
    void connection.query("SELECT pg_sleep(0.05)");
    void connection.query("COMMIT");
  });
  assertNotEquals(await use(url), pid);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await using first = acquireConnection(url);
  await using second = acquireConnection(url);
  assert([await pidOf(first), await pidOf(second)].includes(pid));
});

test("a connection whose COPY was abandoned is not reused", async ({ url, sql }) => {
  await using _ = keepConnections();
  const pid = await use(url, async (connection) => {
    const rows = "COPY (SELECT repeat('x', 999) FROM generate_series(1, 99999)) TO STDOUT";
    for await (const _ of connection.copyOut(rows)) break;
  });
  assertNotEquals(await use(url), pid);
  await until(async () => !(await backends(sql)).includes(pid));
});

test("a connection that was lost while it was kept is replaced", async ({ url, sql }) => {
  await using _ = keepConnections();
  const pid = await use(url);
  await sql`SELECT pg_terminate_backend(${pid}, 10000)`;
  assertNotEquals(await use(url), pid);
});

test("a call that finds its kept connection lost is repeated on a new one", async ({ url, sql }) => {
  await using distance = openDistance({ delay_ms: 300 });
  const far = await distance.to(url);
  await using _ = keepConnections();
  const pid = await use(far);
  await sql`SELECT pg_terminate_backend(${pid}, 10000)`;
  // The news of it is still on its way.
  await using connection = acquireConnection(far);
  const { session } = connection;
  const results = await Promise.all([
    connection.batch(["BEGIN", "CREATE TABLE IF NOT EXISTS t (a int)"]),
    connection.batch(["INSERT INTO t VALUES (1)", "SELECT pg_backend_pid() AS pid"]),
    connection.query("COMMIT"),
  ]);
  assertNotEquals(results[1][1][0].pid, pid);
  assert(connection.session !== session);
  assertEquals((await sql`SELECT FROM t`).length, 1);
});

test("a call on a kept connection is not repeated after the first answer", async ({ url, sql }) => {
  await using _ = keepConnections();
  await use(url);
  await using connection = acquireConnection(url);
  const pid = await pidOf(connection);
  const lost = connection.query("SELECT pg_sleep(60)");
  const rejected = assertRejects(() => lost);
  await until(async () =>
    (await sql`SELECT FROM pg_stat_activity WHERE pid = ${pid} AND wait_event = 'PgSleep'`)
      .length > 0
  );
  await sql`SELECT pg_terminate_backend(${pid}, 10000)`;
  await rejected;
});

test("the error of a statement is thrown, not repeated", async ({ url }) => {
  await using _ = keepConnections();
  const pid = await use(url);
  await using connection = acquireConnection(url);
  await assertRejects(() => connection.query("SELECT nothing"), Error, "nothing");
  assertEquals(await pidOf(connection), pid);
});

test("a kept connection that gives no answer counts as lost", async ({ url }) => {
  await using connection = connect(url);
  await pidOf(connection);
  connection.wake(100);
  await withTimeout(5_000, assertRejects(() => connection.query("SELECT pg_sleep(60)")));
  await using patient = connect(url);
  await pidOf(patient);
  patient.wake(100);
  await patient.query("SELECT 1");
  await patient.query("SELECT pg_sleep(0.3)");
});

test("kept connections do not hold up the exit of the process", async ({ url }) => {
  const { output, ms } = await timed(() =>
    new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-lock", "tests/postgres/keep_and_exit.ts", url],
      stderr: "inherit",
    }).output()
  );
  assertEquals(new TextDecoder().decode(output.stdout), "done\n");
  assert(output.success);
  assert(ms < 10_000, `it took ${ms} ms`);
});

async function timed<T>(act: () => Promise<T>): Promise<{ output: T; ms: number }> {
  const started = performance.now();
  const output = await withTimeout(30_000, act());
  return { output, ms: performance.now() - started };
}
