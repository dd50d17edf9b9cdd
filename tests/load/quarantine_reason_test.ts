/** The view `etl.quarantine_reason` over the reasons that this release writes. */
import { assertEquals } from "@std/assert";
import type { AnyRow, ColumnSpec, SourceTableSpec } from "../../schemas/mod.ts";
import { doesNotFit, RowGroups } from "../../sdk/columns/row_groups.ts";
import { load } from "../../sdk/load/load.ts";
import { catchRowError, rowReader } from "../../sdk/transform/rows.ts";
import type { RowError } from "../../sdk/errors.ts";
import { test } from "./star.ts";

const KEY = { type: "integer" } as const;

function tableWith(column: ColumnSpec): SourceTableSpec {
  return { name: "thing", key: "thing_id", columns: { thing_id: KEY, note: column } };
}

/** Returns why the source row is invalid. */
function invalid(column: ColumnSpec, value: unknown): string {
  const row = { thing_id: 7, note: value };
  return (catchRowError(() => rowReader(tableWith(column))(row)) as RowError).message;
}

/** Returns why the row does not fit its columns, which a function of the model made. */
function misfit(column: ColumnSpec, value: unknown): string {
  const groups = new RowGroups(tableWith(column), () => {});
  const row = { thing_id: 7, note: value } as AnyRow;
  return (catchRowError(() => groups.addRow(row)) as unknown as RowError).message;
}

const DATE_TEXT = { type: "text", format: "date" } as const;
const PRICE = { type: "numeric", precision: 4, scale: 2 } as const;

const REASONS: readonly (readonly [rule: string, reason: string])[] = [
  ["is not a date", invalid({ type: "date" }, "next Friday")],
  ["is not a date", invalid(DATE_TEXT, "2022-02-30")],
  ["is not a date", misfit({ type: "date" }, "next Friday")],
  ["is not a time", invalid({ type: "time" }, "noon")],
  ["is not a time", misfit({ type: "time" }, "noon")],
  ["is not a timestamp", invalid({ type: "timestamp" }, "infinity")],
  ["is not a timestamp", misfit({ type: "timestamp" }, "infinity")],
  ["is too late for Parquet", misfit({ type: "timestamp" }, "294276-12-31 23:59:59.999999")],
  ["is not a finite decimal", invalid({ type: "numeric" }, "NaN")],
  ["is not a finite decimal", misfit({ type: "numeric" }, "NaN")],
  ["does not fit its type", misfit(PRICE, "NaN")],
  ["has too many digits", invalid({ type: "numeric" }, `1${"0".repeat(140_000)}`)],
  ["does not fit its type", misfit(PRICE, "3.941")],
  ["is not a whole number of 64 bits", invalid({ type: "bigint" }, "9223372036854775808")],
  ["is not a whole number of 64 bits", misfit({ type: "bigint" }, "9223372036854775808")],
  ["is not a whole number of 32 bits", invalid({ type: "integer" }, 1.5)],
  ["is not a whole number of 32 bits", invalid({ type: "integer" }, 2 ** 31)],
  ["is not a whole number of 32 bits", invalid({ type: "integer" }, "7")],
  ["is not a whole number of 32 bits", misfit({ type: "integer" }, 1.5)],
  ["has a NUL or half of a character", invalid({ type: "text" }, "a\0b")],
  ["has a NUL or half of a character", misfit({ type: "text" }, "a\ud800")],
  ["is not text", invalid({ type: "text" }, 5)],
  ["is not text", misfit({ type: "text" }, 5)],
  ["is not true or false", invalid({ type: "boolean" }, "t")],
  ["is not true or false", misfit({ type: "boolean" }, "t")],
  ["is NULL", invalid({ type: "text" }, null)],
  ["is NULL", misfit({ type: "text" }, null)],
  ["refers to a missing row", "thing 7: note refers to staff 9, which the source does not have"],
];

test("each rule that a row can break has words of its own, without the value", async (loading) => {
  await load(loading);
  const { sql } = loading;
  for (const [rule, reason] of REASONS) {
    await sql`DELETE FROM etl.quarantine`;
    await sql`INSERT INTO etl.quarantine VALUES ('dim_thing', '7', ${reason}, false,
      '{"thing_id": 7, "note": "the value"}', 1, now())`;
    const [row] = await sql`SELECT column_name, rule FROM etl.quarantine_reason`;
    assertEquals([`${row.column_name} ${row.rule}`, reason], [`note ${rule}`, reason]);
  }
});

test("reasons that are about a whole row, or another one, name no column", async (loading) => {
  await load(loading);
  const { sql } = loading;
  const joined = doesNotFit(tableWith({ type: "text" }), { thing_id: 9 }, "note", new Error("x"));
  const read = rowReader(tableWith({ type: "text" }));
  const missing = catchRowError(() => read({ thing_id: 7 })) as RowError;
  const document = '{"document": "a.csv", "version": "1", "bytes": 1, "sha256": "ab"}';
  await sql`INSERT INTO etl.quarantine VALUES
    ('a', '1', 'note refers to staff 9, which is missing', true, '{"note": 9}', 1, now()),
    ('b', 'a.csv', 'line 7: the row has 3 fields, not 4', false, ${document}::text::jsonb, 1, now()),
    ('c', '7', ${joined.message}, false, '{"note": 9}', 1, now()),
    ('d', '7', 'a reason of another release', false, 'null', 1, now()),
    ('e', '7', ${missing.message}, false, '{"thing_id": 7}', 1, now())`;
  const rows = await sql`SELECT column_name, rule FROM etl.quarantine_reason ORDER BY table_name`;
  assertEquals(rows.map(({ column_name, rule }) => [column_name, rule]), [
    ["note", "refers to a missing row"],
    [null, "is refused as a whole"],
    [null, "cannot be transformed"],
    [null, "cannot be transformed"],
    [null, "is missing a column"],
  ]);
});
