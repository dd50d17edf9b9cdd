import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { propertyRuns } from "../../support/slow.ts";
import { type ReadingOptions, refusalOf, rowsOfContent } from "./read_all.ts";

const record = (target: string, rest = "") =>
  `{"staff_id":1,"month":"2026-11","currency_code":"GBP","target":${target}${rest}}`;
const row = (target: string | null) => ({
  staff_id: 1,
  month: "2026-11-01",
  currency_code: "GBP",
  target,
});
const JSONL: ReadingOptions = { format: "jsonl" };
const JSON_ARRAY: ReadingOptions = { format: "json" };

Deno.test("numbers of JSON keep every digit", async () => {
  const numbers = {
    "1.10": "1.10",
    "12345678901234567890.123456789": "12345678901234567890.123456789",
    "-0.5": "-0.5",
    "1e3": "1000",
    "1.5E-3": "0.0015",
    "-12.34e1": "-123.4",
    "1e-2": "0.01",
    "0e5": "0",
    "1e999999": "1e999999",
    '"3.94"': "3.94",
    '"1,234.50"': "1234.50",
    "null": null,
  };
  for (const [number, target] of Object.entries(numbers)) {
    assertEquals(await rowsOfContent(record(number), JSONL), [row(target)]);
    assertEquals(await rowsOfContent(`[${record(number)}]`, JSON_ARRAY), [row(target)]);
  }
});

Deno.test("a JSON array is read in chunks of any size, with brackets and quotes in texts", async () => {
  const awkward = String
    .raw`{ "Staff ID" : 1 , "month":"2026-11","currency_code":"]},\\\"[{,", "target":1}`;
  const text = `\n [\r\n${awkward}\n,\t${record("2")} ,${record("3")}]\n `;
  for (const chunk of [1, 2, 7, 1_000]) {
    const options = { ...JSON_ARRAY, chunk };
    assertEquals(await rowsOfContent(text, options), [
      { ...row("1"), currency_code: ']},\\"[{,' },
      row("2"),
      row("3"),
    ]);
    assertEquals(await rowsOfContent(" [ ] ", options), []);
  }
});

Deno.test("objects can have their keys in any order, and leave out those that are NULL", async () => {
  const text =
    `{"target":1,"staff_id":2}\n\n \n{"month":"2026-11","currency_code":"","target":"3"}`;
  assertEquals(await rowsOfContent(text, JSONL), [
    { staff_id: 2, month: null, currency_code: null, target: "1" },
    { staff_id: null, month: "2026-11-01", currency_code: "", target: "3" },
  ]);
});

Deno.test("JSON that is broken refuses the file with its line", async () => {
  const cases: [ReadingOptions, string, string][] = [
    [JSONL, `${record("1")}\n\n{"staff_id":}\n`, "line 3: the text is not JSON"],
    [JSONL, `${record("1")}\n[1]`, "line 2: the value is not an object"],
    [JSONL, `[${record("1")}]`, "line 1: the value is not an object"],
    [JSONL, `${record("1")}\n{"staff_id":1`, "line 2: the text is not JSON"],
    [JSONL, `${record("1")}\n${record("1", ',"x":1')}`, 'line 2: unknown column "x"'],
    [JSONL, record("1", ',"TARGET":1'), "line 1: target and TARGET are the same column"],
    [JSONL, `{"a":"${"x".repeat(2 ** 20)}"}`, "line 1: the object has more than 1 MB"],
    [JSON_ARRAY, `[\n{"a":"${"x".repeat(2 ** 20)}`, "line 2: the object has more than 1 MB"],
    [JSON_ARRAY, `[\n${record("1")},\n${record("01")}]`, "line 3: the text is not JSON"],
    [JSON_ARRAY, `[${record("1")},\n`, "line 2: the file ends before its JSON array does"],
    [JSON_ARRAY, `[${record("1")},\n]`, "line 2: an element of the JSON array is missing"],
    [JSON_ARRAY, "[\n,]", "line 2: an element of the JSON array is missing"],
    [JSON_ARRAY, `[${record("1")}\n${record("1")}]`, "line 1: the text is not JSON"],
    [JSON_ARRAY, `[${record("1")}]\n x`, "line 2: text after the JSON array"],
    [JSON_ARRAY, `[${record("1")}, 1]`, "line 1: the value is not an object"],
    [JSON_ARRAY, "[null]", "line 1: the value is not an object"],
    [JSON_ARRAY, `[${record("1")}, ${record("1", ',"x":[{}]')}]`, 'line 1: unknown column "x"'],
    [
      JSON_ARRAY,
      record("1"),
      "line 1: a JSON file is an array of objects: name a file with an object on each line .jsonl",
    ],
    [JSON_ARRAY, "", "line 1: the file ends before its JSON array does"],
  ];
  for (const [options, text, reason] of cases) {
    for (const chunk of [5_000, 100_000]) {
      assertEquals(await refusalOf(text, { ...options, chunk }), reason, text.slice(0, 100));
    }
  }
});

Deno.test("a value that no column holds stays text", async () => {
  const text = record('{"a":[1.10,true]}').replace('"GBP"', '["GBP"]').replace("1,", "1.5,");
  assertEquals(await rowsOfContent(text, JSONL), [{
    staff_id: "1.5",
    month: "2026-11-01",
    currency_code: ['["GBP"]'] as unknown as string,
    target: '{"a":["1.10",true]}',
  }]);
});

Deno.test("any objects are read from an array as from lines", async () => {
  const text = fc.string({ unit: "grapheme" });
  const value = fc.oneof(text, fc.constant(null), fc.integer(), fc.boolean());
  const object = fc.record({ currency_code: value, month: value }, { requiredKeys: [] });
  await fc.assert(
    fc.asyncProperty(
      fc.array(object, { maxLength: 10 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(undefined, 1),
      async (objects, chunk, indent) => {
        const options = { spec: {}, chunk };
        const lines = objects.map((object) => JSON.stringify(object)).join("\n");
        const expected = await rowsOfContent(lines, { ...options, format: "jsonl" });
        const array = JSON.stringify(objects, null, indent);
        assertEquals(await rowsOfContent(array, { ...options, format: "json" }), expected);
        assertEquals(expected.length, objects.length);
      },
    ),
    { numRuns: propertyRuns({ quick: 50, all: 1_000 }) },
  );
});
