import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Value } from "../../schemas/columns.ts";
import type { AnyRow, TableSpec } from "../../schemas/table.ts";
import type { Fields } from "../../sdk/columns/fields.ts";
import { jsonScanner } from "../../sdk/columns/json_scanner.ts";
import { wholeRows } from "../../sdk/columns/whole_rows.ts";
import { jsonLineWriter } from "../support/json_line_writer.ts";
import { propertyRuns } from "../support/slow.ts";
import { bytesOf, chunksOf, copied, cuts } from "./rows.ts";

/** A row as the scanner sees it; null when it is odd. */
type Scanned = AnyRow | null;

async function scan(
  table: TableSpec,
  lines: readonly string[],
  { read = Object.keys(table.columns), cuts = [] }: { read?: string[]; cuts?: number[] } = {},
): Promise<Scanned[]> {
  const scanner = jsonScanner(table, read);
  const scanned: Scanned[] = [];
  for await (const rows of wholeRows(chunksOf(bytesOf(lines), cuts), (how) => new Error(how))) {
    const fields = scanner(rows);
    for (let row = 0; row < fields.rows; row++) {
      const line = new TextDecoder("utf-8", { ignoreBOM: true })
        .decode(rows.subarray(fields.lines[row], fields.lines[row + 1]));
      assertEquals(line, lines[scanned.length] + "\n");
      scanned.push(fields.odd[row] === 1 ? null : rowOf(table, fields, row));
    }
  }
  assertEquals(scanned.length, lines.length);
  return scanned;
}

function rowOf(table: TableSpec, fields: Fields, row: number): AnyRow {
  const entries = Object.entries(table.columns).map(([name, { type }], column): [string, Value] => {
    const field = row * fields.width + column;
    const [start, end] = [fields.starts[field], fields.ends[field]];
    if (start < 0) return [name, null];
    const text = new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(fields.bytes.subarray(start, end));
    return [name, JSON.parse(["integer", "boolean"].includes(type) ? text : `"${text}"`)];
  });
  return Object.fromEntries(entries);
}

