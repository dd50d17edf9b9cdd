import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { gzipSync } from "node:zlib";
import type { Value } from "../../../schemas/columns.ts";
import type { AnyRow, SourceTableSpec } from "../../../schemas/table.ts";
import { propertyRuns } from "../../support/slow.ts";
import { refusalOf, rowsOfContent, TARGETS } from "./read_all.ts";

const HEADER = "staff_id,month,currency_code,target\n";
const target = (target: Value, staff_id: Value = 1, currency_code: Value = "GBP"): AnyRow => ({
  staff_id,
  month: "2026-11-01",
  currency_code,
  target,
});
const plain = `${HEADER}1,2026-11,GBP,10.50\n2,2026-11,EUR,7\n`;
const rows = [target("10.50"), target("7", 2, "EUR")];

Deno.test("a CSV file is read with every delimiter, line end and byte order mark", async () => {
  for (const delimiter of [",", ";", "\t", "|"]) {
    for (const end of ["\n", "\r\n", "\r"]) {
      for (const mark of ["", "\ufeff"]) {
        const text = mark + plain.replaceAll(",", delimiter).replaceAll("\n", end);
        assertEquals(await rowsOfContent(text), rows, JSON.stringify(text));
        assertEquals(await rowsOfContent(text.trimEnd()), rows, JSON.stringify(text));
      }
    }
  }
});

Deno.test("a header is matched without case, spaces, order, dashes and underscores", async () => {
  const text = '\ufeff Target ,CURRENCY-CODE,"Staff ID",Month\n10.50, GBP ,1,2026-11\n';
  assertEquals(await rowsOfContent(text), [target("10.50")]);
});

Deno.test("a header can have other names, and columns that are ignored", async () => {
  const spec = {
    columns: {
      month: { date: "MM.YYYY", header: "Monat" },
      staff_id: { header: ["Nr", "Personal-Nr"] },
      target: { header: "Ziel" },
      currency_code: { header: "Währung" },
    },
    ignore: ["Bemerkung"],
  };
  const text = "Personal Nr;monat;Währung;Bemerkung;ziel\n1;11.2026;EUR;x;1.234,50\n";
  assertEquals(await rowsOfContent(text, { spec }), [target("1234.50", 1, "EUR")]);
});

Deno.test("unknown, missing and repeated columns refuse the file by name", async () => {
  const cases = {
    "staff_id,month,amount,target\n":
      'line 1: unknown column "amount"; missing column "currency_code"',
    "staff_id,month,currency_code,Target,TARGET\n": "line 1: Target and TARGET are the same column",
    "a,b\n":
      'line 1: unknown columns "a", "b"; missing columns "staff_id", "month", "currency_code", "target"',
    "\n\nstaff_id\n": 'line 3: missing columns "month", "currency_code", "target"',
    "": "the file is empty",
    " \n\n": "the file is empty",
    "sales_target_id,staff_id,month,currency_code,target\n":
      'line 1: unknown column "sales_target_id"',
  };
  for (const [text, reason] of Object.entries(cases)) assertEquals(await refusalOf(text), reason);
});

Deno.test("a file with a header and no rows has no rows", async () => {
  assertEquals(await rowsOfContent(HEADER), []);
});

Deno.test("a broken record refuses the file with its line, also after quoted line feeds", async () => {
  const cases: [string, string][] = [
    ["1,2026-11,GBP\n", "line 2: the row has 3 fields, not 4"],
    ["1\n", "line 2: the row has 1 field, not 4"],
    ["1,2026-11,GBP,1,2\n", "line 2: the row has 5 fields, not 4"],
    ['1,2026-11,"G\r\n\nB\rP",1\r\n\r\n1,2\r\n', "line 7: the row has 2 fields, not 4"],
    ['1,2026-11,"G\n\n\n', "line 2: a quote is not closed"],
    ['\n\n1,2026-11,G"B"P,1\n', "line 4: a quote in a value that does not begin with one"],
    ['1,2026-11,"GBP"x,1\n', "line 2: a character between a closing quote and the delimiter"],
  ];
  for (const [text, reason] of cases) {
    for (const chunk of [7, 65_536]) {
      assertEquals(await refusalOf(HEADER + text, { chunk }), reason);
    }
  }
});

