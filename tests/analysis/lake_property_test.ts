/** Any changes, as commits: the lake shows what the warehouse shows that loaded them. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { AnyRow, DimensionSpec, FactSpec, Model, SourceTableSpec } from "../../schemas/mod.ts";
import { sourceModel } from "../../sdk/derive/source_model.ts";
import { sourceStore } from "../../sdk/lake/source_store.ts";
import { load } from "../../sdk/load/load.ts";
import { openLake, openWarehouse } from "../../sdk/mod.ts";
import { type BatchExtras, put, type Star } from "../load/star.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { propertyRuns } from "../support/slow.ts";
import type { Sql } from "../support/source.ts";
import { takenAt } from "../transform/batches.ts";

const id = { type: "integer" } as const;
const staff: DimensionSpec = {
  name: "dim_staff",
  kind: "dimension",
  key: "id",
  from: "staff",
  columns: { id, name: { type: "text" }, boss: { ...id, nullable: true, references: "dim_staff" } },
};
const shop: DimensionSpec = {
  name: "dim_shop",
  kind: "dimension",
  key: "id",
  from: "shop",
  columns: { id, manager: { ...id, references: "dim_staff" } },
};
const sale: FactSpec = {
  name: "fact_sale",
  kind: "fact",
  surrogate: "record_id",
  key: "id",
  from: "sale",
  columns: {
    id,
    shop: { ...id, references: "dim_shop" },
    staff: { ...id, nullable: true, references: "dim_staff" },
    amount: { type: "numeric" },
  },
};
const target: FactSpec = {
  name: "fact_target",
  kind: "fact",
  surrogate: "record_id",
  key: "id",
  from: "target",
  columns: { id, staff: { ...id, references: "dim_staff" }, amount: { type: "numeric" } },
};

/** Two sources. Tables refer to dimensions, to themselves and to a table of the other source. */
const model: Model = {
  source: [staff, shop, sale].map(sourceOf),
  warehouse: [staff, shop, sale],
  sources: { files: { source: [sourceOf(target)], warehouse: [target] } },
};

/** The source table of a warehouse table with the same columns. */
function sourceOf({ from, key, columns }: DimensionSpec | FactSpec): SourceTableSpec {
  const plain = Object.entries(columns).map((
    [name, { references: _, ...column }],
  ) => [name, column]);
  return { name: from, key, columns: Object.fromEntries(plain) };
}

const key = fc.integer({ min: 1, max: 3 });
const amount = fc.constantFrom("1", "1.0", "1.00", "2.5", "12345678901234567890123456789.5");
const optional = fc.option(key, { freq: 2 });
const rowsOf = {
  dim_staff: fc.record({ id: key, name: fc.constantFrom("a", "b"), boss: optional }),
  dim_shop: fc.record({ id: key, manager: key }),
  fact_sale: fc.record({ id: key, shop: key, staff: optional, amount }),
  fact_target: fc.record({ id: key, staff: key, amount }),
} satisfies Record<string, fc.Arbitrary<AnyRow>>;

/** What happens to the rows of one table in one commit; no key twice. */
const changeOf = (table: keyof typeof rowsOf) =>
  fc.record({
    table: fc.constant(table),
    rows: fc.uniqueArray<AnyRow, unknown>(rowsOf[table], {
      selector: (row) => row.id,
      maxLength: 3,
    }),
    refused: fc.uniqueArray(key, { maxLength: 1 }),
    deleted: fc.uniqueArray(key, { maxLength: 1 }),
  });
const commit = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      source: fc.constant("database"),
      changes: fc.uniqueArray(
        fc.constantFrom(
          "dim_staff" as const,
          "dim_shop" as const,
          "fact_sale" as const,
        )
          .chain(changeOf),
        { selector: ({ table }) => table, minLength: 1, maxLength: 4 },
      ),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      source: fc.constant("files"),
      changes: changeOf("fact_target").map((change) => [change]),
    }),
  },
);
type Drawn = typeof commit extends fc.Arbitrary<infer C> ? C : never;

