import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EtlError } from "../../sdk/errors.ts";
import { identifier, identifiers, readableIdentifier } from "../../sdk/postgres/sql.ts";
import { testDatabase } from "../support/postgres.ts";

const NAMES = [
  "a",
  "select",
  "Mixed Case",
  'a"b',
  '"',
  '""',
  "a'b",
  "a;--",
  "a\\b",
  "a.b",
  "名",
  "$1",
];

Deno.test("identifier() names a table and a column with any name", async () => {
  await using database = await testDatabase();
  const { sql } = database;
  for (const name of NAMES) {
    await sql.unsafe(`CREATE TABLE ${identifier(name)} (${identifier(name)} int)`);
  }
  const found = await sql`
    SELECT relname, attname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0`;
  assertEquals(found.map(({ relname }) => relname).sort(), NAMES.toSorted());
  assertEquals(found.map(({ attname }) => attname).sort(), NAMES.toSorted());
});

Deno.test("identifier() is one identifier to Postgres for any text", async () => {
  await using database = await testDatabase();
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 15 })
    .filter((name) => !name.includes("\0"));
  await fc.assert(
    fc.asyncProperty(name, async (name) => {
      const [row] = await database.sql.unsafe(`SELECT 1 AS ${identifier(name)}`);
      assertEquals(Object.keys(row), [name]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("identifier() refuses a NUL", () => {
  assertThrows(() => identifier("a\0b"), EtlError, "not an identifier");
});

Deno.test("identifiers() separates names by commas, each with the alias", () => {
  assertEquals(identifiers(["a", 'b"c']), '"a", "b""c"');
  assertEquals(identifiers(["a", "b"], "t"), 't."a", t."b"');
});

Deno.test("readableIdentifier() quotes only what Postgres would read as something else", async () => {
  await using database = await testDatabase();
  const words = await database.sql<{ word: string; reserved: boolean }[]>`
    SELECT word, catcode IN ('R', 'T') AS reserved FROM pg_get_keywords()`;
  for (const { word, reserved } of words) {
    assertEquals(readableIdentifier(word), reserved ? `"${word}"` : word);
  }
  for (const name of NAMES.filter((name) => name !== "a")) {
    assertEquals(readableIdentifier(name), identifier(name));
  }
});
