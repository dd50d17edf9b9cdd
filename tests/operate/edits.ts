/**
 * Random edits of a source, for property tests.
 *
 * @module
 */
import fc from "fast-check";
import { sourceTables } from "../../schemas/source_tables.ts";
import { insert, type Sql } from "../support/source.ts";

/** Keys of the rows that edits touch. */
export const KEYS = [1, 2, 3];

/** Generates an edit of the source, or a run of the pipeline. */
export const edit = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom("invalidate", "fix", "change"),
      table: fc.constantFrom("sales_order", "payment", "currency", "design", "department", "staff"),
      key: fc.constantFrom(...KEYS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom("insert", "delete", "orphan"),
      table: fc.constantFrom("sales_order", "payment"),
      key: fc.constantFrom(...KEYS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      act: fc.constantFrom("run", "run", "reconcile"),
      table: fc.constant(""),
      key: fc.constant(0),
    }),
  },
);
/** An edit of the source, or a run of the pipeline. */
export type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

/** Applies an edit to the source. `step` makes the `last_updated` of its rows differ. */
export async function applyEdit({ act, table, key }: Edit, sql: Sql, step: number): Promise<void> {
  const spec = sourceTables.find(({ name }) => name === table)!;
  const it = sql`${sql(spec.key)} = ${key}`;
  const instant = `2026-01-01 00:00:${String(step % 60).padStart(2, "0")}`;
  switch (act) {
    case "invalidate":
      return void await sql`UPDATE ${sql(table)} SET created_at = 'infinity' WHERE ${it}`;
    case "fix":
      return void await sql`UPDATE ${sql(table)} SET created_at = '2026-01-01' WHERE ${it}`;
    case "change":
      return void await sql`UPDATE ${sql(table)} SET last_updated = ${instant} WHERE ${it}`;
    case "insert":
      await sql`DELETE FROM ${sql(table)} WHERE ${it}`;
      return await insert(sql, spec, { [spec.key]: key } as never);
    case "delete":
      return void await sql`DELETE FROM ${sql(table)} WHERE ${it}`;
    case "orphan":
      return void await sql`UPDATE ${sql(table)} SET currency_id = ${90 + key} WHERE ${it}`;
  }
}
