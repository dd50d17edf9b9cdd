import { assert, assertEquals } from "@std/assert";
import { totesys } from "../../schemas/mod.ts";
import { calendarRow } from "../support/models.ts";
import { load } from "../../sdk/load/load.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { etlCommand, killHard } from "../functions/cli/cli.ts";
import { upTo } from "../operate/histories.ts";
import { backendAfter } from "./backends.ts";
import {
  anotherWarehouse,
  assertKeys,
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

/**
 * Writes commits that use everything a merge can do: new rows, changes, repeats, changed
 * dimensions. The first rows of the sales arrive in three parts.
 */
async function fillLake(store: ObjectStore): Promise<void> {
  const part = { incomplete: ["fact_sales_order"] };
  await put(store, star(sales(50)), totesys, part);
  const second = {
    dim_currency: [currency(2, "Euro")],
    fact_sales_order: [sale(1, { units_sold: 11 }), sale(2, { currency_id: 2 }), sale(51)],
  };
  await put(store, second, totesys, part);
  await put(store, { dim_staff: [staffMember(1, "Purchasing")] });
  await put(store, {
    dim_date: [calendarRow("2023-01-01")],
    fact_sales_order: [sale(1), sale(2), sale(3), sale(52, { agreed_payment_date: "2023-01-01" })],
  });
  await put(store, {});
  await put(store, { fact_sales_order: sales(50, { unit_price: "4.00" }) });
}

/** Returns the contents of a warehouse that loaded the full lake without interruption. */
async function loadUndisturbed({ processed }: Loading): Promise<unknown> {
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
  const again = await load(loading);
  assertEquals([again.commits, again.sequence], [[], 6]);
  assertEquals(await contents(loading.sql), once);
});

test("loading one lake into two warehouses makes them identical, ids and history included", async (loading) => {
  await fillLake(loading.processed);
  await load(loading);
  assertEquals(await contents(loading.sql), await loadUndisturbed(loading));
});

test("loading commits one by one equals loading all at once", async (loading) => {
  const stepwise = async (processed: ObjectStore, warehouse: string) => {
    // A loader that runs earlier sees a shorter log.
    for (let until = 1; until <= 6; until++) {
      const { sequence } = await load({ processed: upTo(processed, until), warehouse });
      assertEquals(sequence, until);
    }
  };
  await fillLake(loading.processed);
  await stepwise(loading.processed, loading.warehouse);
  assertEquals(await contents(loading.sql), await loadUndisturbed(loading));
});

test("concurrent loaders equal one loader", async (loading) => {
  await fillLake(loading.processed);
  const runs = await Promise.all([load(loading), load(loading), load(loading)]);
  const sequences = runs.flatMap(({ commits }) => commits.map(({ sequence }) => sequence));
  assertEquals(sequences.sort(), [1, 2, 3, 4, 5, 6]);
  for (const { sequence } of runs) assertEquals(sequence, 6);
  assertEquals(await contents(loading.sql), await loadUndisturbed(loading));
});

test("loaders in separate processes equal one loader", async (loading) => {
  await fillLake(loading.processed);
  const codes = await Promise.all([1, 2].map(async () => {
    const { code, stderr } = await loader(loading).output();
    return code === 0 ? 0 : new TextDecoder().decode(stderr);
  }));
  assertEquals(codes, [0, 0]);
  assertEquals(await contents(loading.sql), await loadUndisturbed(loading));
});

/** Returns the command line's `load`. */
function loader({ processed, warehouse }: Loading): Deno.Command {
  return etlCommand(["load"], { PROCESSED_URL: processed.url, WAREHOUSE_URL: warehouse });
}

test("a later load completes one whose backend was terminated anywhere", async (loading) => {
  const { sql } = loading;
  await fillLake(loading.processed);
  let interrupted = 0;
  // Each attempt is interrupted later than the one before, until one succeeds.
  for (let wait_ms = 5;; wait_ms = wait_ms * 1.2 + 2) {
    const attempt = load(loading).then(() => "done", () => "interrupted");
    const pid = await backendAfter(sql, wait_ms, attempt);
    if (pid !== undefined) await sql`SELECT pg_terminate_backend(${pid})`;
    if (await attempt === "done") break;
    interrupted++;
    await assertComplete(sql);
  }
  assert(interrupted >= 3, `${interrupted} attempts were interrupted`);
  assertEquals(await contents(sql), await loadUndisturbed(loading));
  await assertKeys(loading);
});

test("a later load completes one killed with SIGKILL anywhere", async (loading) => {
  const { sql } = loading;
  await fillLake(loading.processed);
  let killed = 0;
  for (let wait_ms = 10;; wait_ms *= 1.7) {
    const child = loader(loading).spawn();
    const ended = child.output();
    if (await backendAfter(sql, wait_ms, ended) !== undefined) killHard(child);
    if ((await ended).success) break;
    killed++;
    await backendsGone(sql);
    await assertComplete(sql);
  }
  assert(killed >= 2, `${killed} loaders were killed`);
  assertEquals(await contents(sql), await loadUndisturbed(loading));
  await assertKeys(loading);
});

/** Asserts that a warehouse holds complete commits only. */
async function assertComplete(sql: Loading["sql"]): Promise<void> {
  const [{ exists }] = await sql`SELECT to_regclass('etl.applied_commit') IS NOT NULL AS exists`;
  const [{ tables }] = await sql`
    SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname IN ('public', 'etl')`;
  assertEquals(tables, exists ? 23 : 0);
  if (!exists) return;
  const [{ applied }] = await sql`SELECT max(sequence)::int AS applied FROM etl.applied_commit`;
  const [{ versions }] = await sql`
    SELECT count(*)::int AS versions FROM fact_sales_order_versions`;
  assertEquals(versions, [0, 50, 53, 53, 56, 56, 106][applied]);
}

/** Waits until the server has noticed that the loader ended. */
async function backendsGone(sql: Loading["sql"]): Promise<void> {
  while (true) {
    const [{ n }] = await sql`
      SELECT count(*)::int AS n FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'totesys-etl'`;
    if (n === 0) return;
  }
}
