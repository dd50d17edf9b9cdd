import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { ColumnSpec, Value } from "../../../schemas/columns.ts";
import type { SourceTableSpec } from "../../../schemas/table.ts";
import { rowValidator } from "../../../sdk/derive/validator.ts";
import { RefusedDocumentError } from "../../../sdk/errors.ts";
import { dateReader } from "../../../sdk/sources/files/dates.ts";
import { NumberReader } from "../../../sdk/sources/files/numbers.ts";
import { converter } from "../../../sdk/sources/files/values.ts";
import { propertyRuns } from "../../support/slow.ts";
import { refusalOf, rowsOfContent } from "./read_all.ts";

/** Reads numbers of one file. */
function read(texts: readonly string[], decimal?: "." | ","): (string | undefined)[] {
  const reader = new NumberReader(decimal);
  return texts.map((text) => reader.read(text));
}

Deno.test("a number is read with a decimal point, a decimal comma, and clear thousands", () => {
  const cases: Record<string, string> = {
    "3.94": "3.94",
    "-3,94": "-3.94",
    "+7": "7",
    "1,234.50": "1234.50",
    "1.234,50": "1234.50",
    "1 234,5": "1234.5",
    "1\u202f234\u00a0567": "",
    "1\u202f234\u202f567": "1234567",
    "1'234.5": "1234.5",
    "1,234,567": "1234567",
    "1.234.567": "1234567",
    "0,125": "0.125",
    "1234,567": "1234.567",
    "-.5": "-0.5",
    "5.": "5",
    "12,3456": "12.3456",
    "007": "007",
  };
  for (const [text, number] of Object.entries(cases)) {
    assertEquals(read([text]), [number || undefined], text);
  }
});

Deno.test("what is no number is none", () => {
  const texts = ["", "-", ".", ",", "1e5", "1.2.3", "1,2,3", "1,23,456", "£5", "(5)", "5-", "0x1"];
  const more = ["NaN", "Infinity", "１", "1 2", "1.234.56", "--1", "1,234.5.6", "1, 5"];
  for (const text of [...texts, ...more]) assertEquals(read([text]), [undefined], text);
});

Deno.test("a comma before three digits is in doubt until the kind of file says what it is", () => {
  assertEquals(read(["1,234"]), [undefined]);
  assertEquals(read(["1,234"], "."), ["1234"]);
  assertEquals(read(["1,234"], ","), ["1.234"]);
  assertEquals(read(["1.234"], ","), ["1234"]);
  assertEquals(read(["1.234"]), ["1.234"]);
  assertEquals(read(["12,5", "1.234", "1,234"]), ["12.5", undefined, "1.234"]);
  assertEquals(read(["3.94", "12,5", "1,234", "1.234"]), ["3.94", undefined, undefined, "1.234"]);
});

Deno.test("a file whose numbers contradict one another is refused", async () => {
  const error = assertThrows(() => read(["1.234", "12,5"]), RefusedDocumentError);
  assertEquals(error.message.startsWith("12,5 has a decimal comma, and 1.234 before it"), true);
  const text = "staff_id;month;currency_code;target\n1;2026-11;GBP;1.234\n1;2026-11;GBP;12,5\n";
  assertEquals(String(await refusalOf(text)).startsWith("record 2: 12,5 has a decimal"), true);
});

Deno.test("any decimal that is written with either separator and thousands is read again", () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
      fc.integer({ min: 0, max: 12 }),
      fc.constantFrom([".", ","], [",", "."], [".", " "], [",", "'"], [".", ""]),
      (unscaled, scale, [decimal, group]) => {
        const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
        const whole = digits.slice(0, digits.length - scale);
        const fraction = digits.slice(digits.length - scale);
        const sign = unscaled < 0n ? "-" : "";
        const grouped = whole.replace(/(?<=\d)(?=(\d{3})+$)/g, group);
        const text = sign + grouped + (fraction && decimal + fraction);
        const expected = sign + whole + (fraction && `.${fraction}`);
        assertEquals(read([text], decimal as "."), [expected]);
        // Without a setting it is the same number, or none.
        const [found] = read([text]);
        if (!/^-?[1-9]\d{0,2}\.\d{3}$/.test(text)) assertEquals(found ?? expected, expected);
      },
    ),
    { numRuns: propertyRuns({ quick: 500, all: 20_000 }) },
  );
});

