import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type postgres from "postgres";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { testDatabase } from "../support/postgres.ts";

interface Context {
  readonly url: string;
  /** Connections of another client. */
  readonly sql: postgres.Sql;
  /** The connection under test. */
  readonly connection: Connection;
}

function test(name: string, body: (context: Context) => Promise<void>): void {
  Deno.test(name, async () => {
    await using database = await testDatabase();
    const { url, sql } = database;
    await using connection = connect(url);
    await body({ url, sql, connection });
  });
}

const ENDLESS =
  "COPY (SELECT repeat('x', 1000) FROM generate_series(1, 9999) a, generate_series(1, 9999) b) TO STDOUT";

async function* chunks(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text));
}

async function* yieldAll<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const copies: Uint8Array<ArrayBuffer>[] = [];
  for await (const chunk of bytes) copies.push(new Uint8Array(chunk));
  return await new Blob(copies).text();
}

async function pidOf(connection: Connection): Promise<number> {
  const [{ pid }] = await connection.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
  return pid;
}

/** Kills a backend and waits until it has ended. */
async function kill(sql: postgres.Sql, pid: number): Promise<void> {
  const [{ killed }] = await sql`SELECT pg_terminate_backend(${pid}, 10000) AS killed`;
  assert(killed);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!await condition());
}

/** Returns the product's connections to this database. */
async function backends(sql: postgres.Sql): Promise<{ pid: number; wait_event: string | null }[]> {
  return await sql`
    SELECT pid, wait_event FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'totesys-etl'`;
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  const error = await assertRejects(() => promise);
  return (error as { code?: string }).code;
}

test("query() passes values and returns rows", async ({ connection }) => {
  const rows = await connection.query("SELECT $1::int + 1 AS sum, $2::text AS text", [1, "a'b"]);
  assertEquals(Array.from(rows), [{ sum: 2, text: "a'b" }]);
  const nothing = await connection.query("SELECT WHERE false");
  assertEquals(nothing.length, 0);
});

test("query() rejects a wrong statement, and the next one runs", async ({ connection }) => {
  assertEquals(await codeOf(connection.query("SELECT nothing")), "42703");
  const [{ one }] = await connection.query("SELECT 1 AS one");
  assertEquals(one, 1);
});

test("connect() opens one session for everything", async ({ sql, connection }) => {
  const pid = await pidOf(connection);
  await connection.query("BEGIN");
  await connection.query("CREATE TABLE t (a int)");
  await connection.copyIn("COPY t FROM STDIN", chunks("1\n"));
  assertEquals(await textOf(connection.copyOut("COPY t TO STDOUT")), "1\n");
  await connection.query("COMMIT");
  assertEquals(await pidOf(connection), pid);
  assertEquals((await backends(sql)).map((backend) => backend.pid), [pid]);
});

test("close() ends the session", async ({ sql, connection }) => {
  await pidOf(connection);
  await connection.close();
  await until(async () => (await backends(sql)).length === 0);
  await assertRejects(() => connection.query("SELECT 1"));
  assertEquals((await backends(sql)).length, 0);
});

test("close() is quick on a connection that was never used", async ({ connection }) => {
  await connection.close();
  await connection.close();
});

test("copyOut() copies 20 times in a row on one connection", async ({ sql, connection }) => {
  await sql`CREATE TABLE t AS SELECT i, repeat('x', 500) FROM generate_series(1, 2000) AS i`;
  const pid = await pidOf(connection);
  const first = await textOf(connection.copyOut("COPY t TO STDOUT"));
  assertEquals(first.split("\n").length, 2001);
  for (let i = 1; i < 20; i++) {
    assertEquals(await textOf(connection.copyOut("COPY t TO STDOUT")) === first, true);
    if (i % 5 === 0) assertEquals(await pidOf(connection), pid);
  }
});

test("copyOut() yields nothing for no rows", async ({ connection }) => {
  for (let i = 0; i < 3; i++) {
    assertEquals(await textOf(connection.copyOut("COPY (SELECT 1 WHERE false) TO STDOUT")), "");
  }
});