Deno.test("a quote that is not closed refuses the file at the line of its record", async () => {
  const text = `${HEADER}1,2026-11,GBP,1\n1,2026-11,"${"x\n".repeat(600_000)}`;
  assertEquals(
    await refusalOf(text, { chunk: 65_536 }),
    "line 3: the row has more than 1 MB: a quote is not closed",
  );
});

Deno.test("a record without any value is skipped, and keeps its line", async () => {
  const text = `${HEADER}\n,,,\n ,\t, ,\n1,2026-11,GBP,10.50\n  \n1,2\n`;
  assertEquals(await refusalOf(text), "line 7: the row has 2 fields, not 4");
  assertEquals(await rowsOfContent(text.slice(0, -4)), [target("10.50")]);
});

Deno.test("quoted values keep spaces, delimiters, quotes and line feeds", async () => {
  const text = `${HEADER}1,2026-11," G,""B""\r\nP ",10.50\n`;
  assertEquals(await rowsOfContent(text), [target("10.50", 1, ' G,"B"\r\nP ')]);
});

Deno.test("long text keeps every character, wherever it is cut", async () => {
  const note = "😀é€x\n".repeat(20);
  for (const shift of ["", "a", "ab", "abc"]) {
    const expected = Array.from(
      { length: 700 },
      (_, n) => target("1", n, `${shift}${note}`.trim()),
    );
    const lines = expected.map(({ staff_id, currency_code }) =>
      `${staff_id},2026-11,"${currency_code}",1\n`
    );
    assertEquals(await rowsOfContent(HEADER + lines.join("")), expected);
  }
});

Deno.test("a delimiter can be set, and Excel's first line sets it", async () => {
  const text = plain.replaceAll(",", ";");
  assertEquals(await rowsOfContent(`sep=;\r\n${text}`), rows);
  assertEquals(await rowsOfContent(text, { spec: { ...TARGETS, delimiter: ";" } }), rows);
  assertEquals(
    await refusalOf(text, { spec: { ...TARGETS, delimiter: "," } }),
    'line 1: unknown column "staff_id;month;currency_code;target"; ' +
      'missing columns "staff_id", "month", "currency_code", "target"',
  );
  assertEquals(await refusalOf(`sep=;\n${HEADER}1;2;3;4\n`), await refusalOf(`sep=;\n${HEADER}`));
});

Deno.test("an encoding is known by its mark or set; other bytes refuse the file with the line", async () => {
  const text = plain.replace("GBP", "£€é");
  const expected = [target("10.50", 1, "£€é"), rows[1]];
  const utf16 = (littleEndian: boolean, mark: string) => {
    const view = new DataView(new ArrayBuffer((mark + text).length * 2));
    [...mark + text].forEach((unit, at) =>
      view.setUint16(at * 2, unit.charCodeAt(0), littleEndian)
    );
    return new Uint8Array(view.buffer);
  };
  const latin = Uint8Array.from(
    text,
    (unit) => unit === "€" ? 0x80 : unit.charCodeAt(0),
  );
  for (const chunk of [1, 3, 1_000]) {
    assertEquals(await rowsOfContent(text, { chunk }), expected);
    assertEquals(await rowsOfContent(utf16(true, "\ufeff"), { chunk }), expected);
    assertEquals(await rowsOfContent(utf16(false, "\ufeff"), { chunk }), expected);
    const spec = { ...TARGETS, encoding: "windows-1252" } as const;
    assertEquals(await rowsOfContent(latin, { chunk, spec }), expected);
    assertEquals(
      await refusalOf(latin, { chunk }),
      "line 2: the text is not UTF-8: save the file as UTF-8, or set the encoding of its kind",
    );
    assertEquals(
      await refusalOf(utf16(true, ""), { chunk }),
      "line 1: a NUL character: the file is not text, or it is UTF-16 and its kind has no encoding set",
    );
  }
  const spec = { ...TARGETS, encoding: "utf-16be" } as const;
  assertEquals(await rowsOfContent(utf16(false, ""), { spec }), expected);
  // A mark is stronger than a setting.
  assertEquals(await rowsOfContent(`\ufeff${text}`, { spec }), expected);
});

