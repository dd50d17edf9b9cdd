import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type postgres from "postgres";
import type { Value } from "../../schemas/columns.ts";
import type { Model } from "../../schemas/model.ts";
import { department } from "../../schemas/source/department.ts";
import { design } from "../../schemas/source/design.ts";
import { staff } from "../../schemas/source/staff.ts";
import type { AnyRow } from "../../schemas/table.ts";
import { dimStaff } from "../../schemas/warehouse/dim_staff.ts";
import { extract } from "../../sdk/extract/extract.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { keepConnections } from "../../sdk/postgres/kept_connections.ts";
import { batchOf, ingestionCommits, testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { propertyRuns } from "../support/slow.ts";
import { createSource, insert } from "../support/source.ts";

const WRITERS = 3;
const model: Model = { source: [department, design, staff], warehouse: [dimStaff] };

const step = fc.record({
  writer: fc.nat(WRITERS - 1),
  act: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("insert design", "insert staff") },
    {
      weight: 5,
      arbitrary: fc.constantFrom("change design", "change department", "move staff"),
    },
    { weight: 2, arbitrary: fc.constantFrom("begin", "savepoint") },
    { weight: 2, arbitrary: fc.constantFrom("release", "rollback to") },
    { weight: 2, arbitrary: fc.constantFrom("commit", "commit", "rollback") },
    { weight: 4, arbitrary: fc.constant("extract") },
  ),
  pick: fc.nat(1_000),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A connection that writes, and its open transaction. */
class Writer {
  readonly #sql: postgres.ReservedSql;
  #open = false;
  #savepoints = 0;

  constructor(sql: postgres.ReservedSql) {
    this.#sql = sql;
  }

  async act({ act, pick }: Step, fresh: number): Promise<void> {
    const sql = this.#sql;
    const name = `name ${fresh}`;
    switch (act) {
      case "insert design":
        return await insert(sql, design, { design_id: fresh, design_name: name });
      case "insert staff":
        return await insert(sql, staff, { staff_id: fresh, department_id: 1 + pick % 3 });
      case "change design":
        return await this.#change("design", pick, "design_name", name);
      case "change department":
        return await this.#change("department", pick, "department_name", name);
      case "move staff":
        return await this.#change("staff", pick, "department_id", 1 + pick % 3);
      case "begin":
        if (!this.#open) await sql`BEGIN`;
        this.#open = true;
        return;
      case "savepoint":
        if (this.#open) await sql.unsafe(`SAVEPOINT s${++this.#savepoints}`);
        return;
      case "release":
        if (this.#savepoints > 0) await sql.unsafe(`RELEASE s${this.#savepoints--}`);
        return;
      case "rollback to":
        if (this.#savepoints > 0) await sql.unsafe(`ROLLBACK TO s${this.#savepoints}`);
        return;
      default:
        return await this.end(act);
    }
  }

  async end(how: string): Promise<void> {
    if (this.#open) await this.#sql.unsafe(how);
    this.#open = false;
    this.#savepoints = 0;
  }

  /** Changes a row that no other writer has locked: otherwise the test would wait forever. */
  async #change(table: string, pick: number, column: string, value: Value): Promise<void> {
    await this.#sql.unsafe(
      `UPDATE ${table} SET ${column} = $1 WHERE ${table}_id = (
        SELECT ${table}_id FROM ${table} ORDER BY (${table}_id * 7919 + ${pick}) % 31, 1
        LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)`,
      [value],
    );
  }
}

/** Returns the last version of every row, and staff joined with the department of the same batch. */
async function replay(store: ObjectStore) {
  const tables = new Map(model.source.map(({ name }) => [name, new Map<unknown, AnyRow>()]));
  const joined = new Map<unknown, AnyRow>();
  for (const commit of await ingestionCommits(store)) {
    const batch = await batchOf(store, commit);
    for (const { name, key } of model.source) {
      const rows = batch[name] ?? [];
      assertEquals(new Set(rows.map((row) => row[key])).size, rows.length, `${name} repeats a key`);
      for (const row of rows) tables.get(name)!.set(row[key], row);
    }
    for (const person of batch.staff ?? []) {
      const home = batch.department?.find((row) => row.department_id === person.department_id);
      assert(home, `staff ${person.staff_id} came without their department`);
      joined.set(person.staff_id, { ...person, department_name: home.department_name });
    }
  }
  return { tables, joined };
}

function inOrder(rows: Iterable<AnyRow>, key: string): AnyRow[] {
  return [...rows].sort((a, b) => Number(a[key]) - Number(b[key]));
}

async function rowsIn(sql: postgres.Sql, query: string, key: string): Promise<AnyRow[]> {
  const rows = await sql.unsafe(`
    SELECT to_jsonb(t) || jsonb_build_object(
      'created_at', created_at::text, 'last_updated', last_updated::text) AS row
    FROM (${query}) t ORDER BY "${key}"`);
  return rows.map(({ row }) => row);
}

async function replaysAfterAnyInterleaving(numRuns: number): Promise<void> {
  await using database = await testDatabase();
  const { url, sql } = database;
  await createSource(sql);
  const reserved = await Promise.all(Array.from({ length: WRITERS }, () => sql.reserve()));
  try {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
        await using lake = await testLake();
        await sql`TRUNCATE department, design, staff CASCADE`;
        for (const id of [1, 2, 3]) await insert(sql, department, { department_id: id });
        const writers = reserved.map((session) => new Writer(session));
        const options = { source: url, ingestion: lake.ingestion, model };
        try {
          for (const [at, step] of steps.entries()) {
            if (step.act === "extract") await extract(options);
            else await writers[step.writer].act(step, at);
          }
        } finally {
          for (const [at, writer] of writers.entries()) {
            await writer.end(at % 2 === 0 ? "commit" : "rollback");
          }
        }
        await extract(options);
        assertEquals((await extract(options)).outcome, "unchanged");
        const { tables, joined } = await replay(lake.ingestion);
        for (const { name, key } of model.source) {
          assertEquals(
            inOrder(tables.get(name)!.values(), key),
            await rowsIn(sql, `TABLE ${name}`, key),
          );
        }
        const dimension = `SELECT s.*, d.department_name FROM staff s JOIN department d
          USING (department_id)`;
        assertEquals(
          inOrder(joined.values(), "staff_id"),
          await rowsIn(sql, dimension, "staff_id"),
        );
      }),
      { numRuns },
    );
  } finally {
    for (const session of reserved) session.release();
  }
}

Deno.test("extract() leaves a lake that replays to the source after any interleaving of writers", async () => {
  await replaysAfterAnyInterleaving(propertyRuns({ quick: 4, all: 15 }));
});

Deno.test("extract() over a kept connection leaves a lake that replays to the source, too", async () => {
  await using _ = keepConnections();
  await replaysAfterAnyInterleaving(propertyRuns({ quick: 4, all: 15 }));
});
