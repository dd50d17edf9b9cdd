import { assertEquals, assertMatch, assertRejects, assertThrows } from "@std/assert";
import { dimDate, dimStaff, factPayment, type FactSpec, totesys } from "../../schemas/mod.ts";
import type { ColumnSpec } from "../../schemas/columns.ts";
import {
  addForeignKeys,
  addKeys,
  createTable,
  historyOf,
  sqlType,
  versionsOf,
} from "../../sdk/derive/ddl.ts";
import { testDatabase } from "../support/postgres.ts";

Deno.test("sqlType() maps every column type", () => {
  const types: [ColumnSpec, string][] = [
    [{ type: "integer" }, "integer"],
    [{ type: "bigint" }, "bigint"],
    [{ type: "numeric" }, "numeric"],
    [{ type: "numeric", precision: 10, scale: 2 }, "numeric(10,2)"],
    [{ type: "numeric", precision: 5 }, "numeric(5,0)"],
    [{ type: "text" }, "text"],
    [{ type: "text", maxLength: 3 }, "varchar(3)"],
    [{ type: "boolean" }, "boolean"],
    [{ type: "date" }, "date"],
    [{ type: "time" }, "time"],
    [{ type: "timestamp" }, "timestamp"],
  ];
  for (const [column, expected] of types) assertEquals(sqlType(column), expected);
  assertThrows(() => sqlType({ type: "money" } as unknown as ColumnSpec), TypeError, "money");
});

Deno.test("createTable() of a dimension is one table with a deleted_at column", () => {
  assertEquals(createTable(dimStaff), [
    `CREATE TABLE "dim_staff" (
  "staff_id" integer NOT NULL,
  "first_name" text NOT NULL,
  "last_name" text NOT NULL,
  "department_name" text NOT NULL,
  "location" text,
  "email_address" text NOT NULL,
  "deleted_at" timestamptz
)`,
  ]);
  assertEquals(addKeys(dimDate), [`ALTER TABLE "dim_date" ADD PRIMARY KEY ("date_id")`]);
});

Deno.test("addForeignKeys() refers to each parent by its key", () => {
  assertEquals(addForeignKeys(factPayment, totesys.warehouse).slice(0, 3), [
    `ALTER TABLE "fact_payment" ADD FOREIGN KEY ("created_date") REFERENCES "dim_date" ("date_id")`,
    `ALTER TABLE "fact_payment" ADD FOREIGN KEY ("last_updated_date") ` +
    `REFERENCES "dim_date" ("date_id")`,
    `ALTER TABLE "fact_payment" ADD FOREIGN KEY ("transaction_id") ` +
    `REFERENCES "dim_transaction" ("transaction_id")`,
  ]);
});

Deno.test("addForeignKeys() refuses a reference to a table that does not exist", () => {
  const error = assertThrows(() => addForeignKeys(factPayment, [dimDate]), TypeError);
  assertMatch(error.message, /fact_payment\.transaction_id.*dim_transaction/);
});

Deno.test("the warehouse's statements create what its specs say on a real Postgres", async () => {
  await using database = await testDatabase("ddl");
  const { sql } = database;
  for (const statements of [createTable, addKeys]) {
    for (const table of totesys.warehouse) await sql.unsafe(statements(table).join(";"));
  }
  for (const table of totesys.warehouse) {
    await sql.unsafe(addForeignKeys(table, totesys.warehouse).join(";"));
  }
  const columns = await sql`
    SELECT table_name, column_name, is_nullable = 'YES' AS nullable,
      format_type(atttypid, atttypmod) AS type
    FROM information_schema.columns
    JOIN pg_attribute ON attrelid = table_name::regclass AND attname = column_name
    WHERE table_schema = 'public' ORDER BY table_name, ordinal_position`;
  const found = (table: string) =>
    columns.filter((column) => column.table_name === table)
      .map(({ column_name, type, nullable }) => `${column_name} ${type}${nullable ? "?" : ""}`);
  for (const table of totesys.warehouse) {
    const expected = Object.entries(table.columns).map(([name, column]) =>
      `${name} ${sqlType(column).replace(/^(time|timestamp)$/, "$1 without time zone")}` +
      (column.nullable ? "?" : "")
    );
    if (table.kind !== "fact") {
      const mark = table.kind === "dimension" ? ["deleted_at timestamp with time zone?"] : [];
      assertEquals(found(table.name), [...expected, ...mark]);
      continue;
    }
    const versioned = [
      `${table.surrogate} bigint`,
      ...expected,
      "valid_from timestamp with time zone",
    ];
    assertEquals(found(table.name), versioned);
    const validTo = "valid_to timestamp with time zone";
    assertEquals(found(historyOf(table)), [...versioned, validTo]);
    // A view's columns are nullable to the catalog.
    assertEquals(
      found(versionsOf(table)).map((column) => column.replace("?", "")),
      [...versioned, validTo],
    );
  }
});

Deno.test("the database enforces unique business and surrogate keys", async () => {
  await using database = await testDatabase("ddl");
  const { sql } = database;
  const fact: FactSpec = {
    name: "fact",
    kind: "fact",
    key: "id",
    surrogate: "record",
    from: "source",
    columns: { id: { type: "integer" } },
  };
  await sql.unsafe([...createTable(fact), ...addKeys(fact)].join(";"));
  const add = (record: number, id: number) =>
    sql`INSERT INTO fact (record, id, valid_from) VALUES (${record}, ${id}, now())`;
  await add(1, 1);
  await assertRejects(() => add(1, 2), Error, "fact_pkey");
  await assertRejects(() => add(2, 1), Error, "fact_id_key");
});