test("copyOut() yields rows longer than a chunk between short ones", async ({ connection }) => {
  const statement = `COPY (SELECT repeat(chr(64 + i), CASE WHEN i % 2 = 0 THEN 1000000 ELSE 1 END)
    FROM generate_series(1, 6) AS i) TO STDOUT`;
  const lines = (await textOf(connection.copyOut(statement))).split("\n");
  assertEquals(lines.map((line) => line.length), [1, 1e6, 1, 1e6, 1, 1e6, 0]);
  assertEquals(lines.map((line) => [...new Set(line)].join("")).join(""), "ABCDEF");
});

test("copyOut() reads 200 MB without new memory for what arrives", async ({ connection }) => {
  const rows = "SELECT repeat('x', 20000) FROM generate_series(1, 10000)";
  const before = Deno.memoryUsage().external;
  let most = 0;
  for await (const _ of connection.copyOut(`COPY (${rows}) TO STDOUT`)) {
    most = Math.max(most, Deno.memoryUsage().external - before);
  }
  assert(most < 20 * 2 ** 20, `${most} bytes outside of the heap`);
});

test("copyOut() waits for a slow reader and still loses nothing", async ({ connection }) => {
  const statement =
    "COPY (SELECT i, repeat('x', 90) FROM generate_series(1, 100000) AS i) TO STDOUT";
  let lines = 0;
  let reads = 0;
  for await (const chunk of connection.copyOut(statement)) {
    if (++reads % 16 === 0) await new Promise((resolve) => setTimeout(resolve));
    for (const byte of chunk) if (byte === 10) lines++;
  }
  assertEquals(lines, 100_000);
  assertEquals((await connection.query("SELECT 1 AS one")).length, 1);
});

test("copyOut() and copyIn() copy a row of 50 MB", async ({ sql, connection }) => {
  await sql`CREATE TABLE t (a int, b text)`;
  await sql`INSERT INTO t VALUES (1, 'a'), (2, repeat('x', 50000000)), (3, 'c')`;
  await connection.query("CREATE TEMPORARY TABLE copied (LIKE t)");
  const chunks = await Array.fromAsync(connection.copyOut("COPY t TO STDOUT"), (it) => it.slice());
  assertEquals(chunks.map(({ length }) => length), [4, 50_000_003, 4]);
  await connection.copyIn("COPY copied FROM STDIN", yieldAll(chunks));
  const [{ same }] = await connection.query(
    "SELECT count(*)::int AS same FROM t JOIN copied USING (a) WHERE t.b = copied.b",
  );
  assertEquals(same, 3);
});

test("copyOut() throws an error that comes before the first row", async ({ connection }) => {
  const code = await codeOf(textOf(connection.copyOut("COPY (SELECT 1/0) TO STDOUT")));
  assertEquals(code, "22012");
});

test("copyOut() throws the error of its statement", async ({ connection }) => {
  assertEquals(await codeOf(textOf(connection.copyOut("COPY nothing TO STDOUT"))), "42P01");
});

for (const rows of [1, 50_000]) {
  test(`copyOut() throws an error that comes after ${rows} rows`, async ({ connection }) => {
    const statement =
      `COPY (SELECT 1/(${rows} + 1 - i) FROM generate_series(1, 60000) AS i) TO STDOUT`;
    assertEquals(await codeOf(textOf(connection.copyOut(statement))), "22012");
  });
}

test("copyOut() throws when its backend is killed", async ({ sql, connection }) => {
  const pid = await pidOf(connection);
  const stream = connection.copyOut(ENDLESS)[Symbol.asyncIterator]();
  assertEquals((await stream.next()).done, false);
  await kill(sql, pid);
  await assertRejects(async () => {
    while (!(await stream.next()).done);
  });
  await assertRejects(() => connection.query("SELECT 1"));
  assertEquals((await backends(sql)).length, 0);
});

test("copyOut() left early lets the connection close at once", async ({ sql, connection }) => {
  for await (const chunk of connection.copyOut(ENDLESS)) {
    assertNotEquals(chunk.length, 0);
    break;
  }
  await assertRejects(() => connection.query("SELECT 1"), Error, "abandoned before its end");
  const started = performance.now();
  await connection.close();
  // Well under the five seconds that a regular close can take.
  assert(performance.now() - started < 2_000);
  await until(async () => (await backends(sql)).length === 0);
});