Deno.test("text that ends within a character is refused", async () => {
  const cut = new TextEncoder().encode(`${HEADER}1,2026-11,£`).slice(0, -1);
  assertEquals(
    await refusalOf(cut, { chunk: 5 }),
    "line 2: the text is not UTF-8: save the file as UTF-8, or set the encoding of its kind",
  );
});

Deno.test("gzip is known by its first bytes; damaged gzip refuses the file", async () => {
  const packed = gzipSync(plain);
  for (const chunk of [1, 10, 1_000]) {
    assertEquals(await rowsOfContent(packed, { chunk }), rows);
    const twice = new Uint8Array([...gzipSync(HEADER), ...gzipSync(plain.slice(HEADER.length))]);
    assertEquals(await rowsOfContent(twice, { chunk }), rows);
    const cut = await refusalOf(packed.subarray(0, -9), { chunk });
    assertEquals(cut, "the gzip data is damaged: unexpected end of file");
    const flipped = Uint8Array.from(packed, (byte, at) => at === packed.length - 6 ? ~byte : byte);
    const damaged = await refusalOf(flipped, { chunk });
    assertEquals(String(damaged).startsWith("the gzip data is damaged: "), true, String(damaged));
  }
});

Deno.test("a workbook, an archive and a Parquet file are refused by what they are", async () => {
  const cases: [number[], RegExp][] = [
    [[0x50, 0x4b, 3, 4, 1], /Excel workbook or a ZIP/],
    [[0xd0, 0xcf, 0x11, 0xe0, 1], /old Excel workbook/],
    [[...new TextEncoder().encode("PAR1 ")], /does not end in \.parquet/],
  ];
  for (const [bytes, expected] of cases) {
    const reason = await refusalOf(new Uint8Array(bytes));
    assertEquals(expected.test(String(reason)), true, String(reason));
  }
});

Deno.test("any texts that are written as CSV are read again, in chunks of any size", async () => {
  const table: SourceTableSpec = {
    name: "note",
    key: "note_id",
    columns: {
      note_id: { type: "text" },
      first: { type: "text", nullable: true },
      last: { type: "text", nullable: true },
    },
  };
  const value = fc.string({ unit: "grapheme", maxLength: 8 }).map((text) =>
    text.replaceAll("\0", "")
  );
  const unit = fc.constantFrom('"', ",", ";", "\n", "\r", "\r\n", "\t", " ", "x", "£", "😀");
  const awkward = fc.array(unit, { maxLength: 6 }).map((units) => units.join(""));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.oneof(value, awkward), awkward), { maxLength: 20 }),
      fc.constantFrom(",", ";", "\t", "|"),
      fc.constantFrom("\n", "\r\n", "\r"),
      fc.integer({ min: 1, max: 30 }),
      async (records, delimiter, end, chunk) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
        const lines = [["first", "last"], ...records].map((r) => r.map(quoted).join(delimiter));
        const expected = records.filter((record) => record.some(Boolean))
          .map(([first, last]) => ({ first: first || null, last: last || null }));
        const options = { table, spec: {}, chunk };
        assertEquals(await rowsOfContent(lines.join(end) + end, options), expected);
      },
    ),
    { numRuns: propertyRuns({ quick: 50, all: 1_000 }) },
  );
});