const valid = (column: ColumnSpec, value: Value) =>
  rowValidator({ name: "t", key: "v", columns: { v: column } })({ v: value }) === undefined;

Deno.test("a text becomes a value of its column, or one that no such column holds", () => {
  const cases: [ColumnSpec, Record<string, Value>][] = [
    [{ type: "integer" }, { "12": 12, " 12 ": 12, "12.00": 12, "-0": 0, "1,234,567": 1234567 }],
    [{ type: "bigint" }, { "9223372036854775807": "9223372036854775807", "1.0": "1" }],
    [{ type: "boolean" }, { "TRUE": true, "no": false, "1": true, "f": false }],
    [{ type: "date" }, { "2026-11-30": "2026-11-30" }],
    [{ type: "time" }, { "10:20:30": "10:20:30" }],
    [{ type: "timestamp" }, { "2026-11-30T10:20:30.5": "2026-11-30 10:20:30.5" }],
    [{ type: "text" }, { "12": "12", "2026-11-30T10": "2026-11-30T10" }],
  ];
  for (const [column, values] of cases) {
    const convert = converter(column, { numbers: new NumberReader(), emptyIsNull: true });
    for (const [text, value] of Object.entries(values)) {
      assertEquals(convert(text) === value, true, `${column.type} ${text}: ${convert(text)}`);
      assertEquals(valid(column, convert(text)), true);
    }
    assertEquals([convert(""), convert(null), convert(undefined)], [null, null, null]);
    if (column.type === "text") continue;
    for (const text of ["x", "1.5.5", "2026-02-30", "99999999999999999999", "10:20Z"]) {
      assertEquals(convert(text), text);
      assertEquals(valid(column, convert(text)), false, `${column.type} ${text}`);
    }
  }
});

Deno.test("a number that is in doubt is never a valid number", async () => {
  const table: SourceTableSpec = {
    name: "price",
    key: "id",
    columns: { id: { type: "text" }, a: { type: "numeric" }, b: { type: "numeric" } },
  };
  const rows = await rowsOfContent("a;b\n12,5;1.234\n", { table, spec: {} });
  assertEquals(rows, [{ a: "12.5", b: "1.234 is not unambiguous" }]);
  assertEquals(valid(table.columns.b, rows[0].b), false);
});

Deno.test("a date is read in the format of its column", () => {
  const cases: [string, Record<string, string | undefined>][] = [
    ["YYYY-MM", {
      "2026-11": "2026-11-01",
      "2026-1": "2026-01-01",
      "2026-13": undefined,
      "26-11": undefined,
      "2026-11-01": undefined,
      "Nov-26": undefined,
    }],
    ["DD/MM/YYYY", {
      "30/11/2026": "2026-11-30",
      "1/2/2026": "2026-02-01",
      "30/02/2026": undefined,
      "2026-11-30": undefined,
    }],
    ["YYYYMMDD", { "20261130": "2026-11-30", "20261330": undefined }],
    ["MM.YYYY", { "11.2026": "2026-11-01", "11x2026": undefined }],
  ];
  for (const [format, dates] of cases) {
    for (const [text, date] of Object.entries(dates)) assertEquals(dateReader(format)!(text), date);
  }
  for (const format of ["", "YYYY", "MM-DD", "YYYY-MM-MM", "YY-MM", "YYYY-MMM"]) {
    assertEquals(dateReader(format), undefined, format);
  }
});

Deno.test("a column of months takes no other day, although it would be a date", async () => {
  const text = "staff_id,month,currency_code,target\n1,2026-11-15,GBP,1\n";
  assertEquals((await rowsOfContent(text))[0].month, "2026-11-15 is not YYYY-MM");
});
