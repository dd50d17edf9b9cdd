import { assert, assertEquals, assertRejects } from "@std/assert";
import type postgres from "postgres";
import { type Distance, openDistance } from "../../dev/distance.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { isInTransaction } from "../../sdk/postgres/statement.ts";
import { testDatabase } from "../support/postgres.ts";

interface Context {
  /** Connections of another client. */
  readonly sql: postgres.Sql;
  /** The connection under test, which is open. */
  readonly connection: Connection;
  /** Counts the round trips of the connection under test from here on. */
  readonly distance: Distance;
}

function test(name: string, body: (context: Context) => Promise<void>): void {
  Deno.test(name, async () => {
    await using database = await testDatabase();
    await using distance = openDistance({ delay_ms: 5 });
    await using connection = connect(await distance.to(database.url));
    await connection.query("CREATE TABLE t (a int UNIQUE, b text)");
    distance.reset();
    await body({ sql: database.sql, connection, distance });
  });
}

const insert = (a: number) => ({ text: "INSERT INTO t VALUES ($1, $2)", values: [a, `row ${a}`] });

async function keys(sql: postgres.Sql): Promise<number[]> {
  return (await sql`SELECT a FROM t ORDER BY a`).map(({ a }) => a);
}

async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  const error = await assertRejects(() => promise);
  return (error as { code?: string }).code;
}

test("query() takes one round trip, with or without parameters", async ({ connection, distance }) => {
  await connection.query("SELECT 1");
  await connection.query("SELECT $1::int", [1]);
  await connection.query("SELECT $1::int", [2]);
  assertEquals(distance.traffic().trips, 3);
});

test("query() passes every kind of value as a parameter", async ({ connection }) => {
  const values = [7, "8", 9n, true, null, 'a"\\', "2026-01-01 09:00:00.123456", '{"a":1}', 1e21];
  const [row] = await connection.query(
    `SELECT $1::int AS a, $2::bigint AS b, $3::numeric AS c, $4::boolean AS d, $5::int AS e,
  $6::text AS f, $7::timestamp AS g, $8::text::jsonb AS h, $9::float8::text AS i`,
    values,
  );
  const expected = [7, "8", "9", true, null, 'a"\\', "2026-01-01 09:00:00.123456", { a: 1 }];
  assertEquals(Object.values(row), [...expected, "1e+21"]);
});

test("query() infers the types of parameters from the statement", async ({ connection }) => {
  await connection.query("INSERT INTO t VALUES ($1, $2)", [1, "one"]);
  const rows = await connection.query("SELECT b FROM t WHERE a = $1 AND b LIKE $2", [1, "o%"]);
  assertEquals(Array.from(rows), [{ b: "one" }]);
  assertEquals(await codeOf(connection.query("SELECT $1::int", ["one"])), "22P02");
  assertEquals(await codeOf(connection.query("SELECT $1 + $2", [])), "42P02");
  assertEquals((await connection.query("SELECT $1::int", [1])).length, 1);
});

test("batch() returns the rows of each statement in order, in one round trip", async ({ connection, distance }) => {
  const results = await connection.batch([
    "BEGIN",
    "INSERT INTO t SELECT n, 'x' FROM generate_series(1, 3) n",
    { text: "SELECT a FROM t WHERE a > $1 ORDER BY a", values: [1] },
    "SELECT count(*)::int AS count FROM t",
    { text: "SELECT $1::text AS text", values: ["last"] },
    "COMMIT",
  ]);
  assertEquals(results.map((rows) => Array.from(rows)), [
    [],
    [],
    [{ a: 2 }, { a: 3 }],
    [{ count: 3 }],
    [{ text: "last" }],
    [],
  ]);
  assertEquals(distance.traffic().trips, 1);
});

test("batch() without statements sends nothing", async ({ connection, distance }) => {
  assertEquals(await connection.batch([]), []);
  assertEquals(distance.traffic().trips, 0);
});

test("batch() is a transaction of its own outside of one", async ({ connection, sql, distance }) => {
  const [, [{ a }]] = await connection.batch([insert(1), "SELECT a FROM t"]);
  assertEquals(a, 1);
  assertEquals(distance.traffic().trips, 1);
  assertEquals(await codeOf(connection.batch([insert(2), insert(1), insert(3)])), "23505");
  assertEquals(await keys(sql), [1]);
  await connection.query("INSERT INTO t VALUES (4)");
  assertEquals(await keys(sql), [1, 4]);
});

test("batch() stops at the first error within a transaction", async ({ connection, sql }) => {
  await connection.query("BEGIN");
  await connection.batch([insert(1)]);
  assertEquals(await codeOf(connection.batch([insert(2), insert(1), insert(3)])), "23505");
  // The cause, not that the transaction is aborted.
  assertEquals(await codeOf(connection.query("SELECT 1")), "23505");
  assertEquals(await keys(sql), []);
  await connection.batch(["ROLLBACK", insert(5)]);
  assertEquals(await keys(sql), [5]);
});

