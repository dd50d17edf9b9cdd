import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type postgres from "postgres";
import { act, type ActivityKind, openTransaction } from "../../dev/simulator/act.ts";
import { startActivity } from "../../dev/simulator/activity.ts";
import { fillFromSimulator } from "../../dev/simulator/fill.ts";
import { Random } from "../../dev/simulator/random.ts";
import { testDatabase } from "../support/postgres.ts";

const TABLES = ["sales_order", "purchase_order", "transaction", "payment", "department", "address"];

Deno.test("act() changes content and last_updated as its kind says", async (t) => {
  await using db = await filled();
  const random = new Random(1);
  const effects: Record<ActivityKind, { content: string[]; stamped: boolean }> = {
    new_order: { content: ["sales_order", "transaction", "payment"], stamped: true },
    stamped_update: { content: ["payment"], stamped: true },
    silent_update: { content: ["sales_order"], stamped: false },
    department_renamed: { content: ["department"], stamped: true },
    address_corrected: { content: ["address"], stamped: false },
    rollback: { content: [], stamped: false },
    deletion: { content: ["sales_order", "transaction", "payment"], stamped: false },
  };
  for (const [kind, { content, stamped }] of Object.entries(effects)) {
    await t.step(kind, async () => {
      const before = await state(db.sql);
      await act(db.sql, random, kind as ActivityKind);
      const after = await state(db.sql);
      const changed = TABLES.filter((name) => before[name].content !== after[name].content)
        // An order is a sale or a purchase, at random.
        .map((name) => name === "purchase_order" ? "sales_order" : name);
      assertEquals(changed, content);
      assertEquals(TABLES.some((name) => before[name].latest < after[name].latest), stamped);
    });
  }
});

Deno.test("openTransaction() sets an early timestamp, commits late and blocks no writer", async () => {
  await using db = await filled();
  const random = new Random(2);
  const before = await state(db.sql);
  const plain = await openTransaction(db.sql, random);
  const nested = await openTransaction(db.sql, random, { savepoint: true });
  assertEquals(await state(db.sql), before);

  await act(db.sql, random, "new_order");
  const [{ stamp }] = await db.sql`SELECT max(last_updated)::text AS stamp FROM payment`;
  await plain.commit();
  await nested.commit();
  const late = await db.sql`
    SELECT last_updated FROM transaction
    WHERE last_updated < ${stamp}::timestamp AND last_updated > now() - interval '1 day'`;
  assertEquals(late.length, 2);
});

Deno.test("startActivity() writes until it is stopped and returns what it did", async () => {
  await using db = await filled();
  const [{ orders }] = await db.sql`SELECT count(*)::int AS orders FROM transaction`;
  const before = await state(db.sql);
  const activity = startActivity(db.url, { seed: 3, per_second: 200 });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const counts = await activity.stop();

  const [{ now }] = await db.sql`SELECT count(*)::int AS now FROM transaction`;
  assertEquals(now - orders, counts.new_order + counts.late_commit);
  assert(counts.silent_update > 0 && counts.late_commit > 0 && counts.rollback > 0);
  assertNotEquals(await state(db.sql), before);
  const [{ writers }] = await db.sql`
    SELECT count(*)::int AS writers FROM pg_stat_activity
    WHERE datname = current_database() AND xact_start IS NOT NULL AND pid <> pg_backend_pid()`;
  assertEquals(writers, 0);
});

async function filled() {
  const db = await testDatabase();
  await fillFromSimulator(db.url, { rows: 200, seed: 1 });
  return db;
}

type State = Record<string, { content: string; latest: string }>;

async function state(sql: postgres.Sql): Promise<State> {
  const state: State = {};
  for (const name of TABLES) {
    const [row] = await sql`
      SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) AS content,
        max(last_updated)::text AS latest
      FROM ${sql(name)} t`;
    state[name] = { content: row.content, latest: row.latest };
  }
  return state;
}
