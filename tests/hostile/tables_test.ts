/** Tables that a model does not expect: too wide, without a key, or not a table. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { SourceTableSpec } from "../../schemas/mod.ts";
import { EtlError, WarehouseError } from "../../sdk/errors.ts";
import { reconcile } from "../../sdk/operate/compare/reconcile.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { assertMirrored, creation, type Mirror, reasons, test } from "./mirror.ts";

const WORD: SourceTableSpec = {
  name: "word",
  key: "id",
  columns: { id: { type: "integer" }, word: { type: "text", nullable: true } },
};
const COLUMNS = 1600;

/** A table with this many columns, including its key. */
function wide(columns: number): SourceTableSpec {
  const others = Array.from({ length: columns - 1 }, (_, i) =>
    [`column ${i}`, {
      type: "integer",
      nullable: true,
    }] as const);
  return {
    name: "wide",
    key: "id",
    columns: { id: { type: "integer" }, ...Object.fromEntries(others) },
  };
}

test(
  `a dimension has all columns of a table of ${COLUMNS - 1}`,
  [wide(COLUMNS - 1)],
  async (mirror) => {
    const { sourceSql } = mirror;
    await sourceSql`INSERT INTO wide (id, "column 0", "column 1597") VALUES (1, 2, 3), (2, NULL, 4)`;
    await run(mirror);
    await sourceSql`UPDATE wide SET "column 1000" = 5 WHERE id = 1`;
    await sourceSql`DELETE FROM wide WHERE id = 2`;
    await run(mirror);
    await reconcile(mirror);
    const { equal, tables } = await verify(mirror);
    assert(equal, JSON.stringify(tables));
  },
);

test("a dimension with more columns than Postgres allows is refused with the reason", [
  wide(COLUMNS),
], async (mirror) => {
  await mirror.sourceSql`INSERT INTO wide (id) VALUES (1)`;
  await assertRejects(() => run(mirror), WarehouseError, "at most 1600 columns");
});

test("two columns of a table with 1600 columns are loaded like any others", [{
  ...WORD,
  columns: { id: { type: "integer" }, "column 1598": { type: "integer", nullable: true } },
}], async (mirror) => {
  const { sourceSql } = mirror;
  await sourceSql.unsafe(creation({ ...wide(COLUMNS), name: "word" }));
  await sourceSql`INSERT INTO word (id, "column 1598") VALUES (1, 7)`;
  await run(mirror);
  await assertMirrored(mirror);
  await sourceSql`UPDATE word SET "column 1598" = 8`;
  await run(mirror);
  await assertMirrored(mirror);
}, { create: false });

test("a name that Postgres would truncate is refused with the reason", [{
  ...WORD,
  name: "a fact whose name is as long as a name in Postgres can ever be",
}], async (mirror) => {
  const [table] = mirror.model.source;
  await mirror.sourceSql`INSERT INTO ${mirror.sourceSql(table.name)} VALUES (1, 'one')`;
  const error = await assertRejects(() => run(mirror), EtlError, "is longer than 63 bytes");
  assertStringIncludes(error.message, `${table.name}_history`);
}, { kind: "fact" });

for (const kind of ["dimension", "fact"] as const) {
  test(
    `a table without a primary key becomes a ${kind} while its keys are unique`,
    [WORD],
    async (mirror) => {
      const { sourceSql } = mirror;
      await sourceSql.unsafe(creation(WORD, false));
      await sourceSql`INSERT INTO word VALUES (1, 'one'), (2, NULL)`;
      await run(mirror);
      await sourceSql`UPDATE word SET word = 'two' WHERE id = 2`;
      await sourceSql`DELETE FROM word WHERE id = 1`;
      await run(mirror);
      await reconcile(mirror);
      await assertMirrored(mirror);
    },
    { kind, create: false },
  );

  test(`a repeated key stops the table of a ${kind} until it is fixed`, [WORD, {
    ...WORD,
    name: "other",
  }], async (mirror) => {
    const { sourceSql, sql } = mirror;
    await sourceSql.unsafe(creation(WORD, false));
    await sourceSql.unsafe(creation({ ...WORD, name: "other" }));
    await sourceSql`INSERT INTO word VALUES (1, 'one'), (2, 'two'), (2, 'too')`;
    await sourceSql`INSERT INTO other VALUES (1, 'one')`;
    assertStringIncludes(await outcome(mirror), "word");
    await sourceSql`DELETE FROM word WHERE word = 'too'`;
    await run(mirror);
    await assertMirrored(mirror);
    assertEquals(await reasons(sql), {});
  }, { kind, create: false });

  test(
    `rows without a key are in quarantine, the ${kind}'s others arrive`,
    [WORD],
    async (mirror) => {
      const { sourceSql, sql } = mirror;
      await sourceSql`CREATE TABLE word (id integer UNIQUE, word text)`;
      await sourceSql`INSERT INTO word VALUES (1, 'one'), (NULL, 'nobody'), (NULL, 'none')`;
      await run(mirror);
      assertEquals(Object.keys(await reasons(sql)), ["null"]);
      assertEquals([...await sql`SELECT id, word FROM word`], [{ id: 1, word: "one" }]);
      await sourceSql`DELETE FROM word WHERE id IS NULL`;
      await run(mirror);
      await reconcile(mirror);
      assertEquals(await reasons(sql), {});
      await assertMirrored(mirror);
    },
    { kind, create: false },
  );
}

