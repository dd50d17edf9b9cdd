import { assert, assertEquals } from "@std/assert";
import postgres from "postgres";
import { load } from "../../sdk/load/load.ts";
import { type Loading, put, sale, sales, star, test } from "./star.ts";

/** A state of the warehouse as a reader sees it; null while there is no fact table yet. */
interface Seen {
  readonly orders: number;
  readonly revenue: string;
  readonly versions: number;
}

interface Reading {
  /** Returns the distinct states, in the order they were first seen. */
  readonly states: (Seen | null)[];
  readonly reads: number;
  readonly longest_ms: number;
}

/** Polls the warehouse on its own connection while `work` runs. */
async function whileReading(
  { warehouse }: Loading,
  work: () => Promise<unknown>,
): Promise<Reading> {
  const sql = postgres(warehouse, { max: 1, onnotice: () => {} });
  const states: (Seen | null)[] = [];
  let reads = 0;
  let longest_ms = 0;
  let working = true;
  const poll = async () => {
    while (working) {
      const started = performance.now();
      const state = await see(sql);
      longest_ms = Math.max(longest_ms, performance.now() - started);
      reads++;
      const known = states.some((other) => JSON.stringify(other) === JSON.stringify(state));
      if (!known) states.push(state);
    }
  };
  try {
    await see(sql);
    const polling = poll();
    await work().finally(() => working = false);
    await polling;
    return { states, reads, longest_ms };
  } finally {
    await sql.end();
  }
}

async function see(sql: postgres.Sql): Promise<Seen | null> {
  const [{ exists }] = await sql`SELECT to_regclass('fact_sales_order') IS NOT NULL AS exists`;
  if (!exists) return null;
  const [seen] = await sql<Seen[]>`
    SELECT count(*)::int AS orders, sum(units_sold * unit_price)::text AS revenue,
      (SELECT count(*)::int FROM fact_sales_order_versions) AS versions
    FROM fact_sales_order f JOIN dim_currency USING (currency_id)`;
  return { ...seen };
}

const MANY = 20_000;
/** Fewer rows than the loader merges without triggers. */
const FEW = 2_000;

test("a reader sees each load completely and never waits for one", async (loading) => {
  const { processed } = loading;
  await put(processed, star(sales(MANY)));
  const first = await whileReading(loading, () => load(loading));
  const loaded: Seen = { orders: MANY, revenue: "788000.00", versions: MANY };
  assertOnly(first, [null, loaded]);

  await put(processed, { fact_sales_order: sales(MANY, { unit_price: "4.00" }) });
  const large = await whileReading(loading, () => load(loading));
  const changed: Seen = { orders: MANY, revenue: "800000.00", versions: 2 * MANY };
  assertOnly(large, [loaded, changed]);

  const few = sales(FEW, { unit_price: "4.00", units_sold: 20 });
  await put(processed, { fact_sales_order: [...few, sale(MANY + 1, { unit_price: "1.00" })] });
  const small = await whileReading(loading, () => load(loading));
  const last: Seen = { orders: MANY + 1, revenue: "880010.00", versions: 2 * MANY + FEW + 1 };
  assertOnly(small, [changed, last]);

  await put(processed, { fact_sales_order: few });
  assertOnly(await whileReading(loading, () => load(loading)), [last]);
});

/** Asserts that exactly these states were seen, and that the last one is current. */
function assertOnly({ states, reads, longest_ms }: Reading, allowed: (Seen | null)[]): void {
  for (const state of states) {
    const known = allowed.some((other) => JSON.stringify(other) === JSON.stringify(state));
    assert(known, `a reader saw ${JSON.stringify(state)}`);
  }
  assertEquals(states[0], allowed[0]);
  assert(reads >= 3, `${reads} reads`);
  assert(longest_ms < 1000, `a read took ${longest_ms} ms`);
}

test("a reader in a long transaction does not block a load", async (loading) => {
  const { processed, sql } = loading;
  await put(processed, star(sales(10)));
  await load(loading);
  await put(processed, { fact_sales_order: sales(6_000, { units_sold: 20 }) });
  await sql.begin("ISOLATION LEVEL REPEATABLE READ", async (reader) => {
    const sum = () => reader`SELECT sum(units_sold)::int AS n FROM fact_sales_order`;
    assertEquals((await sum())[0].n, 100);
    await load(loading);
    // The load does not change what that reader sees.
    assertEquals((await sum())[0].n, 100);
  });
  const [{ n }] = await sql`SELECT sum(units_sold)::int AS n FROM fact_sales_order`;
  assertEquals(n, 120_000);
});