test("copyOut() never iterated does not keep the connection from closing", async ({ connection }) => {
  connection.copyOut(ENDLESS);
  await connection.close();
});

test("copyIn() copies the chunks it receives", async ({ sql, connection }) => {
  await connection.query("CREATE TABLE t (a int, b text)");
  await connection.copyIn("COPY t FROM STDIN", chunks("1\to", "ne\n2", "\t\\N\n", "", "3\t\n"));
  const rows = await sql`SELECT * FROM t ORDER BY a`;
  assertEquals(Array.from(rows), [{ a: 1, b: "one" }, { a: 2, b: null }, { a: 3, b: "" }]);
});

test("copyIn() is done with a chunk's memory when it asks for the next chunk", async (context) => {
  const { sql, connection } = context;
  await sql`CREATE TABLE t (a text)`;
  const reused = async function* () {
    const memory = new Uint8Array(1e6);
    for (const letter of "abcdefghij") {
      memory.fill(letter.charCodeAt(0)).fill(10, -1);
      yield await Promise.resolve(memory);
    }
  };
  await connection.copyIn("COPY t FROM STDIN", reused());
  const [{ letters }] = await sql`SELECT string_agg(left(a, 1), '' ORDER BY a) AS letters FROM t
    WHERE a = repeat(left(a, 1), 999999)`;
  assertEquals(letters, "abcdefghij");
});

test("copyIn() accepts no chunks at all", async ({ connection }) => {
  await connection.query("CREATE TABLE t (a int)");
  for (let i = 0; i < 20; i++) await connection.copyIn("COPY t FROM STDIN", chunks());
  assertEquals((await connection.query("SELECT FROM t")).length, 0);
});

test("copyIn() copies 20 times in a row on one connection", async ({ connection }) => {
  await connection.query("CREATE TABLE t (a text)");
  const line = "x".repeat(99) + "\n";
  for (let i = 0; i < 20; i++) {
    await connection.copyIn("COPY t FROM STDIN", chunks(...Array(20).fill(line.repeat(100))));
  }
  const [{ rows }] = await connection.query("SELECT count(*)::int AS rows FROM t");
  assertEquals(rows, 40_000);
});

test("copyIn() throws when the last row breaks a constraint", async ({ sql, connection }) => {
  await sql`CREATE TABLE t (a int UNIQUE)`;
  const copied = connection.copyIn("COPY t FROM STDIN", chunks("1\n", "2\n", "1\n"));
  assertEquals(await codeOf(copied), "23505");
  assertEquals((await sql`SELECT FROM t`).length, 0);
});

test("copyIn() throws when a constraint is checked after the last row", async (context) => {
  const { sql, connection } = context;
  await sql`CREATE TABLE t (a int UNIQUE DEFERRABLE)`;
  const copied = connection.copyIn("COPY t FROM STDIN", chunks("1\n", "1\n"));
  assertEquals(await codeOf(copied), "23505");
  assertEquals((await sql`SELECT FROM t`).length, 0);
});

test("copyIn() throws when an early row is malformed and many follow", async (context) => {
  const { sql, connection } = context;
  await sql`CREATE TABLE t (a int)`;
  const rest = Array.from({ length: 200 }, () => "1\n".repeat(30_000));
  const copied = connection.copyIn("COPY t FROM STDIN", chunks("not a number\n", ...rest));
  assertEquals(await codeOf(copied), "22P02");
});

test("copyIn() throws the error of its statement", async ({ connection }) => {
  assertEquals(await codeOf(connection.copyIn("COPY nothing FROM STDIN", chunks("1\n"))), "42P01");
});

test("copyIn() throws the very error its chunks throw", async ({ sql, connection }) => {
  await sql`CREATE TABLE t (a int)`;
  const mine = new Error("mine");
  const failing = async function* () {
    yield* chunks("1\n");
    throw mine;
  };
  const error = await assertRejects(() => connection.copyIn("COPY t FROM STDIN", failing()));
  assert(error === mine);
  await connection.close();
  await until(async () => (await backends(sql)).length === 0);
  assertEquals((await sql`SELECT FROM t`).length, 0);
});

