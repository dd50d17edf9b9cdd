import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { codecOf } from "../../sdk/columns/codecs.ts";
import { rowValidator } from "../../sdk/derive/validator.ts";
import { propertyRuns } from "../support/slow.ts";
import { CASES } from "./cases.ts";
import { fieldOf, jsonField, jsonValue } from "./fields_of.ts";
import { afterParquet } from "./row_wise.ts";

const numRuns = propertyRuns({ quick: 300, all: 2_000 });

/** Decodes fields of one column. Undefined stands for an odd row. */
function decoded(spec: ColumnSpec, fields: (string | Uint8Array | null)[]): (Value | undefined)[] {
  const codec = codecOf(spec);
  const chunk = fieldOf(...fields);
  const column = codec.decode(chunk, 0, chunk.odd);
  assertEquals(column.storage, codec.storage);
  return fields.map((_, row) => chunk.odd[row] ? undefined : codec.valueAt(column, row));
}

/** What the row-wise engine has after Parquet for a value; undefined when it refuses the value. */
function rowWise(spec: ColumnSpec): (value: Value) => Value | undefined {
  const table: TableSpec = { name: "order", key: "value", columns: { value: spec } };
  const problemOf = rowValidator(table);
  return (value) => {
    if (problemOf({ value }) !== undefined) return undefined;
    try {
      return afterParquet(spec, value);
    } catch (error) {
      assert(error instanceof RangeError);
      return undefined;
    }
  };
}

/** One or two small damages to a text. */
function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const damage = fc.record({
    place: fc.nat(500),
    remove: fc.nat(2),
    insert: fc.oneof(
      fc.constantFrom("", "0", "9", "-", ".", ":", " ", "+", "e", "T", "\\", "\\u0030", "\\u0000"),
      fc.constantFrom(
        "\\ud83d",
        "\\ude00",
        "\\ud83d\\ude00",
        "\\v",
        "\\/",
        '\\"',
        "\n",
        "\x01",
        "é",
      ),
    ),
  });
  return fc.tuple(text, fc.array(damage, { minLength: 1, maxLength: 2 })).map(([text, damages]) =>
    damages.reduce(
      (text, { place, remove, insert }) => {
        const at = place % (text.length + 1);
        return text.slice(0, at) + insert + text.slice(at + remove);
      },
      text,
    ).toWellFormed()
  );
}

