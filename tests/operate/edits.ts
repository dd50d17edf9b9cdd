/**
 * Edits of a source, as properties draw them.
 *
 * @module
 */
import fc from "fast-check";
import { sourceTables } from "../../schemas/source_tables.ts";
import { insert, type Sql } from "../support/source.ts";

/** The keys of the rows they touch. */
export const KEYS = [1, 2, 3];

/** Any edit, or a tick. */
export const edit = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constantFrom("spoil", "mend", "change"),
      table: fc.constantFrom("sales_order", "payment", "currency", "design", "department", "staff"),
      key: fc.constantFrom(...KEYS),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      act: fc.constantFrom("insert", "delete", "lose"),
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
/** A change of the source, or a tick of the pipeline. */
export type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

/** A change of the source that goes with it: rows become bad, good, different, new or gone. */
export async function make({ act, table, key }: Edit, sql: Sql, step: number): Promise<void> {
  const spec = sourceTables.find(({ name }) => name === table)!;
  const it = sql`${sql(spec.key)} = ${key}`;
  const instant = `2026-01-01 00:00:${String(step % 60).padStart(2, "0")}`;
  switch (act) {
    case "spoil":
      return void await sql`UPDATE ${sql(table)} SET created_at = 'infinity' WHERE ${it}`;
    case "mend":
      return void await sql`UPDATE ${sql(table)} SET created_at = '2026-01-01' WHERE ${it}`;
    case "change":
      return void await sql`UPDATE ${sql(table)} SET last_updated = ${instant} WHERE ${it}`;
    case "insert":
      await sql`DELETE FROM ${sql(table)} WHERE ${it}`;
      return await insert(sql, spec, { [spec.key]: key } as never);
    case "delete":
      return void await sql`DELETE FROM ${sql(table)} WHERE ${it}`;
    case "lose":
      return void await sql`UPDATE ${sql(table)} SET currency_id = ${90 + key} WHERE ${it}`;
  }
}
