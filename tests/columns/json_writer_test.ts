import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { TableSpec } from "../../schemas/table.ts";
import { copyScanner } from "../../sdk/columns/copy_scanner.ts";
import { jsonWriter } from "../../sdk/columns/json_writer.ts";
import { wholeRows } from "../../sdk/columns/whole_rows.ts";
import { jsonLineWriter } from "../support/json_line_writer.ts";
import { propertyRuns } from "../support/slow.ts";
import { bytesOf, chunksOf, copied, cuts } from "./rows.ts";

/** Returns the JSON Lines that `jsonWriter` makes of COPY text. */
async function written(table: TableSpec, copy: Uint8Array, cuts: readonly number[] = []) {
  const scan = copyScanner(Object.keys(table.columns).length);
  const write = jsonWriter(table);
  let text = "";
  for await (const rows of wholeRows(chunksOf(copy, cuts), (how) => new Error(how))) {
    text += new TextDecoder("utf-8", { ignoreBOM: true }).decode(write(scan(rows)));
  }
  return text;
}

function expected(table: TableSpec, lines: readonly string[]): string {
  const jsonLine = jsonLineWriter(table);
  return lines.map((line) => jsonLine(line) + "\n").join("");
}

function texts(width: number): TableSpec {
  const names = Array.from({ length: width }, (_, n) => `c${n}`);
  const columns = Object.fromEntries(names.map((name) => [name, { type: "text" } as const]));
  return { name: "t", key: "c0", columns };
}

Deno.test("jsonWriter() writes the same bytes as a writer of single rows", async () => {
  await fc.assert(
    fc.asyncProperty(copied, cuts, async ({ table, lines }, cuts) => {
      assertEquals(await written(table, bytesOf(lines), cuts), expected(table, lines));
    }),
    { numRuns: propertyRuns({ quick: 400, all: 10_000 }) },
  );
});

Deno.test("jsonWriter() writes every byte of COPY text, escaped or not, like a writer of single rows", async () => {
  const codes = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
    .filter((character) => !"\t\n".includes(character));
  const lines = codes.flatMap((code) => [code, `\\${code}`, `a${code}b`, `a\\${code}b`]);
  assertEquals(await written(texts(1), bytesOf(lines)), expected(texts(1), lines));
});

Deno.test("jsonWriter() writes rows that are larger than any buffer", async () => {
  const lines = ["a\tb", `${"x".repeat(3e6)}\t${"\u0001\\v".repeat(1e6)}`, "\\N\tc"];
  const cuts = Array.from({ length: 90 }, (_, n) => n * 65_536);
  assertEquals(await written(texts(2), bytesOf(lines), cuts), expected(texts(2), lines));
});

Deno.test("jsonWriter() writes tables without rows, with 1 column and with 1600 columns", async () => {
  assertEquals(await written(texts(3), bytesOf([])), "");
  for (const width of [1, 1_600]) {
    const lines = Array.from({ length: 300 }, (_, n) => {
      return Array.from({ length: width }, (_, c) => (n + c) % 7 === 0 ? "\\N" : "").join("\t");
    });
    assertEquals(await written(texts(width), bytesOf(lines)), expected(texts(width), lines));
  }
});

Deno.test("copyScanner() refuses a row with another number of fields", () => {
  for (const lines of [["a"], ["a\tb\tc"], ["a\tb", "a\tb\tc\td", ""]]) {
    assertThrows(() => copyScanner(2)(bytesOf(lines)), Error, "does not have 2 fields");
  }
});
