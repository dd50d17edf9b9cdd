import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { ColumnSpec } from "../../../schemas/columns.ts";
import type { TableSpec } from "../../../schemas/table.ts";
import { compareKeys } from "../../../sdk/operate/compare/compare_keys.ts";
import { type KeyScope, KeySide } from "../../../sdk/operate/compare/key_side.ts";
import { connect } from "../../../sdk/postgres/connection.ts";
import { propertyRuns } from "../../support/slow.ts";
import { testDatabase } from "../../support/postgres.ts";

const KEYS = 20_000;

/** Both sides of a comparison, each a table with one column. */
interface Sides {
  /** Runs a statement on a side. */
  readonly change: (side: "source" | "warehouse", sql: string) => Promise<unknown>;
  /** Compares, and returns the differences and the number of keys that were read one by one. */
  readonly compare: (rows?: number) => Promise<{ found: string[]; read: number }>;
}

class CountingSide extends KeySide {
  keysRead = 0;
  override async *read(scope: KeyScope) {
    for await (const batch of super.read(scope)) {
      this.keysRead += batch.rows;
      yield batch;
    }
  }
}

/** Registers a test with the same keys on both sides: `key` is an expression of `n`. */
function test(
  name: string,
  { spec, type, key }: { spec: ColumnSpec; type: string; key: string },
  body: (sides: Sides) => Promise<void>,
): void {
  Deno.test(name, async () => {
    await using database = await testDatabase();
    const { sql } = database;
    for (const table of ["source", "warehouse"]) {
      await sql.unsafe(`CREATE TABLE ${table} (key ${type} PRIMARY KEY, n int)`);
      await sql.unsafe(`INSERT INTO ${table} SELECT ${key}, n FROM generate_series(1, ${KEYS}) n`);
    }
    await using left = connect(database.url);
    await using right = connect(database.url);
    const keySpec: TableSpec = { name: "keys", key: "key", columns: { key: spec } };
    await body({
      change: (side, statement) => sql.unsafe(statement.replaceAll("SIDE", side)),
      compare: async (rows = KEYS) => {
        const [source, warehouse] = [[left, "source"], [right, "warehouse"]].map((
          [connection, table],
        ) =>
          new CountingSide({
            connection: connection as typeof left,
            spec: keySpec,
            queries: (condition) => [`SELECT t.key FROM ${table} t WHERE ${condition("t.key")}`],
          })
        );
        const found: string[] = [];
        await compareKeys({ spec: keySpec, source, warehouse }, rows, ({ key, kind }) => {
          found.push(`${kind} ${key}`);
        });
        return { found: found.sort(), read: source.keysRead + warehouse.keysRead };
      },
    });
  });
}

const INTEGER = { spec: { type: "integer" }, type: "int", key: "n" } as const;
const BIGINT = { spec: { type: "bigint" }, type: "bigint", key: "n" } as const;
const TEXT = { spec: { type: "text" }, type: "text", key: "'key ' || n" } as const;
const UUID = {
  spec: { type: "text", native: "uuid" },
  type: "uuid",
  key: "md5(n::text)::uuid",
} as const;

for (const [name, keys] of Object.entries({ INTEGER, BIGINT, TEXT, UUID })) {
  test(
    `compareKeys() reads no key one by one when both sides are equal: ${name}`,
    keys,
    async ({ compare }) => {
      assertEquals(await compare(), { found: [], read: 0 });
    },
  );

  test(
    `compareKeys() reads only the ranges that differ: ${name}`,
    keys,
    async ({ change, compare }) => {
      await change("source", "DELETE FROM SIDE WHERE n IN (1, 7777)");
      await change("warehouse", `DELETE FROM SIDE WHERE n = ${KEYS}`);
      const { found, read } = await compare();
      assertEquals(found.map((text) => text.split(" ")[0]), ["extra", "extra", "missing"]);
      assert(read < 3 * 2 * 2 * 512, `${read} keys were read`);
    },
  );
}

test(
  "compareKeys() finds a range that has as many keys, but others",
  INTEGER,
  async ({ change, compare }) => {
    // The same number of keys, the same sum, and the same sum of squares.
    await change("source", "DELETE FROM SIDE WHERE key IN (101, 105, 106)");
    await change("warehouse", "DELETE FROM SIDE WHERE key IN (102, 103, 107)");
    assertEquals((await compare()).found, [
      "extra 101",
      "extra 105",
      "extra 106",
      "missing 102",
      "missing 103",
      "missing 107",
    ]);
  },
);

test(
  "compareKeys() divides ranges again where keys are uneven",
  BIGINT,
  async ({ change, compare }) => {
    for (const side of ["source", "warehouse"] as const) {
      await change(side, "INSERT INTO SIDE VALUES (9223372036854775807), (-9223372036854775808)");
    }
    await change("source", "DELETE FROM SIDE WHERE key IN (5, -9223372036854775808)");
    const { found, read } = await compare();
    assertEquals(found, ["extra -9223372036854775808", "extra 5"]);
    assert(read < 4_000, `${read} keys were read`);
  },
);

test(
  "compareKeys() finds keys outside of the other side's, and all of them",
  INTEGER,
  async ({ change, compare }) => {
    await change("source", "INSERT INTO SIDE VALUES (-2000000000), (2000000000)");
    assertEquals((await compare()).found, ["missing -2000000000", "missing 2000000000"]);
    await change("source", "TRUNCATE SIDE");
    assertEquals((await compare()).found.length, KEYS);
    await change("warehouse", "TRUNCATE SIDE");
    assertEquals((await compare()).found, []);
  },
);

test(
  "compareKeys() finds exactly the keys that differ, for any two sets",
  BIGINT,
  async ({ change, compare }) => {
    const key = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 1, max: KEYS }).map(BigInt) },
      { weight: 1, arbitrary: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) },
    );
    const keys = fc.uniqueArray(key, { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(
        keys,
        keys,
        fc.integer({ min: 0, max: 2 * KEYS }),
        async (extra, missing, rows) => {
          const present = (n: bigint) => n >= 1n && n <= BigInt(KEYS);
          // A key within the first ones is deleted on the other side, any other is inserted on this one.
          const apply = async (keys: bigint[], side: "source" | "warehouse") => {
            const other = side === "source" ? "warehouse" : "source";
            for (const key of keys) {
              if (present(key)) await change(other, `DELETE FROM SIDE WHERE key = ${key}`);
              else await change(side, `INSERT INTO SIDE VALUES ('${key}'::bigint)`);
            }
          };
          const onlyMissing = missing.filter((key) => !extra.includes(key));
          await apply(extra, "warehouse");
          await apply(onlyMissing, "source");
          const { found } = await compare(rows);
          const expected = [
            ...extra.map((key) => `extra ${key}`),
            ...onlyMissing.map((key) => `missing ${key}`),
          ];
          assertEquals(found, expected.sort());
          for (const side of ["source", "warehouse"] as const) {
            await change(side, `DELETE FROM SIDE WHERE key < 1 OR key > ${KEYS}`);
            await change(
              side,
              `INSERT INTO SIDE SELECT n, n FROM generate_series(1, ${KEYS}) n ON CONFLICT DO NOTHING`,
            );
          }
        },
      ),
      { numRuns: propertyRuns({ quick: 5, all: 40 }) },
    );
  },
);
