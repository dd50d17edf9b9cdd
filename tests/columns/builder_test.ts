import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { ColumnSpec, Value } from "../../schemas/columns.ts";
import { columnBuilder } from "../../sdk/columns/builder.ts";
import { codecOf } from "../../sdk/columns/codecs.ts";
import type { Column } from "../../sdk/columns/column.ts";
import { gather } from "../../sdk/columns/gather.ts";
import { propertyRuns } from "../support/slow.ts";
import { CASES } from "./cases.ts";
import { fieldOf, jsonField } from "./fields_of.ts";

const numRuns = propertyRuns({ quick: 100, all: 1_000 });

function valuesOf(spec: ColumnSpec, column: Column, rows: number): Value[] {
  const codec = codecOf(spec);
  return Array.from({ length: rows }, (_, row) => codec.valueAt(column, row));
}

for (const [name, { spec: present, printed }] of Object.entries(CASES)) {
  const spec = { ...present, nullable: true };
  const bare = spec.type === "integer" || spec.type === "boolean";
  const valueOf = (text: string | null): Value => bare && text !== null ? JSON.parse(text) : text;
  const decode = (texts: (string | null)[]) => {
    const chunk = fieldOf(...texts.map((text) => text && jsonField(text)));
    return codecOf(spec).decode(chunk, 0, chunk.odd);
  };
  const texts = fc.array(fc.option(printed, { freq: 4 }), { maxLength: 20 });

  Deno.test(`columnBuilder() collects blocks, values and gathered rows of ${name}`, () => {
    const step = fc.record({
      texts,
      how: fc.constantFrom("block", "values", "gathered", "truncated"),
      from: fc.nat(20),
      to: fc.nat(20),
      reset: fc.nat(9),
    });
    const builder = columnBuilder(spec);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        builder.reset();
        let expected: Value[] = [];
        for (const { texts, how, from, to, reset } of steps) {
          const start = Math.min(from, to, texts.length);
          const end = Math.min(Math.max(from, to), texts.length);
          if (reset === 0) {
            builder.reset();
            expected = [];
          }
          if (how === "truncated") {
            const rows = Math.min(from, expected.length);
            builder.truncate(rows);
            expected = expected.slice(0, rows);
          } else if (how === "values") {
            for (const text of texts) builder.appendValue(valueOf(text));
            expected.push(...texts.map(valueOf));
          } else if (how === "block") {
            builder.append(decode(texts), start, end);
            expected.push(...texts.slice(start, end).map(valueOf));
          } else {
            const indexes = Int32Array.from({ length: 30 }, (_, i) => i % (texts.length + 1) - 1);
            builder.append(gather(decode(texts), indexes, 30), start, end);
            const gathered = [...indexes].map((i) => i < 0 ? null : valueOf(texts[i]));
            expected.push(...gathered.slice(start, end));
          }
        }
        assertEquals(builder.rows, expected.length);
        const column = builder.finish();
        assertEquals(valuesOf(spec, column, expected.length), expected);
        assertEquals(column.nulls !== null, expected.includes(null));
      }),
      { numRuns },
    );
  });

  Deno.test(`gather() gives rows of ${name} in any order, and those of what was gathered`, () => {
    fc.assert(
      fc.property(texts, fc.infiniteStream(fc.nat(1_000)), (texts, numbers) => {
        const pick = (count: number) =>
          Int32Array.from({ length: 25 }, () => numbers.next().value! % (count + 1) - 1);
        const first = pick(texts.length), second = pick(25);
        const once = gather(decode(texts), first, 25);
        const expected = [...first].map((i) => i < 0 ? null : valueOf(texts[i]));
        assertEquals(valuesOf(spec, once, 25), expected);
        const twice = gather(once, second, 25);
        assertEquals(valuesOf(spec, twice, 25), [...second].map((i) => i < 0 ? null : expected[i]));
      }),
      { numRuns },
    );
  });
}

Deno.test("columnBuilder() adds nothing when a value does not fit", () => {
  const builder = columnBuilder({ type: "numeric", precision: 3, scale: 1 });
  builder.appendValue("1.5");
  assertThrows(() => builder.appendValue("100.5"), RangeError, "100.5 does not fit numeric(3,1)");
  assertThrows(() => builder.appendValue(null), RangeError, "is NULL");
  builder.appendValue("2.5");
  assertEquals(builder.rows, 2);
  assertEquals([...(builder.finish() as { values: BigInt64Array }).values.slice(0, 2)], [15n, 25n]);
});
