import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { TableSpec } from "../../schemas/table.ts";
import { rowValidator } from "../../sdk/derive/validator.ts";

const BIGGEST = "9223372036854775807";
const CASES: readonly { column: ColumnSpec; good: unknown[]; bad: unknown[] }[] = [
  {
    column: { type: "integer" },
    good: [0, -1, 2_147_483_647, -2_147_483_648],
    bad: ["1", 1.5, 2_147_483_648, -2_147_483_649, NaN, Infinity, true, null, undefined],
  },
  {
    column: { type: "bigint" },
    good: ["0", "-1", BIGGEST, "-9223372036854775808"],
    bad: [1, "", "1.5", "x", "9223372036854775808", "-9223372036854775809", "1e3", null],
  },
  {
    column: { type: "numeric" },
    good: ["0", "3.94", "-0.001", "-" + "1".repeat(131_072), "0." + "1".repeat(16_383)],
    bad: [3.94, "", "NaN", "Infinity", "-Infinity", "1e5", "1.", ".1", "1,0", null],
  },
  {
    column: { type: "numeric", precision: 10, scale: 2 },
    good: ["3.94"],
    bad: [3.94, "NaN"],
  },
  {
    column: { type: "boolean" },
    good: [true, false],
    bad: ["t", "true", 1, 0, null],
  },
  {
    column: { type: "text" },
    good: ["", "a", "\u{1F45C}", "null", "x".repeat(10_000)],
    bad: [1, true, null, undefined, {}],
  },
  {
    column: { type: "text", maxLength: 3 },
    // The source can widen a column; its values are still valid.
    good: ["GBP", "LONGER"],
    bad: [3],
  },
  {
    column: { type: "text", format: "date" },
    good: ["2022-11-03", "2024-02-29"],
    bad: ["2022-02-30", "2022-11-3", "soon", "", 20221103, null],
  },
  { column: { type: "date" }, good: ["2022-11-03"], bad: ["2022-02-30", "0000-01-01", ""] },
  { column: { type: "time" }, good: ["14:20:49.962"], bad: ["25:00:00", "14:20", ""] },
  {
    column: { type: "timestamp" },
    good: ["2022-11-03 14:20:49.962"],
    bad: ["2022-11-03T14:20:49Z", "2022-02-30 00:00:00", "infinity", "", null],
  },
];

function tableOf(column: ColumnSpec): TableSpec {
  return { name: "order", key: "value", columns: { value: column } };
}

for (const { column, good, bad } of CASES) {
  const name = JSON.stringify(column);

  Deno.test(`rowValidator() accepts the values of a column ${name}`, () => {
    const problemOf = rowValidator(tableOf(column));
    for (const value of good) assertEquals(problemOf({ value }), undefined, String(value));
  });

  Deno.test(`rowValidator() rejects an invalid value of a column ${name} and names it`, () => {
    const problemOf = rowValidator(tableOf(column));
    for (const value of bad) {
      const problem = problemOf({ value });
      assert(problem !== undefined, String(value));
      assert(problem.startsWith("value: "), problem);
      // Text is quoted, so that an empty value or a trailing space is visible.
      const shown = typeof value === "string" ? JSON.stringify(value) : named(value);
      assertStringIncludes(problem, shown);
    }
  });

  Deno.test(`rowValidator() accepts null only where a column ${name} is nullable`, () => {
    assertEquals(rowValidator(tableOf({ ...column, nullable: true }))({ value: null }), undefined);
    assert(rowValidator(tableOf(column))({ value: null }) !== undefined);
  });
}

/** A value that is not text, as a message writes it. */
function named(value: unknown): string {
  return typeof value === "object" && value !== null ? "Object" : String(value);
}

Deno.test("rowValidator() names every column that is wrong", () => {
  const problem = rowValidator({
    name: "payment",
    key: "id",
    columns: { id: { type: "integer" }, paid: { type: "boolean" }, on: { type: "date" } },
  })({ id: 1, paid: "t", on: "2022-02-30" });
  assertEquals(
    problem,
    'paid: Invalid type: Expected boolean but received "t"; ' +
      'on: expected a date YYYY-MM-DD, got "2022-02-30"',
  );
});

Deno.test("rowValidator() reports a missing column and ignores extra ones", () => {
  const problemOf = rowValidator(tableOf({ type: "integer" }));
  assertStringIncludes(problemOf({}) ?? "", "value");
  assertEquals(problemOf({ value: 1, added_in_the_source: "x" }), undefined);
});

Deno.test("rowValidator() rejects anything but a row", () => {
  const problemOf = rowValidator(tableOf({ type: "integer" }));
  for (const row of [null, 1, "row", []]) {
    assert(problemOf(row) !== undefined, JSON.stringify(row));
  }
});

Deno.test("an unknown column type is an error when the validator is made, not when it runs", () => {
  let thrown: unknown;
  try {
    rowValidator(tableOf({ type: "money" } as unknown as ColumnSpec));
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof TypeError);
  assertStringIncludes(thrown.message, "money");
});

Deno.test("rowValidator() rejects a decimal with more digits than Postgres can hold, and does not repeat it", () => {
  const problemOf = rowValidator(tableOf({ type: "numeric" }));
  const problem = "value: more digits than Postgres can hold";
  for (const value of ["1".repeat(131_073), `-0.${"1".repeat(16_384)}`]) {
    assertEquals(problemOf({ value }), problem);
  }
});
