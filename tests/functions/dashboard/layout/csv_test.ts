import { assertEquals } from "@std/assert";
import { csvOf } from "../../../../functions/dashboard/layout/csv.ts";

/** Returns a file of one column, without its head. */
function column(...values: unknown[]): string[] {
  return csvOf(values.map((value) => ({ value }))).split("\r\n").slice(1, -1);
}

Deno.test("csvOf() writes a head, quotes what needs it, and leaves NULL empty", () => {
  const rows = [
    { a: "x,y", b: 'say "hi"' },
    { a: "two\nlines", b: null },
    { a: "", b: 0 },
  ];
  assertEquals(csvOf(rows), 'a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\n,0\r\n');
  assertEquals(csvOf([]), "");
});

Deno.test("csvOf() keeps every digit of a number that is text", () => {
  const numbers = ["-12345678901234567890.10", "+0.1", "-5"];
  assertEquals(column(...numbers), numbers);
});

Deno.test("csvOf() disarms text that a spreadsheet would calculate", () => {
  assertEquals(column('=HYPERLINK("x")', "@SUM(1)", "-1+cmd", "\tx", "a=b"), [
    `"'=HYPERLINK(""x"")"`,
    "'@SUM(1)",
    "'-1+cmd",
    "'\tx",
    "a=b",
  ]);
});
