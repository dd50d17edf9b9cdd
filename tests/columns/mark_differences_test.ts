import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Value } from "../../schemas/columns.ts";
import { columnBuilder } from "../../sdk/columns/builder.ts";
import { codecOf } from "../../sdk/columns/codecs.ts";
import type { Column } from "../../sdk/columns/column.ts";
import { gather } from "../../sdk/columns/gather.ts";
import { countEqual, markDifferences } from "../../sdk/columns/mark_differences.ts";
import { propertyRuns } from "../support/slow.ts";
import { CASES } from "./cases.ts";

const numRuns = propertyRuns({ quick: 100, all: 1_000 });

for (const [name, { spec: present, printed }] of Object.entries(CASES)) {
  const spec = { ...present, nullable: true };
  const codec = codecOf(spec);
  const bare = spec.type === "integer" || spec.type === "boolean";
  const valueOf = (text: string | null): Value => bare && text !== null ? JSON.parse(text) : text;
  const columnOf = (texts: readonly (string | null)[], isGathered: boolean): Column => {
    const builder = columnBuilder(spec);
    for (const text of texts) builder.appendValue(valueOf(text));
    const column = builder.finish();
    const places = Int32Array.from(texts, (_, place) => place);
    return isGathered ? gather(column, places, texts.length) : column;
  };
  const text = fc.option(printed);
  // Undefined stands for the same value as on the other side.
  const pairs = fc.array(fc.tuple(text, fc.oneof(fc.constant(undefined), text)), { maxLength: 40 });
  const side = fc.record({ before: fc.array(printed, { maxLength: 2 }), isGathered: fc.boolean() });

  Deno.test(`markDifferences() and countEqual() find the rows of ${name} whose values differ`, () => {
    fc.assert(
      fc.property(
        pairs,
        side,
        side,
        (pairs, left, right) => {
          const rows = pairs.map(([a, b]) => [a, b === undefined ? a : b] as const);
          const part = (
            values: readonly (string | null)[],
            { before, isGathered }: typeof left,
          ) => ({
            column: columnOf([...before, ...values], isGathered),
            from: before.length,
          });
          const a = part(rows.map(([value]) => value), left);
          const b = part(rows.map(([, value]) => value), right);
          const expected = rows.map((_, row) =>
            codec.valueAt(a.column, a.from + row) === codec.valueAt(b.column, b.from + row) ? 0 : 1
          );
          const differs = new Uint8Array(rows.length);
          markDifferences(a, b, rows.length, differs);
          assertEquals([...differs], expected);
          const first = expected.indexOf(1);
          assertEquals(countEqual(a, b, rows.length), first === -1 ? rows.length : first);
        },
      ),
      { numRuns },
    );
  });
}
