import { assertEquals } from "@std/assert";
import { toCsv } from "../../../../functions/dashboard/layout/csv.ts";

Deno.test("toCsv() quotes commas, quotes and line breaks, and leaves NULL empty", () => {
  assertEquals(
    toCsv(["a", "b"], [["x,y", 'say "hi"'], ["two\nlines", null], ["", 0]]),
    'a,b\r\n"x,y","say ""hi"""\r\n"two\nlines",\r\n,0\r\n',
  );
});

Deno.test("toCsv() keeps every digit of a number that is text", () => {
  assertEquals(
    toCsv(["n"], [["-12345678901234567890.10"], ["+0.1"]]),
    [
      "n",
      "-12345678901234567890.10",
      "+0.1",
      "",
    ].join("\r\n"),
  );
});

Deno.test("toCsv() disarms text that a spreadsheet would calculate", () => {
  assertEquals(
    toCsv(["name"], [['=HYPERLINK("x")'], ["@SUM(1)"], ["-1+cmd"], ["\tx"], ["a=b"]]),
    ["name", `"'=HYPERLINK(""x"")"`, "'@SUM(1)", "'-1+cmd", "'\tx", "a=b", ""].join("\r\n"),
  );
});
