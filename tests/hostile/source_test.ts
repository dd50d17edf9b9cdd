/** Sources with unusual settings, encodings, names and types. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type postgres from "postgres";
import type { ColumnSpec, SourceTableSpec } from "../../schemas/mod.ts";
import { EtlError } from "../../sdk/errors.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { connect, type Connection } from "../../sdk/postgres/connection.ts";
import { identifier } from "../../sdk/postgres/sql.ts";
import { testDatabase } from "../support/postgres.ts";
import { testLake } from "../support/lake.ts";
import { assertMirrored, creation, printed, reasons, test } from "./mirror.ts";
import { mirrorOf } from "./mirror_model.ts";

const EVERYTHING: SourceTableSpec = {
  name: "everything",
  key: "id",
  columns: {
    id: { type: "integer" },
    number: { type: "numeric" },
    big: { type: "bigint" },
    word: { type: "text" },
    yes: { type: "boolean" },
    day: { type: "date" },
    clock: { type: "time" },
    at: { type: "timestamp" },
  },
};
const ROW =
  `1, 1e-7, -1, 'é 名 \\\\ \\t', true, '2022-03-04', '05:06:07.89', '2022-03-04 05:06:07.891'`;

/** Unusual settings that change how a session prints or reads values. */
const ODD = {
  DateStyle: "German, DMY",
  IntervalStyle: "sql_standard",
  TimeZone: "Pacific/Chatham",
  bytea_output: "escape",
  client_encoding: "LATIN1",
  default_transaction_isolation: "serializable",
  default_transaction_read_only: "on",
  enable_seqscan: "off",
  extra_float_digits: "-15",
  lc_monetary: "C",
  row_security: "on",
  standard_conforming_strings: "off",
  synchronize_seqscans: "on",
  transform_null_equals: "on",
  xmlbinary: "hex",
};

