import { assertEquals } from "@std/assert";
import type postgres from "postgres";
import { counterparty } from "../../schemas/source/counterparty.ts";
import { address } from "../../schemas/source/address.ts";
import { department } from "../../schemas/source/department.ts";
import { design } from "../../schemas/source/design.ts";
import { payment } from "../../schemas/source/payment.ts";
import type { AnyRow } from "../../schemas/table.ts";
import { batchOf } from "../support/lake.ts";
import { insert, insertOneOfEach } from "../support/source.ts";
import { type Source, test } from "./source_test_case.ts";

const controls = Array.from({ length: 31 }, (_, i) => String.fromCharCode(i + 1)).join("");

const TEXTS = [
  "",
  " ",
  "  both ends  ",
  "NULL",
  "null",
  "\\N",
  "\\\\N",
  "\\.",
  "\n\\.\n",
  "\\",
  "\\\\",
  "ends in a backslash\\",
  "\\t is not a tab",
  "\\x41\\101\\u0041",
  "tab\there",
  "\t",
  "line\nfeed",
  "\n",
  "carriage\rreturn",
  "\r\n",
  'say "totes"',
  "it's",
  '{"json": ["inside", 1]}',
  "comma, semicolon; pipe|",
  controls,
  ...controls,
  "\u007f\u0080\u009f",
  "\u2028\u2029",
  "\ufeffbyte order mark",
  "\ufffd\uffff",
  "emoji 👜👩🏽‍🎨🇬🇧",
  "e\u0301 is not \u00e9",
  "中文 العربية עברית",
  "\u{10ffff}",
  "0",
  "t",
  "$1 ${2} %s",
  "ab\\\n\t".repeat(2_000),
];

async function extracted({ ingestion, extract }: Source): Promise<Record<string, AnyRow[]>> {
  const result = await extract();
  if (result.outcome !== "committed") return {};
  return await batchOf(ingestion, result.commit);
}

/** Returns the column cast to text, in a session with the default settings. */
async function printed(sql: postgres.Sql, table: string, key: string, column: string) {
  const rows = await sql`
    SELECT ${sql(key)}, ${sql(column)}::text AS printed FROM ${sql(table)} ORDER BY ${sql(key)}`;
  return rows.map((row) => row.printed);
}

function column(rows: readonly AnyRow[], key: string, name: string): unknown[] {
  return [...rows].sort((a, b) => Number(a[key]) - Number(b[key])).map((row) => row[name]);
}

test("extract() keeps every character of a text", async (source) => {
  for (const [id, text] of TEXTS.entries()) {
    await insert(source.sql, design, { design_id: id, design_name: text, file_name: text });
  }
  const { design: rows } = await extracted(source);
  assertEquals(column(rows, "design_id", "design_name"), TEXTS);
  assertEquals(column(rows, "design_id", "file_name"), TEXTS);
  assertEquals(await printed(source.sql, "design", "design_id", "design_name"), TEXTS);
});

test("extract() writes one line per row for any content", async (source) => {
  const text = "a\nb\r\nc\u2028d\u0085e\u000bf";
  for (const id of [1, 2, 3]) {
    await insert(source.sql, design, { design_id: id, design_name: text });
  }
  const result = await source.extract();
  if (result.outcome !== "committed") throw new Error(result.outcome);
  const object = result.commit.tables.design;
  const bytes = await Array.fromAsync(source.ingestion.get(object.key));
  const body = await new Blob(bytes as Uint8Array<ArrayBuffer>[]).text();
  const row = (id: number) =>
    `{"design_id":${id},"created_at":"2026-01-01 09:00:00","design_name":${JSON.stringify(text)},` +
    `"file_location":"file_location","file_name":"file_name","last_updated":"2026-01-01 09:00:00"}`;
  assertEquals(body, [1, 2, 3].map((id) => row(id) + "\n").join(""));
  assertEquals(object.rows, 3);
});

test("extract() distinguishes NULL from the empty string and from text that looks like NULL", async (source) => {
  const values = [null, "", "\\N", "NULL", null];
  for (const [id, location] of values.entries()) {
    await insert(source.sql, department, { department_id: id, location, manager: null });
  }
  const { department: rows } = await extracted(source);
  assertEquals(column(rows, "department_id", "location"), values);
  assertEquals(column(rows, "department_id", "manager"), values.map(() => null));
});

test("extract() keeps NULL and empty apart in the last column and in the only text", async (source) => {
  await source.sql`ALTER TABLE counterparty ALTER COLUMN last_updated DROP NOT NULL`;
  await insert(source.sql, address);
  await insert(source.sql, counterparty, { delivery_contact: "" });
  await source.sql`UPDATE counterparty SET last_updated = NULL`;
  const { counterparty: rows } = await extracted(source);
  assertEquals(column(rows, "counterparty_id", "delivery_contact"), [""]);
  assertEquals(column(rows, "counterparty_id", "last_updated"), [null]);
});

test("extract() keeps a text of 5 MB between small ones", async (source) => {
  const long = "a long story \\ \t \n \u{1f45c} ".repeat(200_000);
  const texts = ["before", long, "after"];
  for (const [id, text] of texts.entries()) {
    await insert(source.sql, design, { design_id: id, design_name: text });
  }
  const { design: rows } = await extracted(source);
  // Not by assertEquals(): printing the difference of such texts takes minutes.
  const kept = column(rows, "design_id", "design_name");
  assertEquals(kept.map((text, i) => text === texts[i]), [true, true, true]);
});

