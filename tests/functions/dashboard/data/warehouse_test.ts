import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { startPostgres } from "../../../../dev/postgres.ts";
import {
  openWarehouse,
  type Warehouse,
  type WarehouseUrl,
} from "../../../../functions/dashboard/data/warehouse.ts";
import { WarehouseError } from "../../../../sdk/errors.ts";
import { keepConnections } from "../../../../sdk/postgres/kept_connections.ts";
import { hbaRules } from "../../../support/hba.ts";
import { testDatabase } from "../../../support/postgres.ts";
import postgres from "postgres";

const QUICK = { answer_ms: 300, turn_ms: 300, pause_ms: 500 };

/** A URL that never changes. */
function fixed(url: string): WarehouseUrl {
  return { get: () => Promise.resolve(url), renew: () => Promise.resolve(url) };
}

/** Returns the rows of a query. */
async function rows(warehouse: Warehouse, text: string, values?: unknown[]) {
  return [...await warehouse.query(text, values)];
}

/** A server that accepts connections and never says a word. */
function tarpit() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) open.push(connection);
  })();
  return {
    url: `postgres://dashboard:secret@127.0.0.1:${listener.addr.port}/warehouse`,
    open,
    [Symbol.asyncDispose]: async () => {
      listener.close();
      await accepting;
      for (const connection of open) connection.close();
    },
  };
}

Deno.test("the dashboard's warehouse can be read only, for ten seconds a statement", async () => {
  await using db = await testDatabase();
  await db.sql`CREATE TABLE one (n int)`;
  const warehouse = openWarehouse(fixed(db.url));
  for (const text of ["INSERT INTO one VALUES (1)", "DROP TABLE one", "TRUNCATE one"]) {
    await assertRejects(() => warehouse.query(text), WarehouseError, "read-only transaction");
  }
  assertEquals(await rows(warehouse, "SHOW statement_timeout"), [{ statement_timeout: "10s" }]);
  assertEquals(await rows(warehouse, "SHOW lock_timeout"), [{ lock_timeout: "2s" }]);
  const inSnapshot = warehouse.snapshot((query) => query("INSERT INTO one VALUES (1)"));
  await assertRejects(() => inSnapshot, WarehouseError, "read-only transaction");
  assertEquals(await rows(warehouse, "SELECT * FROM one"), []);
});

Deno.test("a value is a value, whatever it holds", async () => {
  await using db = await testDatabase();
  const warehouse = openWarehouse(fixed(db.url));
  for (const value of ["'; DROP TABLE x; --", "$1", "\\", "%s", "{1,2}", "a\u202eb"]) {
    assertEquals(await rows(warehouse, "SELECT $1::text AS v", [value]), [{ v: value }]);
  }
});

Deno.test("many queries share four connections, which are kept", async () => {
  await using db = await testDatabase();
  await using _kept = keepConnections();
  const warehouse = openWarehouse(fixed(db.url));
  const pids = new Set<unknown>();
  for (let round = 0; round < 2; round++) {
    const answers = await Promise.all(
      Array.from(
        { length: 20 },
        () => warehouse.query("SELECT pg_backend_pid() AS pid, pg_sleep(0.01)"),
      ),
    );
    for (const [{ pid }] of answers) pids.add(pid);
  }
  assertEquals(pids.size, 4);
});

Deno.test("a query that finds no turn in time says so, and the next one works", async () => {
  await using db = await testDatabase();
  const warehouse = openWarehouse(fixed(db.url), { ...QUICK, answer_ms: 5_000, turn_ms: 50 });
  const slow = Array.from({ length: 4 }, () => warehouse.query("SELECT pg_sleep(0.5)"));
  const error = await assertRejects(() => warehouse.query("SELECT 1"), WarehouseError);
  assertEquals([error.message, error.retryable], ["too many queries wait for the warehouse", true]);
  await Promise.all(slow);
  assertEquals(await rows(warehouse, "SELECT 1 AS n"), [{ n: 1 }]);
});

