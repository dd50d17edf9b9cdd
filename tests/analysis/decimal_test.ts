import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decimal } from "../../sdk/mod.ts";
import { propertyRuns } from "../support/slow.ts";
import { testDatabase } from "../support/postgres.ts";

const { add, compare, divide, multiply, round, subtract, sum, toNumber } = decimal;

/** Decimals of up to 24 digits before the point and 18 after it, as text. */
const amount = fc.record({
  unscaled: fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n }),
  scale: fc.nat(18),
}).map(({ unscaled, scale }) => {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, "0");
  const point = digits.length - scale;
  const text = scale === 0 ? digits : `${digits.slice(0, point)}.${digits.slice(point)}`;
  return unscaled < 0n ? `-${text}` : text;
});

Deno.test("sums, products, quotients and rounded decimals have the digits that Postgres prints", async () => {
  await using database = await testDatabase();
  const property = fc.asyncProperty(
    fc.array(fc.tuple(amount, amount, fc.integer({ min: 0, max: 9 })), { minLength: 1 }),
    async (pairs) => {
      const rows = await database.sql`
        SELECT a + b AS added, a - b AS subtracted, a * b AS multiplied, round(a, places) AS rounded,
          CASE WHEN b <> 0 THEN round(div(a * 1e40::numeric, b) * 1e-40::numeric, places) END AS divided,
          sign(a - b)::int AS compared, a::float8 AS number, sum(a) OVER () AS sum
        FROM jsonb_to_recordset(${
        JSON.stringify(pairs.map(([a, b, places], i) => ({ i, a, b, places })))
      }::text::jsonb) AS v(i int, a numeric, b numeric, places int) ORDER BY i`;
      const all = sum(pairs.map(([a]) => a));
      const found = pairs.map(([a, b, places]) => ({
        added: add(a, b),
        subtracted: subtract(a, b),
        multiplied: multiply(a, b),
        rounded: round(a, places),
        divided: compare(b, 0) === 0 ? null : divide(a, b, places),
        compared: compare(a, b),
        number: toNumber(a),
        sum: all,
      }));
      assertEquals(found, rows.map((row) => ({ ...row })) as unknown as typeof found);
    },
  );
  await fc.assert(property, { numRuns: propertyRuns({ quick: 20, all: 300 }) });
});

Deno.test("decimals of any size, whole numbers and bigints are added exactly", () => {
  assertEquals(sum([]), "0");
  assertEquals(sum(["0.10", "0.20", 3, 4n]), "7.30");
  assertEquals(
    add("123456789012345678901234567890.123", "0.0001"),
    "123456789012345678901234567890.1231",
  );
  assertEquals(multiply("3.94", 10), "39.40");
});

Deno.test("decimals are rounded half away from zero", () => {
  assertEquals(["2.5", "-2.5", "2.4999", "-0.4"].map((value) => round(value)), [
    "3",
    "-3",
    "2",
    "0",
  ]);
  assertEquals(round("3.9", 3), "3.900");
  assertEquals(divide("1", "3", 4), "0.3333");
  assertEquals(divide("-2", "3", 2), "-0.67");
  assertEquals(["3.9", "10", "-1", "3.90"].sort(compare), ["-1", "3.9", "3.90", "10"]);
});

Deno.test("a float, a text that is no decimal and a division by zero are refused", () => {
  assertThrows(
    () => add(0.1, "0.2"),
    RangeError,
    '0.1 is a float, which is not exact: pass text, such as "0.1"',
  );
  assertThrows(() => add(2 ** 53, 1), RangeError, "is a float");
  for (const text of ["", "NaN", "1e3", "1,5"]) {
    assertThrows(() => toNumber(text), RangeError, `${JSON.stringify(text)} is not a decimal`);
  }
  assertThrows(() => divide(1, "0.00", 2), RangeError, "cannot divide 1 by zero");
});
