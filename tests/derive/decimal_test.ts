import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatDecimal, parseDecimal } from "../../sdk/derive/decimal.ts";

const MONEY = { precision: 10, scale: 2 };

/** Whole numbers of up to this many digits. */
const unscaled = (digits: number) => {
  const bound = 10n ** BigInt(digits) - 1n;
  return fc.bigInt({ min: -bound, max: bound });
};

Deno.test("parseDecimal() reads decimal text as an unscaled whole number", () => {
  const read: [string, bigint][] = [
    ["3.94", 394n],
    ["3.9", 390n],
    ["3", 300n],
    ["3.", 300n],
    ["-0.05", -5n],
    ["0", 0n],
    ["0.00", 0n],
    ["0003.94", 394n],
    ["99999999.99", 9_999_999_999n],
    ["-99999999.99", -9_999_999_999n],
    ["3.9400000", 394n],
  ];
  for (const [text, expected] of read) assertEquals(parseDecimal(text, MONEY), expected, text);
});

Deno.test("parseDecimal() refuses digits beyond its scale", () => {
  for (const text of ["3.941", "0.001", "100000000", "100000000.00", "-100000000"]) {
    assertEquals(parseDecimal(text, MONEY), undefined, text);
  }
});

Deno.test("parseDecimal() refuses anything but a finite decimal", () => {
  for (const text of ["", "NaN", "Infinity", "1e3", "+1", ".5", "1,5", "1.2.3", " 1", "0x1", "-"]) {
    assertEquals(parseDecimal(text, MONEY), undefined, JSON.stringify(text));
  }
});

Deno.test("formatDecimal() writes at least the requested fraction digits", () => {
  assertEquals(formatDecimal(394n, 2, 2), "3.94");
  assertEquals(formatDecimal(390n, 2, 2), "3.90");
  assertEquals(formatDecimal(-5n, 2, 2), "-0.05");
  assertEquals(formatDecimal(0n, 2, 2), "0.00");
  assertEquals(formatDecimal(3_900_000n, 6, 2), "3.90");
  assertEquals(formatDecimal(3_900_001n, 6, 2), "3.900001");
  assertEquals(formatDecimal(3_000_000n, 6, 0), "3");
  assertEquals(formatDecimal(42n, 0, 0), "42");
});

Deno.test("a decimal of any size is read back digit for digit", () => {
  const scales = fc.integer({ min: 0, max: 18 });
  fc.assert(fc.property(unscaled(38), scales, (value, scale) => {
    const text = formatDecimal(value, scale, scale);
    assertEquals(parseDecimal(text, { precision: 38, scale }), value);
  }));
});

Deno.test("a decimal is written back unchanged at its own scale", () => {
  const texts = fc.record({
    negative: fc.boolean(),
    whole: fc.bigInt({ min: 0n, max: 10n ** 20n - 1n }),
    fraction: fc.bigInt({ min: 0n, max: 10n ** 18n - 1n }),
  }).map(({ negative, whole, fraction }) => {
    const text = `${whole}.${String(fraction).padStart(18, "0")}`;
    return negative && /[1-9]/.test(text) ? `-${text}` : text;
  });
  fc.assert(fc.property(texts, (text) => {
    const value = parseDecimal(text, { precision: 38, scale: 18 });
    assert(value !== undefined, text);
    assertEquals(formatDecimal(value, 18, 18), text);
  }));
});

Deno.test("decimals never pass through a float", () => {
  // A float would change each of these numbers.
  for (const text of ["0.1", "90071992547409.93", "1234567890123456789.987654321"]) {
    const value = parseDecimal(text, { precision: 38, scale: 18 })!;
    assertEquals(formatDecimal(value, 18, 0), text);
  }
  const sum = ["0.10", "0.20"].map((text) => parseDecimal(text, MONEY)!)
    .reduce((a, b) => a + b);
  assertEquals(formatDecimal(sum, 2, 2), "0.30");
});