Deno.test("a rotated password is fetched again once it is refused", async () => {
  await using server = await startPostgres({ inMemory: true });
  const admin = postgres(server.url("postgres"), { max: 1, onnotice: () => {} });
  await using _admin = { [Symbol.asyncDispose]: () => admin.end() };
  await using _rules = await hbaRules(admin, ["host all dashboard 127.0.0.1/32 scram-sha-256"]);
  await admin`CREATE ROLE dashboard LOGIN PASSWORD 'first'`;
  const urlWith = (password: string) =>
    server.url("postgres").replace("postgres@", `dashboard:${password}@`);
  const state = { password: "first", renewed: 0 };
  const warehouse = openWarehouse({
    get: () => Promise.resolve(urlWith(state.password)),
    renew: () => {
      state.renewed++;
      return Promise.resolve(urlWith(state.password = "second"));
    },
  });
  const user = () => rows(warehouse, "SELECT current_user AS name");
  assertEquals(await user(), [{ name: "dashboard" }]);
  await admin`ALTER ROLE dashboard PASSWORD 'second'`;
  assertEquals(await user(), [{ name: "dashboard" }]);
  assertEquals(await user(), [{ name: "dashboard" }]);
  assertEquals(state.renewed, 1);
  await admin`ALTER ROLE dashboard PASSWORD 'third'`;
  const error = await assertRejects(user, WarehouseError, "password authentication failed");
  assertStringIncludes(error.message, "DASHBOARD_WAREHOUSE_URL");
  assert(!error.message.includes("second"), error.message);
});

Deno.test("a warehouse that accepts connections and does not answer is given up in time", async () => {
  await using server = tarpit();
  const warehouse = openWarehouse(fixed(server.url), QUICK);
  const started = performance.now();
  const error = await assertRejects(() => warehouse.query("SELECT 1"), WarehouseError);
  assertStringIncludes(error.message, "no answer within 0.3 s");
  assertEquals(error.retryable, true);
  assert(performance.now() - started < 2_000);
  assert(!error.message.includes("secret"));
});

Deno.test("a warehouse that is down is not asked again by every query of a page", async () => {
  await using server = tarpit();
  const warehouse = openWarehouse(fixed(server.url), QUICK);
  await assertRejects(() => warehouse.query("SELECT 1"), WarehouseError);
  const connections = server.open.length;
  const queries = [
    () => warehouse.query("SELECT 1"),
    () => warehouse.snapshot((q) => q("SELECT 1")),
  ];
  for (const ask of queries) await assertRejects(ask, WarehouseError, "no answer");
  assertEquals(server.open.length, connections);
  await new Promise((resolve) => setTimeout(resolve, QUICK.pause_ms));
  await assertRejects(() => warehouse.query("SELECT 1"), WarehouseError);
  assertEquals(server.open.length, connections + 1);
});

Deno.test("a query that hangs gives its turn back", async () => {
  await using db = await testDatabase();
  const warehouse = openWarehouse(fixed(db.url), { ...QUICK, answer_ms: 200, pause_ms: 0 });
  const hanging = Array.from({ length: 6 }, () => warehouse.query("SELECT pg_sleep(5)"));
  const results = await Promise.allSettled(hanging);
  assertEquals(results.map(({ status }) => status), Array(6).fill("rejected"));
  assertEquals(await rows(warehouse, "SELECT 1 AS n"), [{ n: 1 }]);
});

Deno.test("an error of a statement is no outage: the next query is asked", async () => {
  await using db = await testDatabase();
  const warehouse = openWarehouse(fixed(db.url), { ...QUICK, answer_ms: 5_000 });
  await assertRejects(() => warehouse.query("SELECT * FROM nothing"), WarehouseError, "nothing");
  assertEquals(await rows(warehouse, "SELECT 1 AS n"), [{ n: 1 }]);
});