/** Returns whether a row has values of the spec's types, or NULL. */
function fits({ columns }: TableSpec, row: AnyRow): boolean {
  return Object.entries(columns).every(([name, { type }]) => {
    const expected = type === "integer" ? "number" : type === "boolean" ? "boolean" : "string";
    return row[name] === null || (typeof row[name] === expected && !Object.is(row[name], -0));
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

const table = {
  name: "t",
  key: "id",
  columns: {
    id: { type: "integer" },
    name: { type: "text", nullable: true },
    active: { type: "boolean" },
  },
} as const satisfies TableSpec;

Deno.test("jsonScanner() finds the fields of every row that jsonWriter() writes", async () => {
  await fc.assert(
    fc.asyncProperty(copied, cuts, async ({ table, lines }, cuts) => {
      const json = lines.map(jsonLineWriter(table));
      const expected = json.map(parsed).map((row) =>
        row !== undefined && fits(table, row as AnyRow) ? row as AnyRow : null
      );
      // The first row shows the layout.
      if (json.length > 0 && parsed(json[0]) === undefined) return;
      assertEquals(await scan(table, json, { cuts }), expected);
    }),
    { numRuns: propertyRuns({ quick: 400, all: 10_000 }) },
  );
});

Deno.test("jsonScanner() reads a damaged row as JSON.parse() does, or calls it odd", async () => {
  const damage = fc.record({
    place: fc.nat(200),
    removed: fc.nat(3),
    added: fc.string({
      unit: fc.constantFrom(...' "\\,:{}[]01289abcdef-.eE+untr\t\u0001'),
      maxLength: 3,
    }),
  });
  await fc.assert(
    fc.asyncProperty(copied, damage, async ({ table, lines }, { place, removed, added }) => {
      const json = lines.map(jsonLineWriter(table)).map((line) => {
        const start = place % line.length;
        return (line.slice(0, start) + added + line.slice(start + removed)).toWellFormed();
      });
      const scanned = await scan(table, json);
      for (const [n, row] of scanned.entries()) {
        if (row === null) continue;
        const whole = parsed(json[n]) as AnyRow;
        const names = Object.keys(table.columns);
        assertEquals(row, Object.fromEntries(names.map((name) => [name, whole[name]])));
        assert(fits(table, whole));
      }
    }),
    { numRuns: propertyRuns({ quick: 400, all: 10_000 }) },
  );
});

for (
  const [what, line] of [
    ["another order of keys", '{"name":"a","id":1,"active":true}'],
    ["a space", '{"id":1, "name":"a","active":true}'],
    ["a missing key", '{"id":1,"name":"a"}'],
    ["another key", '{"id":1,"name":"a","active":true,"more":1}'],
    ["a key twice", '{"id":1,"name":"a","active":true,"id":2}'],
    ["an exponent", '{"id":1e3,"name":"a","active":true}'],
    ["a fraction", '{"id":1.0,"name":"a","active":true}'],
    ["-0", '{"id":-0,"name":"a","active":true}'],
    ["a leading zero", '{"id":01,"name":"a","active":true}'],
    ["an integer that is not safe", '{"id":1234567890123456,"name":"a","active":true}'],
    ["a string as an integer", '{"id":"1","name":"a","active":true}'],
    ["a number as a string", '{"id":1,"name":1,"active":true}'],
    ["a string as a boolean", '{"id":1,"name":"a","active":"t"}'],
    ["an array", '{"id":1,"name":[],"active":true}'],
    ["another escape", '{"id":1,"name":"\\/","active":true}'],
    ["half a surrogate pair", '{"id":1,"name":"\\ud800","active":true}'],
    ["an escape that JSON does not have", '{"id":1,"name":"\\v","active":true}'],
    ["a raw control character", '{"id":1,"name":"\u0001","active":true}'],
    ["a string without an end", '{"id":1,"name":"a\\'],
    ["no value", '{"id":,"name":"a","active":true}'],
    ["half a row", '{"id":1,"na'],
    ["a literal cut short", '{"id":1,"name":"a","active":tru'],
    ["more after the row", '{"id":1,"name":"a","active":true}}'],
    ["a carriage return", '{"id":1,"name":"a","active":true}\r'],
    ["nothing", ""],
  ]
) {
  Deno.test(`jsonScanner() calls a row odd that has ${what}, and reads the next one`, async () => {
    const good = { id: 1, name: "a", active: true };
    const lines = [JSON.stringify(good), line, JSON.stringify(good)];
    assertEquals(await scan(table, lines), [good, null, good]);
  });
}

Deno.test("jsonScanner() skips columns of the source that the spec does not have", async () => {
  const first = { id: 1, extra: '"\\\n', name: null, active: true, more: null };
  const lines = [first, { ...first, extra: null, more: "x" }, { ...first, more: -5 }]
    .map((row) => JSON.stringify(row));
  const row = { id: 1, name: null, active: true };
  assertEquals(await scan(table, lines), [row, row, row]);
});

Deno.test("jsonScanner() reads a column that the batch did not read as NULL, if it is nullable", async () => {
  const without = ['{"id":1,"active":false}', '{"id":2,"active":true}'];
  assertEquals(await scan(table, without, { read: ["id", "active"] }), [
    { id: 1, name: null, active: false },
    { id: 2, name: null, active: true },
  ]);
  assertEquals(await scan(table, without), [null, null]);
  assertEquals(await scan(table, ['{"id":1,"name":"a"}'], { read: ["id", "name"] }), [null]);
});

Deno.test("jsonScanner() calls rows odd that have a column as text from before the spec had it", async () => {
  const lines = ['{"id":1,"active":true,"name":"a"}'];
  assertEquals(await scan(table, lines, { read: ["id", "active"] }), [null]);
});

Deno.test("jsonScanner() of rows whose first one is damaged reads the others", async () => {
  const good = { id: 1, name: "a", active: true };
  assertEquals(await scan(table, ["{", JSON.stringify(good)]), [null, good]);
});

Deno.test("jsonScanner() reads tables without rows, with 1 column and with 1600 columns", async () => {
  assertEquals(await scan(table, []), []);
  for (const width of [1, 1_600]) {
    const names = Array.from({ length: width }, (_, n) => `c${n}`);
    const columns = Object.fromEntries(names.map((name) => [name, { type: "text" } as const]));
    const rows = Array.from({ length: 300 }, (_, n) => {
      return Object.fromEntries(names.map((name, c) => [name, (n + c) % 7 === 0 ? null : "a"]));
    });
    const lines = rows.map((row) => JSON.stringify(row));
    assertEquals(await scan({ name: "t", key: "c0", columns }, lines), rows);
  }
});
