/** Values that a type allows but few programs expect are loaded exactly or quarantined. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { SourceTableSpec } from "../../schemas/mod.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { assertMirrored, type Mirror, printed, reasons, test } from "./mirror.ts";

/** Asserts that these keys are quarantined for these reasons and everything else was loaded. */
async function assertQuarantined(
  mirror: Mirror,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  const found = await reasons(mirror.sql);
  assertEquals(Object.keys(found), Object.keys(expected));
  for (const [key, words] of Object.entries(expected)) assertStringIncludes(found[key], words);
  const { tables } = await verify(mirror);
  const kinds = tables.flatMap(({ examples }) => examples.map(({ kind }) => kind));
  assertEquals(kinds, Object.keys(expected).map(() => "invalid"));
  for (const table of mirror.model.source) {
    const good = (await printed(mirror.sourceSql, table)).filter(([key]) =>
      !(`${key}` in expected)
    );
    assertEquals(await printed(mirror.sql, table), good);
  }
  assertEquals((await extract(mirror)).outcome, "unchanged");
}

const NUMBER: SourceTableSpec = {
  name: "number",
  key: "id",
  columns: { id: { type: "text" }, value: { type: "numeric", nullable: true } },
};

test(
  "a numeric arrives with every digit, and what is not finite is in quarantine",
  [NUMBER],
  async (mirror) => {
    await mirror.sourceSql.unsafe(`INSERT INTO number VALUES
    ('131072 digits', repeat('9', 131072)::numeric),
    ('and 16383 after the point', ('-' || repeat('9', 131072) || '.' || repeat('1', 16383))::numeric),
    ('1000 digits', repeat('7', 1000)::numeric),
    ('the smallest', ('0.' || repeat('0', 16382) || '1')::numeric),
    ('zeros after it', ('1.' || repeat('0', 16383))::numeric),
    ('38 digits', -99999999999999999999999999999999999999),
    ('39 digits', 100000000000000000000000000000000000000),
    ('19 after the point', 0.0000000000000000001),
    ('-0', '-0'), ('-0.000', '-0.000'), ('null', NULL), ('1e5', 1e5),
    ('n1', 'NaN'), ('n2', 'Infinity'), ('n3', '-Infinity')`);
    await run(mirror);
    await assertQuarantined(mirror, { n1: '"NaN"', n2: '"Infinity"', n3: '"-Infinity"' });
  },
);

const MOMENT: SourceTableSpec = {
  name: "moment",
  key: "id",
  columns: {
    id: { type: "text" },
    day: { type: "date", nullable: true },
    at: { type: "timestamp", nullable: true },
    clock: { type: "time", nullable: true },
    typed: { type: "text", format: "date", maxLength: 10, nullable: true },
  },
};

test(
  "a time arrives to the microsecond, and one that no calendar has is in quarantine",
  [MOMENT],
  async (mirror) => {
    await mirror.sourceSql.unsafe(`INSERT INTO moment (id, day, at, clock, typed) VALUES
    ('first', '0001-01-01', '0001-01-01', '00:00:00', '0001-01-01'),
    ('last', '294276-12-31', '294247-01-10 04:00:54.775807', '24:00:00', '9999-12-31'),
    ('leap', '2000-02-29', '2024-02-29 00:00:00.000001', '23:59:59.999999', '2024-02-29'),
    ('null', NULL, NULL, NULL, NULL)`);
    const bad: [string, "day" | "at" | "typed", string][] = [
      ["q01", "day", "infinity"],
      ["q02", "day", "-infinity"],
      ["q03", "day", "0044-03-15 BC"],
      ["q04", "day", "5874897-12-31"],
      ["q05", "at", "infinity"],
      ["q06", "at", "-infinity"],
      ["q00", "at", "294247-01-10 04:00:54.775808"],
      ["q99", "at", "294276-12-31 23:59:59.999999"],
      ["q07", "at", "0044-03-15 12:00:00 BC"],
      ["q08", "typed", "2022-02-30"],
      ["q09", "typed", "0000-00-00"],
      ["q10", "typed", "2023-02-29"],
      ["q11", "typed", ""],
      ["q12", "typed", "2022-2-3"],
      ["q13", "typed", "31/12/2022"],
      ["q14", "typed", "２０２２-01-01"],
      ["q15", "typed", "0000-01-01"],
      ["q16", "typed", "2022-01-0١"],
    ];
    for (const [id, column, value] of bad) {
      await mirror.sourceSql.unsafe(
        `INSERT INTO moment (id, "${column}") VALUES ('${id}', '${value}')`,
      );
    }
    await run(mirror);
    bad.sort();
    const words = Object.fromEntries(bad.map(([id, column]) => [id, `${column}: `]));
    await assertQuarantined(mirror, words);
    const found = await reasons(mirror.sql);
    for (const [id, , value] of bad) assertStringIncludes(found[id], value);
    await mirror.sourceSql`UPDATE moment SET typed = '2022-02-28' WHERE id = 'q08'`;
    await run(mirror);
    assert(!("q08" in await reasons(mirror.sql)), "a fixed row leaves the quarantine");
  },
);