for (const [name, { spec, printed, extremes, refused }] of Object.entries(CASES)) {
  const bare = spec.type === "integer" || spec.type === "boolean";
  const asField = (text: string) => bare ? text : jsonField(text);
  const valueOf = (text: string): Value => bare ? JSON.parse(text) : text;

  Deno.test(`codecOf() reads what Postgres prints as ${name}`, () => {
    assertEquals(decoded(spec, extremes.map(asField)), extremes.map(valueOf));
    fc.assert(
      fc.property(fc.array(printed, { maxLength: 5 }), (texts) => {
        assertEquals(decoded(spec, texts.map(asField)), texts.map(valueOf));
      }),
      { numRuns },
    );
  });

  Deno.test(`codecOf() leaves as odd what the row-wise engine refuses as ${name}`, () => {
    const expected = rowWise(spec);
    for (const text of refused) {
      if (!bare) assertEquals(expected(text), undefined, text);
      assertEquals(decoded(spec, [asField(text)]), [undefined], text);
    }
  });

  Deno.test(`codecOf() never reads another value than the row-wise engine as ${name}`, () => {
    const expected = rowWise(spec);
    const check = (field: string) => {
      fc.pre(/^([^"\\]|\\.)*$/su.test(field)); // the scanner ends a field at a quote
      fc.pre(!(spec.type === "boolean" && /^[tf]$/.test(field))); // as in COPY text
      const [value] = decoded(spec, [field]);
      if (value === undefined) return;
      const parsed = jsonValue(spec, field);
      assert(parsed !== undefined, `${JSON.stringify(field)} is no JSON`);
      assertEquals(value, expected(parsed), JSON.stringify(field));
    };
    fc.assert(fc.property(damaged(printed.map(asField)), check), { numRuns: 3 * numRuns });
  });

  Deno.test(`codecOf() encodes values of ${name} as it decodes their text`, () => {
    const codec = codecOf(spec);
    fc.assert(
      fc.property(fc.oneof(printed, fc.constantFrom(...extremes.slice(0, 6))), (text) => {
        const chunk = fieldOf(asField(text));
        const column = codec.decode(chunk, 0, chunk.odd);
        const stored = codec.encode(valueOf(text));
        const held = "values" in column && column.storage !== "dictionary"
          ? column.values[0]
          : codec.valueAt(column, 0);
        assertEquals(stored, held);
      }),
      { numRuns },
    );
  });

  Deno.test(`codecOf() decodes NULL of ${name} where the column allows it`, () => {
    const text = asField(extremes[0]);
    const value = valueOf(extremes[0]);
    assertEquals(decoded({ ...spec, nullable: true }, [null, text, null]), [null, value, null]);
    assertEquals(decoded(spec, [null, text, null]), [undefined, value, undefined]);
    assertEquals(codecOf({ ...spec, nullable: true }).encode(null), null);
    assertThrows(
      () => codecOf(spec).encode(null),
      RangeError,
      "is NULL, but the column does not allow it",
    );
  });

  Deno.test(`codecOf() does not read odd rows of ${name}`, () => {
    for (const nullable of [false, true]) {
      const codec = codecOf({ ...spec, nullable });
      const chunk = fieldOf(asField(extremes[0]), asField(extremes[0]), null);
      chunk.odd[0] = chunk.odd[2] = 1;
      chunk.starts[0] = 1_000_000;
      chunk.ends[0] = 2_000_000;
      const column = codec.decode(chunk, 0, chunk.odd);
      assertEquals([...chunk.odd], [1, 0, 1]);
      assertEquals(codec.valueAt(column, 1), valueOf(extremes[0]));
    }
  });
}

Deno.test("codecOf() throws the messages of quarantine", () => {
  const messages: [ColumnSpec, Value, string][] = [
    [{ type: "integer" }, 1.5, "1.5 is not a whole number of 32 bits"],
    [
      { type: "numeric", precision: 10, scale: 2 },
      "3.941",
      "3.941 does not fit numeric(10,2) exactly",
    ],
    [{ type: "numeric", precision: 38, scale: 2 }, "x", "x does not fit numeric(38,2) exactly"],
    [{ type: "date" }, "soon", '"soon" is not a date'],
    [{ type: "time" }, "soon", '"soon" is not a time'],
    [{ type: "timestamp" }, "soon", '"soon" is not a timestamp'],
    [
      { type: "timestamp" },
      "294276-12-31 00:00:00",
      "294276-12-31 00:00:00 is too late for Parquet",
    ],
  ];
  for (const [spec, value, message] of messages) {
    assertThrows(() => codecOf(spec).encode(value), RangeError, message);
    assertThrows(() => afterParquet(spec, value), RangeError, message);
  }
});

Deno.test("codecOf() leaves text that is not UTF-8 as odd", () => {
  const broken = [
    [0x80],
    [0xc3],
    [0xc0, 0x80],
    [0xe0, 0x80, 0x80],
    [0xed, 0xa0, 0x80],
    [0xf0, 0x80, 0x80, 0x80],
    [0xf4, 0x90, 0x80, 0x80],
    [0xf8, 0x88, 0x80, 0x80, 0x80],
    [0xff],
    [0xe2, 0x82],
    [0xe2, 0x28, 0xa1],
  ].map((bytes) => Uint8Array.from(bytes));
  assertEquals(decoded({ type: "text" }, broken), broken.map(() => undefined));
  const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const bytes = fc.uint8Array({ maxLength: 6, min: 0x7f });
  fc.assert(
    fc.property(bytes, (bytes) => {
      const [value] = decoded({ type: "text" }, [bytes]);
      let expected: string | undefined;
      try {
        expected = utf8.decode(bytes);
      } catch {
        // Not UTF-8.
      }
      assertEquals(value, expected);
    }),
    { numRuns: 3 * numRuns },
  );
});

Deno.test("codecOf() reads booleans of COPY text", () => {
  assertEquals(decoded({ type: "boolean" }, ["t", "f"]), [true, false]);
});

Deno.test("codecOf() throws for a type that does not exist", () => {
  assertThrows(() => codecOf({ type: "money" } as unknown as ColumnSpec), TypeError, "money");
});