test("extract() keeps every digit of a number", async (source) => {
  const { sql } = source;
  const literals = {
    "0": "0",
    "-0": "0",
    "0.1": "0.1",
    "-0.000001": "-0.000001",
    "1.50": "1.50",
    "100.000": "100.000",
    "+7": "7",
    ".5": "0.5",
    "1E+10": "10000000000",
    "1e-20": "0.00000000000000000001",
    "-1.5e3": "-1500",
    "9007199254740993": "9007199254740993",
    "0.30000000000000004441": "0.30000000000000004441",
    "123456789012345678901234567890.123456789012345678901234567890":
      "123456789012345678901234567890.123456789012345678901234567890",
    NaN: "NaN",
    Infinity: "Infinity",
    "-Infinity": "-Infinity",
  };
  await insertOneOfEach(sql);
  await sql`DELETE FROM payment`;
  for (const [id, literal] of Object.keys(literals).entries()) {
    await insert(sql, payment, { payment_id: id, payment_amount: literal });
  }
  const { payment: rows } = await extracted(source);
  assertEquals(column(rows, "payment_id", "payment_amount"), Object.values(literals));
  assertEquals(
    await printed(sql, "payment", "payment_id", "payment_amount"),
    Object.values(literals),
  );
});

test("extract() keeps integers and booleans as JSON has them", async (source) => {
  const { sql } = source;
  const extremes = [-2_147_483_648, -1, 0, 2_147_483_647];
  await insertOneOfEach(sql);
  await sql`DELETE FROM payment`;
  for (const [id, company_ac_number] of extremes.entries()) {
    await insert(sql, payment, { payment_id: id, company_ac_number, paid: id % 2 === 0 });
  }
  const { payment: rows } = await extracted(source);
  assertEquals(column(rows, "payment_id", "company_ac_number"), extremes);
  assertEquals(column(rows, "payment_id", "paid"), [true, false, true, false]);
});

const TIMESTAMPS = [
  "2026-01-02 03:04:05",
  "2026-01-02 03:04:05.1",
  "2026-01-02 03:04:05.12",
  "2026-01-02 03:04:05.123",
  "2026-01-02 03:04:05.1234",
  "2026-01-02 03:04:05.12345",
  "2026-01-02 03:04:05.123456",
  "2026-01-02 00:00:00",
  "2026-03-29 01:30:00",
  "1969-12-31 23:59:59.999999",
  "0001-01-01 00:00:00",
  "10000-01-01 00:00:00",
  "294276-12-31 23:59:59.999999",
  "0044-03-15 12:00:00 BC",
  "infinity",
  "-infinity",
];

/** Inserts by SQL text: postgres.js would send a timestamp as a JavaScript Date. */
async function insertTimestamps(sql: postgres.Sql): Promise<void> {
  for (const [id, timestamp] of TIMESTAMPS.entries()) {
    await insert(sql, design, { design_id: id });
    await sql`UPDATE design SET last_updated = ${timestamp}::text::timestamp
      WHERE design_id = ${id}`;
  }
}

test("extract() keeps every digit of a timestamp", async (source) => {
  await insertTimestamps(source.sql);
  const { design: rows } = await extracted(source);
  assertEquals(column(rows, "design_id", "last_updated"), TIMESTAMPS);
  assertEquals(await printed(source.sql, "design", "design_id", "last_updated"), TIMESTAMPS);
});

test("extract() writes the same under any database settings", async (source) => {
  const { sql } = source;
  await insertTimestamps(sql);
  await insert(sql, department, { location: "é👜\\" });
  const settings = {
    datestyle: "German, DMY",
    timezone: "Asia/Kolkata",
    intervalstyle: "sql_standard",
    bytea_output: "escape",
    extra_float_digits: "-5",
    client_encoding: "LATIN1",
    standard_conforming_strings: "off",
    default_transaction_read_only: "on",
    default_transaction_isolation: "serializable",
    transform_null_equals: "on",
    enable_seqscan: "off",
    client_min_messages: "debug1",
  };
  const [{ name }] = await sql`SELECT current_database() AS name`;
  for (const [setting, value] of Object.entries(settings)) {
    await sql.unsafe(`ALTER DATABASE "${name}" SET ${setting} = '${value}'`);
  }
  const first = await extracted(source);
  assertEquals(column(first.design, "design_id", "last_updated"), TIMESTAMPS);
  assertEquals(first.department[0].location, "é👜\\");
  await sql`UPDATE design SET design_name = 'é' WHERE design_id = 1`;
  const second = await extracted(source);
  assertEquals(Object.keys(second), ["design"]);
  assertEquals(second.design.map((row) => [row.design_id, row.design_name, row.last_updated]), [
    [1, "é", TIMESTAMPS[1]],
  ]);
});

test("extract() writes the same under any role settings", async (source) => {
  const { sql, url } = source;
  await insertTimestamps(sql);
  const role = `reader_${crypto.randomUUID().replaceAll("-", "")}`;
  await sql.unsafe(`CREATE ROLE "${role}" LOGIN SUPERUSER`);
  try {
    await sql.unsafe(`ALTER ROLE "${role}" SET datestyle = 'SQL, MDY'`);
    await sql.unsafe(`ALTER ROLE "${role}" SET timezone = 'America/New_York'`);
    const reader = new URL(url);
    reader.username = role;
    const result = await source.extract({ source: reader.href });
    if (result.outcome !== "committed") throw new Error(result.outcome);
    const { design: rows } = await batchOf(source.ingestion, result.commit);
    assertEquals(column(rows, "design_id", "last_updated"), TIMESTAMPS);
  } finally {
    await sql.unsafe(`DROP ROLE "${role}"`);
  }
});
