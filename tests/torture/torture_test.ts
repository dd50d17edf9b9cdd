import { assert, assertEquals, assertRejects } from "@std/assert";
import { fillFromSimulator } from "../../dev/simulator/fill.ts";
import type { Check } from "./check.ts";
import { check, syncWithoutFaults } from "./checks.ts";
import { type FaultCounts, Faults, type Plan, total } from "./faults.ts";
import { faultyPostgres } from "./faulty_postgres.ts";
import { faultyStore } from "./faulty_store.ts";
import { STORM } from "./plan.ts";
import { runStorm } from "./storm.ts";
import { openSandbox, type Sandbox } from "../../dev/sandbox.ts";
import { LakeError } from "../../sdk/errors.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { readObject, writeObject } from "../../sdk/lake/data_objects.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { ingestionCommits, keysOf, testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { slowTest } from "../support/slow.ts";
import { withTimeout } from "../support/with_timeout.ts";

const PATIENCE_MS = 10_000;
const ALWAYS = 1000;
const KEY = "staff/1.jsonl";
const BYTES = new TextEncoder().encode('{"staff_id":1}\n'.repeat(100));

Deno.test("Faults give the n-th occurrence of a step the same fault, whatever happens in between", () => {
  const outcomes = (faults: Faults, between: string[]) =>
    Array.from({ length: 200 }, () => {
      for (const step of between) faults.next(step);
      return faults.next("put")?.kind;
    });
  const alone = outcomes(new Faults(STORM, 1, 2, 3), []);
  assertEquals(outcomes(new Faults(STORM, 1, 2, 3), ["get", "commit"]), alone);
  assert(alone.some((kind) => kind !== undefined));
  assert(outcomes(new Faults(STORM, 1, 2, 4), []).join() !== alone.join());
});

Deno.test("Faults are counted when they happen, not when they are drawn", () => {
  const faults = new Faults({ put: { fails: ALWAYS } });
  faults.next("put");
  faults.next("put")!.record();
  assertEquals(faults.take(), { "put: fails": 1 });
  assertEquals(faults.take(), {});
});

Deno.test("faultyStore() fails a put before, during or after the write, with an error each time", async (t) => {
  const left = { "fails": [], "time out": [], "cut mid-stream": [], "lost acknowledgement": [KEY] };
  for (const [kind, keys] of Object.entries(left)) {
    await t.step(kind, async () => {
      await using lake = await testLake();
      const faults = new Faults({ put: { [kind]: ALWAYS } });
      const store = faultyStore(lake.ingestion, faults);
      await assertRejects(() => store.put(KEY, BYTES), LakeError);
      assertEquals(await keysOf(lake.ingestion), keys);
      assertEquals(faults.take(), { [`put: ${kind}`]: 1 });
    });
  }
});

Deno.test("faultyStore() damages reads in ways that readObject() detects", async (t) => {
  for (const kind of ["fails", "time out", "cut mid-stream", "ends early", "flipped byte"]) {
    await t.step(kind, async () => {
      await using lake = await testLake();
      const object = await writeObject(lake.ingestion, KEY, once(BYTES), () => 100);
      const faults = new Faults({ get: { [kind]: ALWAYS } });
      const store = faultyStore(lake.ingestion, faults);
      await assertRejects(() => Array.fromAsync(readObject(store, object!)), LakeError);
      assertEquals(faults.take(), { [`get: ${kind}`]: 1 });
    });
  }
});

Deno.test("faultyStore() treats the commit log and data objects differently, and ranges too", async () => {
  await using lake = await testLake();
  const faults = new Faults({
    "commit": { "stall": ALWAYS },
    "read commit": { "stall": ALWAYS },
    "get part": { "fails": ALWAYS },
    "list": { "cut midway": ALWAYS },
  });
  const store = faultyStore(lake.ingestion, faults);
  const commit = "_log/000000000001.json";
  assertEquals(await store.put(commit, BYTES), true);
  assertEquals(await Array.fromAsync(store.get(commit)), [BYTES]);
  assertEquals(await store.put(KEY, BYTES), true);
  await assertRejects(() => Array.fromAsync(store.get(KEY, { start: 0, end: 1 })), LakeError);
  await assertRejects(() => keysOf(store), LakeError);
  assertEquals(Object.keys(faults.take()), [
    "commit: stall",
    "read commit: stall",
    "get part: fails",
    "list: cut midway",
  ]);
});

Deno.test("faultyPostgres() forwards everything when no fault is planned", async () => {
  const { faults, rows } = await through({}, async (connection) => {
    const [row] = await connection.query("SELECT $1::int AS n", [7]);
    assertEquals(row, { n: 7 });
    await connection.copyIn("COPY sale FROM STDIN", once(numbers(5000)));
    const copied = await Array.fromAsync(connection.copyOut("COPY sale TO STDOUT"));
    assertEquals(copied.reduce((sum, { length }) => sum + length, 0), numbers(5000).length);
  });
  assertEquals([faults, rows], [{}, 5000]);
});

Deno.test("faultyPostgres() cuts a COMMIT before it reaches the server, or loses its acknowledgement", async (t) => {
  for (const [kind, rows] of [["cut before", 0], ["lost acknowledgement", 1]] as const) {
    await t.step(kind, async () => {
      const counted = await through({ COMMIT: { [kind]: ALWAYS } }, async (connection) => {
        await connection.query("BEGIN");
        await connection.query("INSERT INTO sale VALUES ($1)", [1]);
        await assertRejects(() => connection.query("COMMIT"), Error);
      });
      assertEquals(counted, { faults: { [`warehouse COMMIT: ${kind}`]: 1 }, rows });
    });
  }
});

Deno.test("faultyPostgres() cuts a COPY in the middle of a row, in both directions", async () => {
  const cut = { "cut mid-stream": ALWAYS };
  const { faults, rows } = await through({ "copy in": cut }, async (connection) => {
    await assertRejects(
      () => connection.copyIn("COPY sale FROM STDIN", once(numbers(5000))),
      Error,
    );
  });
  assertEquals([faults, rows], [{ "warehouse copy in: cut mid-stream": 1 }, 0]);
  await through({ "copy out": cut }, async (connection) => {
    await connection.query("INSERT INTO sale SELECT generate_series(1, 5000)");
    const copied = Array.fromAsync(connection.copyOut("COPY sale TO STDOUT"));
    await assertRejects(() => copied, Error);
  });
});

Deno.test("faultyPostgres() has statements cancelled and backends terminated", async () => {
  const counted = await through({ query: { cancelled: ALWAYS } }, async (connection) => {
    await assertRejects(() => connection.query("SELECT pg_sleep(9)"), Error, "canceling statement");
  });
  assertEquals(counted.faults, { "warehouse query: cancelled": 1 });
  await through({ query: { terminated: ALWAYS } }, async (connection) => {
    await assertRejects(() => connection.query("SELECT pg_sleep($1)", [9]), Error);
  });
});

Deno.test("faultyPostgres() ends every client's wait for a lost login, answer or merge", async () => {
  for (const kind of ["refused", "cut during login", "time out"]) {
    await through({ connect: { [kind]: ALWAYS } }, async (connection) => {
      await assertRejects(() => connection.query("SELECT 1"), Error);
    });
  }
  const insert = "INSERT INTO sale VALUES ($1) ON CONFLICT DO NOTHING";
  for (const kind of ["lost answer", "time out"]) {
    const { faults, rows } = await through({ merge: { [kind]: ALWAYS } }, async (connection) => {
      await assertRejects(() => connection.query(insert, [1]), Error);
    });
    assertEquals([faults, rows], [{ [`warehouse merge: ${kind}`]: 1 }, 1]);
  }
});

Deno.test("a sandbox's Postgres restarts after kill -9 with its data, on its port", async () => {
  await using stack = new AsyncDisposableStack();
  const sandbox = await killableSandbox(stack);
  const { SOURCE_URL, WAREHOUSE_URL } = sandbox.environment;
  await using before = connect(SOURCE_URL);
  await before.query("CREATE TABLE kept AS SELECT 1 AS n");
  const sleeping = before.query("SELECT pg_sleep(60)");
  const lost = assertRejects(() => sleeping, Error);
  await sandbox.postgres.killHard();
  await withTimeout(PATIENCE_MS, lost);
  await sandbox.restartPostgres();
  await using after = connect(SOURCE_URL);
  assertEquals((await after.query("SELECT n FROM kept")).length, 1);
  await using other = connect(WAREHOUSE_URL);
  await other.query("SELECT 1");
});

slowTest(
  "source, replayed lake and warehouse agree after a storm, and tampering is found",
  async () => {
    await using stack = new AsyncDisposableStack();
    const sandbox = await killableSandbox(stack);
    await fillFromSimulator(sandbox.environment.SOURCE_URL, { rows: 200, seed: 42 });

    const storm = await runStorm(sandbox, { seed: 42, faults: 70 }, stack);
    assertEquals(storm.findings, []);
    assert(total(storm.faults) >= 70 && storm.succeeded > 0);
    assert(storm.faults["process: kill -9"] > 0 && storm.faults["Postgres: kill -9"] > 0);
    await syncWithoutFaults(sandbox);
    const healthy = await check(sandbox);
    assertEquals(healthy.flatMap(({ differences }) => differences), []);
    assert(healthy.every(({ what, compared }) => compared > 0 || what.startsWith("connections")));

    const { INGESTION_URL, WAREHOUSE_URL } = sandbox.environment;
    await using warehouse = connect(WAREHOUSE_URL);
    await warehouse.query("UPDATE fact_payment SET payment_amount = payment_amount + 1");
    await warehouse.query(`INSERT INTO fact_sales_order_history
SELECT f.*, valid_from + interval '1 hour' FROM fact_sales_order f LIMIT 1`);
    await warehouse.query(
      `INSERT INTO etl.reconciliation (ingestion_sequence, tables, finished, deleted, missed) VALUES (1, '[]', true, '{}', '{"a": 1}')`,
    );
    await warehouse.query(
      "UPDATE etl.row_count SET rows = rows + 1 WHERE table_name = 'dim_design'",
    );
    // One that a commit names: a killed run leaves objects behind that nobody reads.
    const [{ tables }] = await ingestionCommits(openStore(INGESTION_URL));
    await Deno.truncate(`${sandbox.lake}/ingestion/${Object.values(tables)[0].key}`, 1);
    const [{ payments }] = await warehouse.query<{ payments: number }>(
      "SELECT count(*)::int AS payments FROM fact_payment",
    );
    assertEquals(countsOf(await check(sandbox)), {
      "connections that stayed open": 1,
      "rows of the source, in the warehouse": payments,
      "rows of the replayed lake, in the warehouse": 2 * payments + 1,
      "versions in fact_sales_order": 3,
      "versions in fact_purchase_orders": 0,
      "versions in fact_payment": 0,
      "counts of rows, kept by the loads": 1,
      "reconciliations, for rows that deltas missed": 1,
      "objects of the ingestion zone": 1,
      "objects of the processed zone": 0,
    });
  },
);

/** Opens a sandbox whose Postgres can be killed: its data is in a folder that outlives it. */
async function killableSandbox(stack: AsyncDisposableStack): Promise<Sandbox> {
  const dir = await Deno.makeTempDir({ dir: "/tmp", prefix: "totesys-postgres-" });
  stack.defer(() => Deno.remove(dir, { recursive: true }));
  return stack.use(await openSandbox({ dir, durable: false }));
}

function countsOf(checks: readonly Check[]): Record<string, number> {
  return Object.fromEntries(checks.map(({ what, differences }) => [what, differences.length]));
}

/**
 * Runs a client through a faulty Postgres. Returns the faults that happened and the number of rows
 * in `sale` afterwards. A client that is left waiting fails the test.
 */
async function through(
  plan: Plan,
  work: (connection: Connection) => Promise<void>,
): Promise<{ readonly faults: FaultCounts; readonly rows: number }> {
  await using database = await testDatabase();
  await database.sql`CREATE TABLE sale (sales_order_id int PRIMARY KEY)`;
  const faults = new Faults(plan);
  await using postgres = faultyPostgres(database.url, "warehouse", faults);
  await using connection = connect(postgres.url);
  await withTimeout(PATIENCE_MS, work(connection));
  const [{ rows }] = await database.sql`SELECT count(*)::int AS rows FROM sale`;
  return { faults: faults.take(), rows };
}

/** Yields the numbers from 1 in COPY format. */
function numbers(count: number): Uint8Array {
  const lines = Array.from({ length: count }, (_, place) => `${place + 1}\n`);
  return new TextEncoder().encode(lines.join(""));
}

async function* once<T>(item: T): AsyncGenerator<T> {
  yield item;
}
