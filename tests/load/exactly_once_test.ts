import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { toDimDate } from "../../sdk/transform/dim_date.ts";
import { load } from "../../sdk/load/load.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import {
  anotherWarehouse,
  contents,
  currency,
  type Loading,
  put,
  sale,
  sales,
  staffMember,
  star,
  test,
} from "./star.ts";

/** Commits that touch everything a merge can do: new rows, changes, repeats, changes of dimensions. */
async function fillLake(store: ObjectStore): Promise<void> {
  await put(store, star(sales(50)));
  await put(store, {
    dim_currency: [currency(2, "Euro")],
    fact_sales_order: [sale(1, { units_sold: 11 }), sale(2, { currency_id: 2 }), sale(51)],
  });
  await put(store, { dim_staff: [staffMember(1, "Purchasing")] });
  await put(store, {
    dim_date: [toDimDate("2023-01-01")],
    fact_sales_order: [sale(1), sale(2), sale(3), sale(52, { agreed_payment_date: "2023-01-01" })],
  });
  await put(store, {});
  await put(store, { fact_sales_order: sales(50, { unit_price: "4.00" }) });
}

/** What a warehouse must hold after the whole lake was loaded, undisturbed. */
async function undisturbed({ processed }: Loading): Promise<unknown> {
  let expected: unknown;
  await anotherWarehouse(async (warehouse, sql) => {
    await load({ processed, warehouse });
    expected = await contents(sql);
  });
  return expected;
}

test("load() twice equals load once", async (loading) => {
  await fillLake(loading.processed);
  const { commits } = await load(loading);
  assertEquals(commits.length, 6);
  const once = await contents(loading.sql);
  assertEquals(await load(loading), { commits: [], sequence: 6 });
  assertEquals(await contents(loading.sql), once);
});

test("loading one lake into two warehouses makes them identical, ids and history included", async (loading) => {
  await fillLake(loading.processed);
  await load(loading);
  assertEquals(await contents(loading.sql), await undisturbed(loading));
});

test("loading commits one by one equals loading all at once", async (loading) => {
  const stepwise = async (processed: ObjectStore, warehouse: string) => {
    // A log that ends earlier is what a loader sees that runs earlier.
    for (let until = 1; until <= 6; until++) {
      const { sequence } = await load({ processed: upTo(processed, until), warehouse });
      assertEquals(sequence, until);
    }
  };
  await fillLake(loading.processed);
  await stepwise(loading.processed, loading.warehouse);
  assertEquals(await contents(loading.sql), await undisturbed(loading));
});

/** The store as it was when its log ended with this commit. */
function upTo(store: ObjectStore, sequence: number): ObjectStore {
  const last = `_log/${String(sequence).padStart(12, "0")}.json`;
  return {
    url: store.url,
    put: (key, body) => store.put(key, body),
    get: (key, range) => store.get(key, range),
    list: async function* (prefix, after) {
      for await (const key of store.list(prefix, after)) {
        if (!key.startsWith("_log/") || key <= last) yield key;
      }
    },
  };
}

test("loaders at once equal one loader", async (loading) => {
  await fillLake(loading.processed);
  const runs = await Promise.all([load(loading), load(loading), load(loading)]);
  const sequences = runs.flatMap(({ commits }) => commits.map(({ sequence }) => sequence));
  assertEquals(sequences.sort(), [1, 2, 3, 4, 5, 6]);
  for (const { sequence } of runs) assertEquals(sequence, 6);
  assertEquals(await contents(loading.sql), await undisturbed(loading));
});

test("loaders in processes of their own equal one loader", async (loading) => {
  await fillLake(loading.processed);
  const codes = await Promise.all([1, 2].map(async () => {
    const { code, stderr } = await loader(loading).output();
    return code === 0 ? 0 : new TextDecoder().decode(stderr);
  }));
  assertEquals(codes, [0, 0]);
  assertEquals(await contents(loading.sql), await undisturbed(loading));
});

const CLI = fileURLToPath(new URL("../../functions/etl.ts", import.meta.url));
const LAUNCHER = fileURLToPath(new URL("../../dev/with_std.ts", import.meta.url));

