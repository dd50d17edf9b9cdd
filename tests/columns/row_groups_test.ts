import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { TableSpec } from "../../schemas/table.ts";
import { columnBuilder } from "../../sdk/columns/builder.ts";
import { codecOf } from "../../sdk/columns/codecs.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { gather } from "../../sdk/columns/gather.ts";
import { RowGroups } from "../../sdk/columns/row_groups.ts";
import { RowError } from "../../sdk/errors.ts";
import { propertyRuns } from "../support/slow.ts";

const NOTES = {
  name: "notes",
  key: "id",
  columns: { id: { type: "integer" }, note: { type: "text", nullable: true } },
} as const;

const MEBIBYTE = 2 ** 20;

Deno.test("a row group has at most 65,536 rows", () => {
  assertEquals(sizes(Array(150_000).fill("x")), [65_536, 65_536, 18_928]);
});

Deno.test("a row group ends with the row that brings it to 4 MiB of text", () => {
  assertEquals(sizes(Array(10).fill("x".repeat(1.5 * MEBIBYTE))), [3, 3, 3, 1]);
  assertEquals(sizes(Array(3).fill("x".repeat(9 * MEBIBYTE))), [1, 1, 1]);
});

Deno.test("there is no row group without rows", () => {
  assertEquals(sizes([]), []);
});

Deno.test("a wide table has fewer rows in a group, whose size is bounded", () => {
  const columns = Object.fromEntries(
    Array.from({ length: 1_600 }, (_, i) => [`c${i}`, { type: "integer" } as const]),
  );
  const found: number[] = [];
  const groups = new RowGroups({ name: "wide", key: "c0", columns }, ({ rows }) => {
    found.push(rows);
  });
  const row = Object.fromEntries(Object.keys(columns).map((name) => [name, 1]));
  for (let i = 0; i < 1_500; i++) groups.addRow(row);
  groups.end();
  assertEquals(found, [1_310, 190]);
});

Deno.test("row groups are the same however the rows arrive", () => {
  const note = fc.option(
    fc.integer({ min: 0, max: 3 * MEBIBYTE }).map((length) => "n".repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(note, { maxLength: 12 }), fc.infiniteStream(fc.nat(5)), (texts, cuts) => {
      const batch = batchOf(texts);
      const found: unknown[] = [];
      const groups = new RowGroups(NOTES, (group) => found.push(rowsOf(group)));
      const [id, text] = batch.columns;
      const indexes = Int32Array.from(texts.keys());
      const repeated = [id, gather(text, indexes, texts.length)];
      for (let from = 0; from < texts.length;) {
        const [kind, size] = [cuts.next().value, cuts.next().value + 1];
        const to = kind === 0 ? from + 1 : Math.min(texts.length, from + size);
        if (kind === 0) groups.addRow({ id: from, note: texts[from] });
        else groups.add(kind === 1 ? repeated : batch.columns, from, to);
        from = to;
      }
      groups.end();
      assertEquals(found, groupsOf(batch));
    }),
    { numRuns: propertyRuns({ quick: 4, all: 100 }) },
  );
});

Deno.test("a row with a value that does not fit leaves no trace, however long its text is", () => {
  const price = { type: "numeric", precision: 4, scale: 2 } as const;
  const spec: TableSpec = { ...NOTES, columns: { ...NOTES.columns, price } };
  const found: unknown[] = [];
  const groups = new RowGroups(spec, (group) => found.push(rowsOf(group, spec)));
  const refuse = () =>
    assertThrows(
      () => groups.addRow({ id: 1, note: "x".repeat(9 * MEBIBYTE), price: "100.00" }),
      RowError,
      "notes 1: price: 100.00 does not fit numeric(4,2) exactly",
    );
  refuse();
  groups.addRow({ id: 2, note: "a", price: "99.99" });
  refuse();
  groups.addRow({ id: 3, note: null, price: "0.00" });
  groups.end();
  assertEquals(found, [[[2, "a", "99.99"], [3, null, "0.00"]]]);
});

function batchOf(texts: readonly (string | null)[]): ColumnBatch {
  const id = columnBuilder(NOTES.columns.id);
  const note = columnBuilder(NOTES.columns.note);
  texts.forEach((text, row) => {
    id.appendValue(row);
    note.appendValue(text);
  });
  return { rows: texts.length, columns: [id.finish(), note.finish()] };
}

function groupsOf({ columns, rows }: ColumnBatch): unknown[] {
  const found: unknown[] = [];
  const groups = new RowGroups(NOTES, (group) => found.push(rowsOf(group)));
  groups.add(columns, 0, rows);
  groups.end();
  return found;
}

function rowsOf({ columns, rows }: ColumnBatch, spec: TableSpec = NOTES): unknown[] {
  const codecs = Object.values(spec.columns).map(codecOf);
  return Array.from(
    { length: rows },
    (_, row) => codecs.map((codec, i) => codec.valueAt(columns[i], row)),
  );
}

function sizes(texts: readonly string[]): number[] {
  return groupsOf(batchOf(texts)).map((rows) => (rows as unknown[]).length);
}