const controls = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).join("");
const TEXTS = [
  "",
  " ",
  "\\N",
  "\\\\N",
  "N",
  "NULL",
  "null",
  "\\.",
  "\n\\.\n",
  "\\.\n",
  "\\",
  "\\\\",
  "\\\\\\n",
  controls,
  ...controls,
  "\u007f",
  "\u0080\u0085\u009b\u009f",
  "\u2028\u2029",
  "\ufeff",
  "\ufffd",
  "\uffff\u{10ffff}",
  '"',
  '""',
  "'",
  '{"a": [1',
  "\\x00",
  "\\xff\\xfe",
  "\\u0000",
  "\\ud800",
  "%00",
  "\u001b[2J\u001b[H",
  "\u202egnirts",
  "👜👩🏽‍🎨",
  "e\u0301",
  "\t\n\r\v\f\b",
  "a\tb\\tc",
  "\r\n",
  "x".repeat(100_000),
  "\\".repeat(200_001),
  "x" + "\\\n\t".repeat(100_001),
  '"'.repeat(10_001),
  "\n".repeat(10_001),
];
const WORD: SourceTableSpec = {
  name: "word",
  key: "id",
  columns: { id: { type: "integer" }, word: { type: "text", nullable: true } },
};

test(
  "a text arrives with every character, and NULL is not the empty one",
  [WORD],
  async (mirror) => {
    const { sourceSql, sql } = mirror;
    await sourceSql`INSERT INTO word ${sourceSql(TEXTS.map((word, id) => ({ id, word })))}`;
    await sourceSql`INSERT INTO word VALUES (-1, NULL)`;
    await run(mirror);
    await assertMirrored(mirror);
    const words = await sql`SELECT word FROM word ORDER BY id`;
    assertEquals(words.map(({ word }) => word), [null, ...TEXTS]);
  },
);

const KEYED: SourceTableSpec = {
  name: "keyed",
  key: "word",
  columns: { word: { type: "text" }, born: { type: "text", format: "date" } },
};

test(
  "a text is a key, whatever it is: changed, deleted and in quarantine",
  [KEYED],
  async (mirror) => {
    const { sourceSql } = mirror;
    const keys = [...new Set(TEXTS)].filter(({ length }) => length < 2000);
    await sourceSql`INSERT INTO keyed ${
      sourceSql(keys.map((word, i) => ({ word, born: i % 2 ? "2022-02-30" : "2022-02-28" })))
    }`;
    await run(mirror);
    assertEquals(Object.keys(await reasons(mirror.sql)).length, Math.floor(keys.length / 2));
    await sourceSql`UPDATE keyed SET born = '2022-03-01' WHERE born = '2022-02-30'`;
    await run(mirror);
    assertEquals(await reasons(mirror.sql), {});
    await assertMirrored(mirror);
    await sourceSql`DELETE FROM keyed WHERE born = '2022-03-01'`;
    assertEquals((await reconcile(mirror)).deleted, { keyed: Math.floor(keys.length / 2) });
    await assertMirrored(mirror);
    await mirror.sql`UPDATE keyed SET born = '1999-01-01'`;
    assertEquals((await reconcile(mirror)).missed, { keyed: Math.ceil(keys.length / 2) });
    await assertMirrored(mirror);
  },
);

test(
  "a key of another type than text is found again by its text",
  [{ ...KEYED, columns: { ...KEYED.columns, word: { type: "text", native: "uuid" } } }],
  async (mirror) => {
    const { sourceSql, sql } = mirror;
    await sourceSql`CREATE TABLE keyed (word uuid PRIMARY KEY, born text NOT NULL)`;
    await sourceSql`INSERT INTO keyed SELECT gen_random_uuid(), '2022-02-28' FROM generate_series(1, 9)`;
    await run(mirror);
    await sql`UPDATE keyed SET born = '1999-01-01'`;
    assertEquals((await reconcile(mirror)).missed, { keyed: 9 });
    await assertMirrored(mirror);
  },
  { create: false },
);

test(
  "a key longer than its spec says is repaired as it is",
  [{ ...KEYED, columns: { ...KEYED.columns, word: { type: "text", maxLength: 3 } } }],
  async (mirror) => {
    const { sourceSql, sql } = mirror;
    await sourceSql`CREATE TABLE keyed (word text PRIMARY KEY, born text NOT NULL)`;
    await sourceSql`INSERT INTO keyed VALUES ('abc', '2022-02-28')`;
    await run(mirror);
    await sql`UPDATE keyed SET born = '1999-01-01'`;
    await sourceSql`INSERT INTO keyed VALUES ('abcd', '2022-02-28')`;
    assertEquals((await reconcile(mirror)).missed, { keyed: 1 });
  },
  { create: false },
);

const COUNT: SourceTableSpec = {
  name: "count",
  key: "id",
  columns: { id: { type: "integer" }, big: { type: "bigint", nullable: true } },
};

for (const kind of ["dimension", "fact"] as const) {
  test(`the keys of a ${kind} can be any whole number`, [COUNT], async (mirror) => {
    const { sourceSql } = mirror;
    await sourceSql.unsafe(`INSERT INTO count VALUES
      (-2147483648, -9223372036854775808), (-1, -1), (0, 0), (1, NULL), (10, 9007199254740993),
      (2147483647, 9223372036854775807)`);
    await run(mirror);
    await assertMirrored(mirror);
    await sourceSql`UPDATE count SET big = id`;
    await run(mirror);
    await assertMirrored(mirror);
    await sourceSql`DELETE FROM count WHERE id IN (-2147483648, 0, 2147483647)`;
    assertEquals((await reconcile(mirror)).deleted, { count: 3 });
    await assertMirrored(mirror);
  }, { kind });
}

test("a very long bad value is reported in a few lines", [KEYED], async (mirror) => {
  const { sourceSql, sql } = mirror;
  await sourceSql`INSERT INTO keyed VALUES ('book', ${"👜".repeat(500_000)})`;
  await run(mirror);
  const { book } = await reasons(sql);
  assert(book.length < 1100, `a reason of ${book.length} characters`);
  const [{ length }] = await sql`SELECT length(content ->> 'born') AS length FROM etl.quarantine`;
  assertEquals(length, 500_000, "the row itself is kept whole");
});