Deno.test("openLake() shows what the warehouse shows, as of any commit, after any changes", async () => {
  let waited = 0, ended = 0;
  const property = fc.asyncProperty(
    fc.array(commit, { minLength: 3, maxLength: 14 }),
    async (commits) => {
      await using zones = await testLake();
      await using database = await testDatabase("warehouse");
      const { processed } = zones;
      const options = { processed, warehouse: database.url, model };
      await put(processed, {}, model, { taken_at: takenAt(0) });
      await load({ ...options });
      const dimensions: (Record<string, AnyRow[]> | undefined)[] = [];
      for (const [i, drawn] of commits.entries()) {
        const sourceName = drawn.source;
        const [star, extras] = batchOf(drawn, takenAt(i + 1));
        const mode = i % 5 === 4 && sourceName === "database" ? "full" : "delta";
        const zone = sourceStore(processed, sourceName);
        await put(zone, star, sourceModel(model, sourceName), { ...extras, mode });
        await load({ ...options, sourceName });
        dimensions.push(await currentDimensions(database.sql));
      }
      await load(options);
      await using warehouse = openWarehouse(database.url);
      const lake = openLake({ processed }, { model });
      const instants = commits.map((_, i) => takenAt(i + 1));
      const isLoaded = new Set(["database", ...commits.map(({ source }) => source)]);
      for (const table of isLoaded.has("files") ? [sale, target] : [sale]) {
        for (const asOf of [undefined, takenAt(0), ...instants]) {
          const expected = await warehouse.read(table, { asOf }).all();
          const found = await lake.read(table, { asOf }).all();
          assertEquals(sorted(found), sorted(expected), `${table.name} as of ${asOf}`);
        }
        for (const key of [1, 2, 3]) {
          const expected = (await warehouse.history(table, key)).map((row) => ({ ...row }));
          assertEquals(await lake.history(table, key), expected);
          ended += expected.filter(({ valid_to }) => valid_to !== null).length;
        }
      }
      for (const table of [staff, shop]) {
        for (const [i, asOf] of instants.entries()) {
          const rows = (await lake.read(table, { asOf }).all()).map(({ valid_from: _, ...row }) =>
            row
          );
          const expected = dimensions[i]?.[table.name] ?? sorted(rows);
          assertEquals(sorted(rows), sorted(expected), `${table.name} as of ${asOf}`);
        }
      }
      const [{ orphans }] = await database.sql`
        SELECT count(*)::int AS orphans FROM etl.quarantine WHERE orphaned`;
      waited += orphans;
    },
  );
  const runs = propertyRuns({ quick: 4, all: 100 });
  await fc.assert(property, { numRuns: runs, endOnFailure: true });
  assert(waited > runs / 5 && ended > runs / 5, `${waited} rows waited, ${ended} versions ended`);
});

/** Returns the rows of the dimensions that are not deleted; undefined while one of them waits for another. */
async function currentDimensions(sql: Sql): Promise<Record<string, AnyRow[]> | undefined> {
  const tables: Record<string, AnyRow[]> = {};
  for (const { name } of [staff, shop]) {
    const rows = await sql`SELECT * FROM ${sql(name)} WHERE deleted_at IS NULL`;
    tables[name] = rows.map(({ deleted_at: _, ...row }) => row as AnyRow);
  }
  const waiting = await sql`
    SELECT FROM etl.quarantine WHERE orphaned AND table_name IN (${staff.name}, ${shop.name})`;
  return waiting.length > 0 ? undefined : tables;
}

function batchOf({ changes }: Drawn, taken_at: string): [Star, BatchExtras] {
  const star: Record<string, AnyRow[]> = {};
  const deleted: Record<string, number[]> = {};
  const quarantined: Record<string, { key: number; reason: string; row: AnyRow }[]> = {};
  for (const { table, rows, refused, deleted: gone } of changes) {
    const taken = new Set(rows.map(({ id }) => id));
    if (rows.length > 0) star[table] = rows;
    const bad = refused.filter((key) => !taken.has(key));
    if (bad.length > 0) {
      quarantined[table] = bad.map((key) => ({ key, reason: "bad", row: { id: key } }));
    }
    const left = gone.filter((key) => !taken.has(key) && !bad.includes(key));
    if (left.length > 0) deleted[table] = left;
  }
  return [star, { deleted, quarantined, taken_at }];
}

function sorted(rows: readonly object[]): AnyRow[] {
  return rows.map((row) => ({ ...row }) as AnyRow).sort((a, b) => Number(a.id) - Number(b.id));
}