test("a database's default settings do not change what is loaded", [EVERYTHING], async (mirror) => {
  const { sourceSql } = mirror;
  await sourceSql.unsafe(`INSERT INTO everything VALUES (${ROW})`);
  const name = identifier(new URL(mirror.source).pathname.slice(1));
  for (const [setting, value] of Object.entries(ODD)) {
    await sourceSql.unsafe(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  }
  await run(mirror);
  await assertMirrored(mirror);
});

test(
  "the defaults of a warehouse change nothing but what it must be able to do",
  [EVERYTHING],
  async (mirror) => {
    const { sourceSql, sql } = mirror;
    await sourceSql.unsafe(`INSERT INTO everything VALUES (${ROW})`);
    const name = identifier(new URL(mirror.warehouse).pathname.slice(1));
    const { default_transaction_read_only: _, ...settings } = ODD;
    for (const [setting, value] of Object.entries(settings)) {
      await sql.unsafe(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
    }
    await run(mirror);
    await assertMirrored(mirror);
    await sourceSql.unsafe(`UPDATE everything SET day = '2023-03-04', at = '2023-03-04 05:06:07'`);
    await sql.unsafe(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
    const error = await assertRejects(() => run(mirror), EtlError);
    assertStringIncludes(error.message, "read-only");
    await sql.unsafe(`ALTER DATABASE ${name} SET default_transaction_read_only = off`);
    await run(mirror);
    await assertMirrored(mirror);
  },
  { kind: "fact" },
);

test("settings in a URL do not change what is loaded", [EVERYTHING], async (mirror) => {
  await mirror.sourceSql.unsafe(`INSERT INTO everything VALUES (${ROW})`);
  const source = new URL(mirror.source);
  for (const [setting, value] of Object.entries(ODD)) source.searchParams.set(setting, value);
  source.searchParams.set("datestyle", "SQL, DMY");
  source.searchParams.set("options", "-c DateStyle=German -c client_encoding=LATIN1");
  source.searchParams.delete("default_transaction_read_only");
  for (const pooling of ["max", "prepare", "fetch_types", "idle_timeout"]) {
    source.searchParams.set(pooling, "7");
  }
  await run({ ...mirror, source: source.href });
  await assertMirrored({ ...mirror, source: source.href });
});

const DATABASES = [
  "with space",
  "100%",
  "a%20b",
  "Ünïcode 👜",
  `q"uo'te`,
  "new\nline",
  "a?b#c/d@e:f",
  "UPPER",
  "63 bytes ".padEnd(63, "-"),
];

Deno.test("a database can have any name that a URL can express", async () => {
  await using server = await testDatabase();
  for (const name of DATABASES) {
    await server.sql.unsafe(`CREATE DATABASE ${identifier(name)}`);
    try {
      const url = new URL(server.url);
      url.pathname = `/${encodeURIComponent(name)}`;
      await using connection = connect(url.href);
      const [row] = await connection.query("SELECT current_database() AS name");
      assertEquals(row.name, name);
    } finally {
      await server.sql.unsafe(`DROP DATABASE ${identifier(name)} WITH (FORCE)`);
    }
  }
});

test(
  "tables can be in a schema of any name, set by the URL's search_path",
  [EVERYTHING],
  async (mirror) => {
    const schema = `odd "schema", 名; DROP`;
    const here = (url: string) => {
      const result = new URL(url);
      result.searchParams.set("search_path", identifier(schema));
      return result.href;
    };
    await mirror.sourceSql.unsafe(`CREATE SCHEMA ${identifier(schema)};
    SET search_path = ${identifier(schema)}; ${creation(EVERYTHING)};
    INSERT INTO everything VALUES (${ROW}); RESET search_path`);
    await mirror.sql.unsafe(`CREATE SCHEMA ${identifier(schema)}`);
    const elsewhere = { ...mirror, source: here(mirror.source), warehouse: here(mirror.warehouse) };
    await run(elsewhere);
    const { equal } = await verify(elsewhere);
    assert(equal);
    const [{ found }] = await mirror.sql`
    SELECT relnamespace::regnamespace::text AS found FROM pg_class WHERE relname = 'everything'`;
    assertEquals(found, identifier(schema));
  },
  { create: false },
);

const WORD: SourceTableSpec = {
  name: "word",
  key: "id",
  columns: { id: { type: "integer" }, word: { type: "text" } },
};

/** Runs `body` with the URL of a database in this encoding, and a connection to it. */
async function encoded(
  encoding: string,
  body: (url: string, connection: Connection) => Promise<void>,
): Promise<void> {
  await using server = await testDatabase();
  const name = `hostile_${crypto.randomUUID().replaceAll("-", "")}`;
  await server.sql.unsafe(
    `CREATE DATABASE ${name} ENCODING '${encoding}' TEMPLATE template0 LOCALE 'C'`,
  );
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  try {
    await using connection = connect(url.href);
    await connection.query("CREATE TABLE word (id int PRIMARY KEY, word text NOT NULL)");
    await body(url.href, connection);
  } finally {
    await server.sql.unsafe(`DROP DATABASE ${name} WITH (FORCE)`);
  }
}

const ENCODINGS = { LATIN1: "é £ ÿ", WIN1252: "€ œ", EUC_JP: "名前", SQL_ASCII: "é 名" };

test("a source in another encoding is loaded as the same text", [WORD], async (mirror) => {
  for (const [encoding, text] of Object.entries(ENCODINGS)) {
    await using lake = await testLake();
    await encoded(encoding, async (source, connection) => {
      await connection.query(`INSERT INTO word VALUES (1, '${text}')`);
      const pipeline = { ...mirror, ...lake, source };
      await run(pipeline);
      assertEquals(await printed(mirror.sql, WORD), [["1", text]]);
      assert((await verify(pipeline)).equal);
    });
    await mirror.sql`DROP TABLE word`;
    await mirror.sql`DROP SCHEMA etl CASCADE`;
  }
}, { create: false });

test(
  "bytes that are not valid text are reported until they are fixed",
  [WORD],
  async (mirror) => {
    await encoded("SQL_ASCII", async (source, connection) => {
      const pipeline = { ...mirror, source };
      await connection.query(`INSERT INTO word VALUES (2, convert_from('\\xff41', 'SQL_ASCII'))`);
      const error = await assertRejects(() => run(pipeline), EtlError, "0xff");
      assertStringIncludes(error.message, "word");
      await connection.query("UPDATE word SET word = 'fine'");
      await run(pipeline);
      assert((await verify(pipeline)).equal);
    });
  },
  { create: false },
);

/** Types outside the vocabulary: how the source declares one, and a value. */
const FOREIGN: readonly (readonly [type: string, literal: string, ColumnSpec["type"]])[] = [
  ["bytea", `'\\\\x00ff5c'`, "text"],
  ["json", `'{"a": "\\\\n"}'`, "text"],
  ["jsonb", `'{"a": [1, null]}'`, "text"],
  ["text[]", `'{"a b",NULL,"\\\\""}'`, "text"],
  ["mood", `'so "so"'`, "text"],
  ["uuid", `'0c7a1f9e-2b4d-4a7c-9f0e-1234567890ab'`, "text"],
  ["interval", `'1 year -2 days 03:04:05.6'`, "text"],
  ["inet", `'10.0.0.1/8'`, "text"],
  ["xml", `'<a/>'`, "text"],
  ["timestamptz", `'2022-03-04 05:06:07.89+05:45'`, "timestamp"],
  ["timetz", `'05:06:07+05:45'`, "time"],
  ["money", `'1234.5'`, "numeric"],
  ["double precision", `0.1::float8 + 0.2`, "numeric"],
  ["real", `'1e30'`, "numeric"],
  ["bigint", `9007199254740993`, "integer"],
  ["text", `'seven'`, "integer"],
  ["integer", `1`, "boolean"],
  ["char(6)", `'padded'`, "text"],
  ["varchar(10)", `'short'`, "text"],
  ["smallint", `-7`, "integer"],
  ["oid", `4294967295`, "bigint"],
];

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    return JSON.stringify(await work());
  } catch (error) {
    assert(error instanceof EtlError, String(error));
    return error.message;
  }
}

/** Returns what the source prints for its only row. */
async function original(sql: postgres.Sql): Promise<unknown> {
  const [{ value }] = await sql.unsafe(`SELECT value::text AS value FROM alien`);
  return value;
}

test(
  "a type that is not what the model says arrives as printed, or is named",
  [],
  async (mirror) => {
    const { sourceSql, sql } = mirror;
    await sourceSql.unsafe(`CREATE TYPE mood AS ENUM ('so "so"', 'good'); SET lc_monetary = 'C'`);
    for (const [type, literal, as] of FOREIGN) {
      await using lake = await testLake();
      const unusual: SourceTableSpec = {
        name: "alien",
        key: "id",
        columns: { id: { type: "integer" }, value: { type: as } as ColumnSpec },
      };
      await sourceSql.unsafe(`CREATE TABLE alien (id int PRIMARY KEY, value ${type});
      INSERT INTO alien VALUES (1, ${literal.startsWith("'") ? `E${literal}` : literal})`);
      const pipeline = { ...mirror, ...lake, model: mirrorOf([unusual]) };
      const message = await refusal(() => run(pipeline));
      const rows = await sql.unsafe("SELECT value::text AS value FROM alien").catch(() => []);
      if (rows.length > 0) assertEquals(rows[0].value, await original(sourceSql), type);
      else {
        const why = message + JSON.stringify(await reasons(sql).catch(() => ({})));
        assert(why.includes("alien") && why.includes("value"), `${type}: ${why}`);
      }
      await sourceSql`DROP TABLE alien`;
      await sql.unsafe("DROP TABLE IF EXISTS alien; DROP SCHEMA IF EXISTS etl CASCADE");
    }
  },
);

/** Types outside the vocabulary that travel as the text Postgres prints. */
const NATIVE: Readonly<Record<string, string>> = {
  uuid: "'0c7a1f9e-2b4d-4a7c-9f0e-1234567890ab'",
  jsonb: `'{"a": [1, null, "\\\\ é"]}'`,
  interval: "'1 year -2 days 03:04:05.6'",
  bytea: "'\\x00ff5c'",
  "double precision": "0.1::float8 + 0.2",
  "timestamp with time zone": "'2022-03-04 05:06:07.89+05:45'",
  inet: "'10.0.0.1/8'",
};
const CARRIED: SourceTableSpec = {
  name: "carried",
  key: "id",
  columns: {
    id: { type: "integer" },
    ...Object.fromEntries(
      Object.keys(NATIVE).map((native) => [native, { type: "text", native }] as const),
    ),
  },
};

test(
  "a type that is declared as it is arrives as printed, whatever the defaults",
  [CARRIED],
  async (mirror) => {
    const { sourceSql } = mirror;
    const columns = Object.keys(NATIVE).map((native) => `"${native}" ${native} NOT NULL`);
    await sourceSql.unsafe(`CREATE TABLE carried (id int PRIMARY KEY, ${columns.join(", ")});
    INSERT INTO carried VALUES (1, ${Object.values(NATIVE).join(", ")})`);
    const name = identifier(new URL(mirror.source).pathname.slice(1));
    for (const [setting, value] of Object.entries(ODD)) {
      await sourceSql.unsafe(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
    }
    await run(mirror);
    const [values] = await printed(mirror.sql, CARRIED);
    assertEquals(values, [
      "1",
      "0c7a1f9e-2b4d-4a7c-9f0e-1234567890ab",
      '{"a": [1, null, "\\\\ é"]}',
      "1 year -2 days +03:04:05.6",
      "\\x00ff5c",
      "0.30000000000000004",
      "2022-03-03 23:21:07.89+00",
      "10.0.0.1/8",
    ]);
    assert((await verify(mirror)).equal);
  },
  { create: false },
);
