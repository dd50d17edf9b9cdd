import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { plainDecimal } from "../../sdk/sources/plain_decimal.ts";
import { propertyRuns } from "../support/slow.ts";

Deno.test("plainDecimal() writes every digit of a number without its exponent", () => {
  for (
    const [source, plain] of [
      ["1.10", "1.10"],
      ["3.7606264e-7", "0.00000037606264"],
      ["1.8E2", "180"],
      ["1.2345e+2", "123.45"],
      ["-1e-2", "-0.01"],
      ["0e5", "0"],
      ["12e-1", "1.2"],
      ["1e101", undefined],
      ["1e-101", undefined],
      ["1.", undefined],
    ] as const
  ) assertEquals(plainDecimal(source, 100), plain);
});

Deno.test("plainDecimal() keeps the value of any number", () => {
  const digits = fc.bigInt({ min: 0n, max: 10n ** 30n });
  const number = fc.tuple(
    digits,
    fc.integer({ min: 0, max: 20 }),
    fc.integer({ min: -100, max: 100 }),
  );
  fc.assert(
    fc.property(number, ([whole, fraction, exponent]) => {
      const plain = plainDecimal(`${whole}.${"7".repeat(fraction + 1)}e${exponent}`, 100)!;
      // As fractions: the same value when both are brought to 200 digits after the point.
      const [integer, decimals = ""] = plain.split(".");
      const actual = BigInt(integer + decimals.padEnd(200, "0"));
      const unscaled = BigInt(`${whole}${"7".repeat(fraction + 1)}`);
      assertEquals(actual, unscaled * 10n ** BigInt(200 + exponent - fraction - 1));
    }),
    { numRuns: propertyRuns({ quick: 200, all: 5000 }) },
  );
});
