import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { connect } from "../../sdk/postgres/connection.ts";
import { COPY_NULL, copyField, copyFieldText } from "../../sdk/postgres/copy_text.ts";
import { testDatabase } from "../support/postgres.ts";

type Text = string | null;

/** Any character that Postgres can hold, with COPY's special characters more often than others. */
const text = fc.string({
  unit: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(..."\\\t\n\r\b\f\vNntbfrvx.01234567\u0001\u001f") },
    { weight: 2, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  ).filter((character) => character !== "\0"),
  maxLength: 40,
});
const rows: fc.Arbitrary<[Text, Text][]> = fc.array(
  fc.tuple(fc.option(text), fc.option(text)),
  { maxLength: 60 },
);

async function* linesOf(rows: readonly (readonly Text[])[]): AsyncGenerator<Uint8Array> {
  const lines = rows.map((row) => row.map(copyField).join("\t") + "\n");
  yield await Promise.resolve(new TextEncoder().encode(lines.join("")));
}

function fieldValue(field: string): Text {
  return field === COPY_NULL ? null : copyFieldText(field);
}

Deno.test("COPY round-trips every text unchanged", async () => {
  await using database = await testDatabase();
  await using connection = connect(database.url);
  await connection.query("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, a text, b text)");
  await fc.assert(
    fc.asyncProperty(rows, async (rows) => {
      await connection.query("TRUNCATE t");
      await connection.copyIn("COPY t (a, b) FROM STDIN", linesOf(rows));
      // The value as the server stored it, read without COPY.
      const queried = await connection.query<{ a: Text; b: Text }>(
        "SELECT a, b FROM t ORDER BY id",
      );
      assertEquals(queried.map(({ a, b }) => [a, b]), rows);
      const copies: Uint8Array<ArrayBuffer>[] = [];
      const statement = "COPY (SELECT a, b FROM t ORDER BY id) TO STDOUT";
      for await (const chunk of connection.copyOut(statement)) copies.push(new Uint8Array(chunk));
      const lines = (await new Blob(copies).text()).split("\n").slice(0, -1);
      assertEquals(lines.map((line) => line.split("\t").map(fieldValue)), rows);
    }),
    { numRuns: 40 },
  );
});

Deno.test("copyField() writes numbers, booleans and NULL as Postgres reads them", () => {
  assertEquals([1, -7, true, false, null, ""].map(copyField), ["1", "-7", "t", "f", "\\N", ""]);
});

Deno.test("copyField() writes a text that looks like NULL or the end as a text", () => {
  assertEquals([COPY_NULL, "\\.", "\\"].map(copyField), ["\\\\N", "\\\\.", "\\\\"]);
});