test("batch() can go back to a savepoint and stay in the transaction", async ({ connection, sql }) => {
  await connection.batch(["BEGIN", insert(1), "SAVEPOINT s"]);
  assertEquals(await codeOf(connection.batch([insert(1)])), "23505");
  await connection.batch(["ROLLBACK TO SAVEPOINT s", insert(2)]);
  assertEquals(await keys(sql), []);
  await connection.batch([insert(3), "COMMIT"]);
  assertEquals(await keys(sql), [1, 2, 3]);
});

test("batch() throws the server's error when the connection is lost in its middle", async ({ connection, sql }) => {
  const lost = connection.batch([
    insert(1),
    "SELECT pg_terminate_backend(pg_backend_pid())",
    insert(2),
  ]);
  const error = await assertRejects(() => lost);
  assert(["57P01", "CONNECTION_LOST"].includes((error as { code: string }).code), String(error));
  await assertRejects(() => connection.batch([insert(3)]));
  assertEquals(await keys(sql), []);
});

test("a failed statement fails those behind it in the transaction with the same error", async ({ connection }) => {
  await connection.query("BEGIN");
  const settled = await Promise.allSettled([
    connection.batch([insert(1), insert(1), insert(2)]),
    connection.query("SELECT 1"),
    connection.batch(["SELECT 2", "SELECT 3"]),
    connection.query("COMMIT"),
  ]);
  const codes = settled.map((result) => result.status === "rejected" && result.reason.code);
  assertEquals(codes, ["23505", "23505", "23505", false]);
});

test("queries that are started together travel in one round trip", async ({ connection, distance }) => {
  const results = await Promise.all(
    [1, 2, 3].map((n) => connection.query<{ n: number }>("SELECT $1::int AS n", [n])),
  );
  assertEquals(results.map(([{ n }]) => n), [1, 2, 3]);
  assertEquals(distance.traffic().trips, 1);
});

Deno.test("isInTransaction() follows the statements that begin and end transactions", () => {
  assertEquals(isInTransaction(false, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"), true);
  assertEquals(isInTransaction(false, "SELECT 1"), false);
  assertEquals(isInTransaction(true, "SELECT 1"), true);
  assertEquals(isInTransaction(true, "ROLLBACK TO SAVEPOINT s"), true);
  assertEquals(isInTransaction(true, "ROLLBACK"), false);
  assertEquals(isInTransaction(true, "COMMIT"), false);
});

async function* rows(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text));
}

test("statements that are not awaited run in order, a COPY among them", async ({ connection }) => {
  for (let time = 0; time < 20; time++) {
    const created = connection.query("CREATE TEMP TABLE staged (a int)");
    const { accepted } = await connection.sendCopy("COPY staged FROM STDIN", rows("1\n2\n"));
    const counted = connection.query("SELECT count(*)::int AS n FROM staged");
    const dropped = connection.query("DROP TABLE staged");
    await Promise.all([created, accepted, dropped]);
    assertEquals((await counted)[0].n, 2);
  }
});

test("several COPYs take one round trip more than their number", async ({ connection, distance, sql }) => {
  const sent = [];
  for (let place = 0; place < 4; place++) {
    sent.push(connection.query("INSERT INTO t VALUES ($1)", [place * 10]));
    const line = rows(`${place * 10 + 1}\tx\n`);
    sent.push((await connection.sendCopy("COPY t FROM STDIN", line)).accepted);
  }
  const [{ n }] = await connection.query("SELECT count(*)::int AS n FROM t");
  await Promise.all(sent);
  assertEquals(n, 8);
  assertEquals(distance.traffic().trips, 5);
  assertEquals(await keys(sql), [0, 1, 10, 11, 20, 21, 30, 31]);
});

const BAD_COPIES: Readonly<Record<string, { statement: string; lines: string[]; code: string }>> = {
  "statement": { statement: "COPY nothing FROM STDIN", lines: ["1\n"], code: "42P01" },
  "first row": { statement: "COPY t FROM STDIN", lines: ["x\n", "1\ta\n"], code: "22P02" },
  "last row": { statement: "COPY t FROM STDIN", lines: ["1\ta\n", "1\ta\n"], code: "23505" },
};

for (const [what, { statement, lines, code }] of Object.entries(BAD_COPIES)) {
  test(`a COPY that fails for its ${what} leaves the connection usable`, async ({ connection, sql }) => {
    for (let time = 0; time < 20; time++) {
      assertEquals(await codeOf(connection.copyIn(statement, rows(...lines))), code);
    }
    await connection.copyIn("COPY t FROM STDIN", rows("7\ta\n"));
    assertEquals(await keys(sql), [7]);
  });
}

test("a COPY whose chunks fail is undone, and leaves the connection usable", async ({ connection, sql }) => {
  async function* failing() {
    yield* rows("1\ta\n", "2\tb");
    throw new RangeError("no more rows");
  }
  for (let time = 0; time < 20; time++) {
    await assertRejects(() => connection.sendCopy("COPY t FROM STDIN", failing()), RangeError);
  }
  await connection.copyIn("COPY t FROM STDIN", rows("7\ta\n"));
  assertEquals(await keys(sql), [7]);
});