test("copyIn() throws the error of chunks that fail before the first", async (context) => {
  const { sql, connection } = context;
  await sql`CREATE TABLE t (a int)`;
  const mine = new Error("mine");
  // deno-lint-ignore require-yield -- it fails before it could
  const failing = async function* (): AsyncGenerator<Uint8Array> {
    throw await Promise.resolve(mine);
  };
  const error = await assertRejects(() => connection.copyIn("COPY t FROM STDIN", failing()));
  assert(error === mine);
});

test("copyIn() throws when its backend is killed while the chunks idle", async (context) => {
  const { sql, connection } = context;
  await sql`CREATE TABLE t (a int)`;
  const pid = await pidOf(connection);
  const more = Promise.withResolvers<void>();
  const idle = async function* () {
    yield* chunks("1\n");
    await more.promise;
  };
  const copied = connection.copyIn("COPY t FROM STDIN", idle());
  copied.catch(() => {}); // it can fail before it is awaited
  await until(async () => (await backends(sql)).some((it) => it.wait_event === "ClientRead"));
  await kill(sql, pid);
  await assertRejects(() => copied);
  more.resolve();
  await assertRejects(() => connection.query("SELECT 1"));
  await connection.close();
});

test("query() never continues a transaction on another connection", async (context) => {
  const { sql, connection } = context;
  await sql`CREATE TABLE t (a int)`;
  const pid = await pidOf(connection);
  await connection.query("BEGIN");
  await connection.query("INSERT INTO t VALUES (1)");
  await kill(sql, pid);
  // Whether or not this end has noticed by now.
  await assertRejects(() => connection.query("INSERT INTO t VALUES (2)"));
  await assertRejects(() => connection.query("INSERT INTO t VALUES (3)"));
  await assertRejects(() => connection.query("COMMIT"));
  await assertRejects(() => connection.copyIn("COPY t FROM STDIN", chunks("4\n")));
  await assertRejects(() => textOf(connection.copyOut("COPY t TO STDOUT")));
  assertEquals((await backends(sql)).length, 0);
  assertEquals((await sql`SELECT FROM t`).length, 0);
});

test("query() rejects all pending queries when the connection is lost", async (context) => {
  const { sql, connection } = context;
  await sql`CREATE TABLE t (a int)`;
  const pid = await pidOf(connection);
  await connection.query("BEGIN");
  const pending = [
    connection.query("SELECT pg_sleep(60)"),
    ...[1, 2, 3].map((a) => connection.query("INSERT INTO t VALUES ($1)", [a])),
    connection.query("COMMIT"),
  ];
  const settled = Promise.allSettled(pending);
  await until(async () => (await backends(sql)).some((it) => it.wait_event === "PgSleep"));
  await kill(sql, pid);
  assertEquals(new Set((await settled).map(({ status }) => status)), new Set(["rejected"]));
  await assertRejects(() => connection.query("SELECT 1"));
  assertEquals((await backends(sql)).length, 0);
  assertEquals((await sql`SELECT FROM t`).length, 0);
});

Deno.test("connect() rejects the first query when no server listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  await using connection = connect(`postgres://someone:s3cr3t@127.0.0.1:${port}/db`);
  const error = await assertRejects(() => connection.query("SELECT 1"));
  assertMatch(String(error), /ECONNREFUSED/);
  assertEquals(Deno.inspect(error, { depth: 9 }).includes("s3cr3t"), false);
  await assertRejects(() => connection.query("SELECT 1"));
});

Deno.test("connect() rejects the first query when the server closes the connection", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hangingUp = (async () => {
    for await (const client of listener) client.close();
  })();
  const { port } = listener.addr as Deno.NetAddr;
  await using connection = connect(`postgres://someone:s3cr3t@127.0.0.1:${port}/db`);
  await assertRejects(() => connection.query("SELECT 1"));
  listener.close();
  await hangingUp;
});

test("connect() names a database that does not exist", async ({ url }) => {
  const elsewhere = new URL(url);
  elsewhere.pathname = "/nowhere";
  await using connection = connect(elsewhere.href);
  const error = await assertRejects(() => connection.query("SELECT 1"));
  assertStringIncludes(String(error), "nowhere");
});
