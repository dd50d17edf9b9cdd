import { assertEquals } from "@std/assert";
import { csvOf } from "../../../../functions/dashboard/layout/csv.ts";

/** Returns a file of one column, without its head. */
function column(...values: unknown[]): string[] {
  return values.map((value) => csvOf([{ value }]).replace(/^value\r\n|\r\n$/g, ""));
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
  assertEquals(column("x;=1+1;y", "x; =y", "a\r\nb", "a\n-b", "\uff1d1", "\n=1"), [
    "x;'=1+1;y",
    "x; =y",
    '"a\r\nb"',
    `"a\n'-b"`,
    "'\uff1d1",
    `"'\n'=1"`,
  ]);
});
