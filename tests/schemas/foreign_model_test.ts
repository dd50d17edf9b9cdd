/**
 * Another model works through the full pipeline, with names and types that totesys does not have.
 */
import { assert, assertEquals } from "@std/assert";
import type { Model, TableSpec } from "../../schemas/mod.ts";
import { columnDefinitions } from "../../sdk/derive/ddl.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { identifier, identifiers } from "../../sdk/postgres/sql.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";

const AREA = {
  name: 'Area "51"',
  key: "Code",
  columns: {
    Code: { type: "text" },
    "Name of area": { type: "text", nullable: true },
    "lies in": { type: "text", nullable: true, references: 'Area "51"' },
  },
} as const satisfies TableSpec;

const VISITOR = {
  name: "Visitor.s",
  key: "order",
  columns: {
    order: { type: "bigint" },
    area: { type: "text", references: 'Area "51"' },
    "it's": { type: "time", nullable: true },
    born: { type: "date" },
  },
} as const satisfies TableSpec;

const VISIT = {
  name: "select",
  key: "Id",
  columns: {
    Id: { type: "bigint" },
    "visitor;id": { type: "bigint", references: "Visitor.s" },
    at: { type: "timestamp" },
    "Ünïcode": { type: "numeric", nullable: true },
    ended: { type: "date", nullable: true },
    done: { type: "boolean", nullable: true },
  },
} as const satisfies TableSpec;

const MODEL: Model = {
  source: [AREA, VISITOR, VISIT],
  warehouse: [
    {
      name: "Dim Days",
      kind: "calendar",
      key: "Day",
      columns: {
        Day: { type: "date" },
        letters: { type: "integer", of: "Day", by: "letters of" },
      },
    },
    {
      name: 'dim "area"',
      kind: "dimension",
      key: "Code",
      from: AREA.name,
      // An area lies in another one.
      columns: {
        Code: { type: "text" },
        "Name of area": { type: "text", nullable: true },
        "lies in": { type: "text", nullable: true, references: 'dim "area"' },
      },
    },
    {
      name: "dim_key_only",
      kind: "dimension",
      key: "order",
      from: VISITOR.name,
      columns: { order: { type: "bigint" } },
    },
    {
      name: "Dim Visitor",
      kind: "dimension",
      key: "order",
      from: VISITOR.name,
      // A dimension that refers to another.
      columns: {
        order: { type: "bigint" },
        area: { type: "text", references: 'dim "area"' },
        "area's name": { type: "text", nullable: true, of: `${AREA.name}.Name of area` },
        "it's": { type: "time", nullable: true },
        born: { type: "date" },
      },
    },
    {
      name: "Fact: Visit",
      kind: "fact",
      surrogate: "Record %",
      key: "Id",
      from: VISIT.name,
      columns: {
        Id: { type: "bigint" },
        visitor: { type: "bigint", of: "visitor;id", references: "Dim Visitor" },
        at: { type: "timestamp" },
        "Ünïcode": { type: "numeric", nullable: true },
        ended: { type: "date", nullable: true, references: "Dim Days" },
        done: { type: "boolean", nullable: true },
      },
    },
  ],
  functions: {
    "letters of": {
      version: 1,
      takes: "date",
      returns: "integer",
      call: (date: string) => date.length,
    },
  },
};

Deno.test("another model with any names and types works through the full pipeline", async () => {
  await using source = await testDatabase("foreign");
  await using warehouse = await testDatabase("foreign_warehouse");
  await using lake = await testLake();
  const { sql } = source;
  for (const table of MODEL.source) {
    const key = `PRIMARY KEY (${identifier(table.key)})`;
    const definitions = [...columnDefinitions(table), key].join(", ");
    await sql.unsafe(`CREATE TABLE ${identifier(table.name)} (${definitions})`);
  }
  const pipeline = {
    source: source.url,
    warehouse: warehouse.url,
    ingestion: lake.ingestion,
    processed: lake.processed,
    model: MODEL,
  };
  const tick = async () => {
    await run(pipeline);
    const { equal, tables } = await verify(pipeline);
    assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
  };
  const area = identifier(AREA.name);
  const visitor = identifier(VISITOR.name);
  const visit = identifier(VISIT.name);

  await sql.unsafe(`INSERT INTO ${area} VALUES
    ('a', 'Groom Lake', 'Z'), ('Z', NULL, NULL), ('', 'O''Hare "\\', 'a')`);
  await sql.unsafe(`INSERT INTO ${visitor} VALUES
    (9223372036854775807, 'a', '24:00:00', '0001-01-01'), (-5, '', NULL, '9999-12-31')`);
  await sql.unsafe(`INSERT INTO ${visit} VALUES
    (10, -5, '2022-11-03 14:20:49.962001', 1e30, '2024-02-29', true),
    (9, 9223372036854775807, '0001-01-01 00:00:00', NULL, NULL, NULL)`);
  await tick();

  // A row that refers to its own table, and to a row of the same batch.
  await sql.unsafe(`INSERT INTO ${area} VALUES ('B', 'in C', 'C'), ('C', 'in a', 'a')`);
  await tick();

  await sql.unsafe(`UPDATE ${area} SET "Name of area" = 'Roswell' WHERE "Code" = 'a'`);
  await sql.unsafe(`UPDATE ${visit} SET "Ünïcode" = 0.1, ended = '2031-01-01' WHERE "Id" = 9`);
  await tick();
  const names = identifiers(["order", "area's name"]);
  assertEquals(
    (await warehouse.sql.unsafe(`SELECT ${names} FROM "Dim Visitor" ORDER BY "order"`))
      .map((row) => row["area's name"]),
    ["O'Hare \"\\", "Roswell"],
  );
  const versions = await warehouse.sql`
    SELECT "Record %"::int AS record, "Ünïcode" AS number FROM "Fact: Visit_versions"
    WHERE "Id" = 9 ORDER BY valid_from`;
  assertEquals(versions.map((row) => ({ ...row })), [
    { record: 2, number: null },
    { record: 3, number: "0.1" },
  ]);
});

Deno.test("a model needs no calendar and no facts", async () => {
  await using source = await testDatabase("foreign");
  await using warehouse = await testDatabase("foreign_warehouse");
  await using lake = await testLake();
  await source.sql`CREATE TABLE word (word text PRIMARY KEY)`;
  await source.sql`INSERT INTO word VALUES ('\\.'), (''), ('tote')`;
  const word = { name: "word", key: "word", columns: { word: { type: "text" } } } as const;
  const pipeline = {
    source: source.url,
    warehouse: warehouse.url,
    ingestion: lake.ingestion,
    processed: lake.processed,
    model: {
      source: [word],
      warehouse: [{ ...word, name: "dim_word", kind: "dimension", from: "word" }],
    } satisfies Model,
  };
  await run(pipeline);
  assertEquals((await verify(pipeline)).equal, true);
  const words = await warehouse.sql`SELECT word FROM dim_word ORDER BY 1`;
  assertEquals(words.map((row) => row.word), ["", "\\.", "tote"]);
});