/** The command line's `load`, without its launcher: killed with SIGKILL, that would leave it alive. */
function loader({ processed, warehouse }: Loading): Deno.Command {
  const flags = [`--processed-url=${processed.url}`, `--warehouse-url=${warehouse}`];
  const args = Deno.env.get("TOTESYS_STD") === "jsr"
    ? ["run", "-A", CLI]
    : ["run", "-A", LAUNCHER, "run", "-A", CLI];
  return new Deno.Command(Deno.execPath(), {
    args: [...args, "load", ...flags],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  });
}

// The server forgets a killed loader at any statement; ending its backend is the same from there.
test("a loader whose backend is ended anywhere leaves what a later load completes", async (loading) => {
  const { processed, warehouse, sql } = loading;
  await fillLake(processed);
  let interrupted = 0;
  // Each attempt is ended a little later than the one before, until one comes through.
  for (let wait_ms = 5;; wait_ms = wait_ms * 1.2 + 2) {
    const attempt = load({ processed, warehouse }).then(() => "done", () => "interrupted");
    await endBackend(sql, wait_ms, attempt);
    if (await attempt === "done") break;
    interrupted++;
    await assertWhole(sql);
  }
  assert(interrupted >= 3, `${interrupted} attempts were interrupted`);
  assertEquals(await contents(sql), await undisturbed(loading));
});

/** Ends the loader's backend some time after it has begun, or not at all when the load is faster. */
async function endBackend(
  sql: Loading["sql"],
  wait_ms: number,
  attempt: Promise<unknown>,
): Promise<void> {
  let done = false;
  attempt.finally(() => done = true);
  while (!done) {
    // The server itself waits, so that the clock starts when there is a backend to end.
    const [row] = await sql`
      SELECT pid, pg_sleep(${wait_ms / 1000})::text FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'totesys-etl'`;
    if (!row) continue;
    await sql`SELECT pg_terminate_backend(${row.pid})`;
    return;
  }
}

/** Asserts that a warehouse holds whole commits only. */
async function assertWhole(sql: Loading["sql"]): Promise<void> {
  const [{ exists }] = await sql`SELECT to_regclass('etl.applied_commit') IS NOT NULL AS exists`;
  const [{ tables }] = await sql`
    SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname IN ('public', 'etl')`;
  assertEquals(tables, exists ? 15 : 0);
  if (!exists) return;
  const [{ applied }] = await sql`SELECT max(sequence)::int AS applied FROM etl.applied_commit`;
  const [{ versions }] = await sql`
    SELECT count(*)::int AS versions FROM fact_sales_order_versions`;
  assertEquals(versions, [0, 50, 53, 53, 56, 56, 106][applied]);
}

test("a loader killed with SIGKILL anywhere leaves what a later load completes", async (loading) => {
  const { sql } = loading;
  await fillLake(loading.processed);
  const started = performance.now();
  // How long an undisturbed process takes, to spread the kills over it.
  await anotherWarehouse(async (warehouse) => {
    const { code } = await loader({ ...loading, warehouse }).output();
    assertEquals(code, 0);
  });
  const whole_ms = performance.now() - started;
  for (const part of [0.5, 0.65, 0.75, 0.85, 0.95]) {
    await using child = loader(loading).spawn();
    const timer = setTimeout(() => killFamily(child.pid), whole_ms * part);
    await Promise.all([child.status, new Response(child.stderr).text()]);
    clearTimeout(timer);
    await backendsGone(sql);
    await assertWhole(sql);
  }
  await load(loading);
  assertEquals(await contents(sql), await undisturbed(loading));
});

/** Kills a process and those it started: the launcher's child would go on without it. */
function killFamily(pid: number): void {
  for (const child of childrenOf(pid)) killFamily(child);
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // It has just ended by itself.
  }
}

function childrenOf(pid: number): number[] {
  const { stdout } = new Deno.Command("ps", { args: ["-A", "-o", "pid=,ppid="] }).outputSync();
  return new TextDecoder().decode(stdout).trim().split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid).map(([child]) => child);
}

/** Waits until the server has noticed that the loader is gone. */
async function backendsGone(sql: Loading["sql"]): Promise<void> {
  while (true) {
    const [{ n }] = await sql`
      SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'totesys-etl'`;
    if (n === 0) return;
  }
}