/**
 * Returns what a tick reports about a source that it cannot read completely, thrown or returned.
 */
async function outcome(mirror: Mirror): Promise<string> {
  try {
    return JSON.stringify(await run(mirror));
  } catch (error) {
    assert(error instanceof EtlError, String(error));
    return error.message;
  }
}

/** Relations without rows of their own, as the statements that create them. */
const NOT_TABLES: Readonly<Record<string, string>> = {
  "a view": `CREATE TABLE base (id int PRIMARY KEY, word text);
    INSERT INTO base VALUES (1, 'one');
    CREATE VIEW word AS SELECT * FROM base`,
  "a materialized view": `CREATE MATERIALIZED VIEW word AS SELECT 1 AS id, 'one'::text AS word`,
  "a foreign table": `CREATE EXTENSION file_fdw;
    CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
    CREATE FOREIGN TABLE word (id int, word text) SERVER files
      OPTIONS (program 'echo 1,one', format 'csv')`,
};

test("a relation without transaction ids is refused by its name", [WORD], async (mirror) => {
  const { sourceSql } = mirror;
  for (const [what, statements] of Object.entries(NOT_TABLES)) {
    await sourceSql.unsafe(statements);
    for (const _ of ["at first", "and again"]) {
      assertStringIncludes(await outcome(mirror), "word", what);
    }
    await sourceSql`DROP SCHEMA public CASCADE`;
    await sourceSql`CREATE SCHEMA public`;
  }
}, { create: false });

test(
  "a partitioned table arrives; partitions that come and go are found by comparing",
  [WORD],
  async (mirror) => {
    const { sourceSql } = mirror;
    await sourceSql.unsafe(`
    CREATE TABLE word (id int PRIMARY KEY, word text) PARTITION BY RANGE (id);
    CREATE TABLE units PARTITION OF word FOR VALUES FROM (0) TO (10);
    CREATE TABLE tens PARTITION OF word FOR VALUES FROM (10) TO (20);
    CREATE TABLE twenties (id int PRIMARY KEY, word text);
    INSERT INTO twenties VALUES (21, 'old');
    INSERT INTO word VALUES (1, 'moves'), (2, 'stays'), (11, 'goes')`);
    await run(mirror);
    await assertMirrored(mirror);
    await sourceSql`UPDATE word SET id = 12 WHERE id = 1`;
    await run(mirror);
    await sourceSql`ALTER TABLE word ATTACH PARTITION twenties FOR VALUES FROM (20) TO (30)`;
    await sourceSql`ALTER TABLE word DETACH PARTITION units`;
    const { missed, deleted } = await reconcile(mirror);
    assertEquals([missed, deleted], [{ word: 1 }, { word: 1 }]);
    await assertMirrored(mirror);
  },
  { create: false },
);

test("an inherited table is loaded with its children's rows", [WORD], async (mirror) => {
  const { sourceSql } = mirror;
  await sourceSql.unsafe(`
    CREATE TABLE word (id int PRIMARY KEY, word text);
    CREATE TABLE longer (length int) INHERITS (word);
    INSERT INTO word VALUES (1, 'parent');
    INSERT INTO longer VALUES (2, 'child', 5)`);
  await run(mirror);
  await assertMirrored(mirror);
  await sourceSql`UPDATE longer SET word = 'changed'`;
  await run(mirror);
  await assertMirrored(mirror);
}, { create: false });

test("a tick finds that a crash emptied an unlogged table", [WORD], async (mirror) => {
  const { sourceSql } = mirror;
  await sourceSql.unsafe(creation(WORD).replace("CREATE", "CREATE UNLOGGED"));
  await sourceSql`INSERT INTO word VALUES (1, 'one')`;
  await run(mirror);
  await assertMirrored(mirror);
  await sourceSql`TRUNCATE word`;
  assertEquals((await run(mirror)).reconcile?.deleted, { word: 1 });
  await assertMirrored(mirror);
}, { create: false });
