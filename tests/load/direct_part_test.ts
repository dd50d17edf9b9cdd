/**
 * Parts of a first load that are copied straight into a fact. The yardstick is a fact that has its
 * keys from the start: its rows are staged and merged, and the result must be the same.
 */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { remedyText } from "../../functions/remedy.ts";
import { type FactSalesOrder, factSalesOrder, totesys } from "../../schemas/mod.ts";
import { addKeys, createTable } from "../../sdk/derive/ddl.ts";
import { WarehouseError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { propertyRuns } from "../support/slow.ts";
import {
  anotherWarehouse,
  assertKeys,
  type BatchExtras,
  contents,
  currency,
  dimensions,
  dropOwner,
  type Loading,
  ordinaryOwner,
  put,
  quarantined,
  sale,
  sales,
  type Star,
  test,
} from "./star.ts";

/** A part of a first load of the sales, and what else its batch holds. */
interface Part extends Omit<BatchExtras, "incomplete"> {
  readonly sales?: readonly FactSalesOrder[];
  readonly others?: Star;
}

/** Writes the parts of a first load. The first one brings the dimensions, the last one completes it. */
async function putParts({ processed }: Pick<Loading, "processed">, parts: readonly Part[]) {
  for (const [place, { sales, others, ...extras }] of parts.entries()) {
    await put(
      processed,
      {
        ...place === 0 ? dimensions() : {},
        ...others,
        ...sales && sales.length > 0 ? { fact_sales_order: sales } : {},
      },
      totesys,
      { ...extras, incomplete: place < parts.length - 1 ? ["fact_sales_order"] : [] },
    );
  }
}

/** Makes the sales a fact with keys, so that every part is staged. */
async function createKeyedFact({ sql }: Pick<Loading, "sql">): Promise<void> {
  await sql.unsafe([...createTable(factSalesOrder), ...addKeys(factSalesOrder)].join(";"));
}

/** Asserts that a loaded warehouse equals one in which every part was staged. */
async function assertEqualsStaged({ processed, sql }: Loading): Promise<void> {
  const direct = await contents(sql);
  await anotherWarehouse(async (warehouse, otherSql) => {
    await createKeyedFact({ sql: otherSql });
    await load({ processed, warehouse });
    assertEquals(direct, await contents(otherSql));
  });
}

/** Creates the sales as a bare fact that remembers the statements which filled it. */
async function watchFact({ sql }: Loading): Promise<() => Promise<string[]>> {
  await sql.unsafe(createTable(factSalesOrder).join(";"));
  await sql.unsafe(`
    CREATE TABLE filled (at serial, statement text);
    CREATE FUNCTION remember() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO filled (statement) VALUES (split_part(current_query(), ' ', 1)); RETURN NULL;
    END $$;
    CREATE TRIGGER remember AFTER INSERT ON fact_sales_order
      FOR EACH STATEMENT EXECUTE FUNCTION remember()`);
  return async () => {
    const rows = await sql`DELETE FROM filled RETURNING at, statement`;
    return rows.toSorted((a, b) => a.at - b.at).map(({ statement }) => statement);
  };
}

async function keysOfFact({ sql }: Loading): Promise<number> {
  const [{ n }] = await sql`SELECT count(*)::int AS n FROM pg_constraint
    WHERE conrelid = 'fact_sales_order'::regclass AND contype IN ('p', 'u')`;
  return n;
}

const FIVE = sales(5);
const SIX_TO_NINE = sales(9).slice(5);

test("parts with new keys are copied straight into a fact that has no keys yet", async (loading) => {
  const filledBy = await watchFact(loading);
  await putParts(loading, [{ sales: FIVE }, { sales: SIX_TO_NINE.toReversed() }, {
    sales: [sale(10)],
  }]);
  await load(loading);
  assertEquals(await filledBy(), ["COPY", "COPY", "COPY"]);
  await assertKeys(loading);
  assertEquals(await keysOfFact(loading), 2);
  await put(loading.processed, { fact_sales_order: [sale(11)] });
  await load(loading);
  assertEquals(await filledBy(), ["WITH"]);
  await assertEqualsStaged(loading);
});

test("a fact has no keys until its last part, whichever run loads that", async (loading) => {
  const parts = [{ sales: FIVE }, { sales: SIX_TO_NINE }, { sales: [sale(10)] }];
  await putParts(loading, parts);
  await load({ ...loading, signal: AbortSignal.abort() });
  assertEquals(await keysOfFact(loading), 0);
  await load({ ...loading, signal: AbortSignal.abort() });
  assertEquals(await keysOfFact(loading), 0);
  await load(loading);
  assertEquals(await keysOfFact(loading), 2);
  await assertEqualsStaged(loading);
});

/** Parts that must not be copied straight, and the statements that fill the fact. */
const STAGED: Readonly<Record<string, { parts: readonly Part[]; filled: string[] }>> = {
  "a changed row": {
    parts: [
      { sales: FIVE },
      { sales: [sale(6), sale(3, { units_sold: 7 }), sale(7)] },
      { sales: [sale(8)] },
    ],
    filled: ["COPY", "WITH", "COPY"],
  },
  "a repeat without a change": {
    parts: [{ sales: FIVE }, { sales: [sale(6), sale(3), sale(7)] }, { sales: [sale(8)] }],
    filled: ["COPY", "WITH", "COPY"],
  },
  "a missing reference": {
    parts: [
      { sales: FIVE },
      { sales: [sale(6), sale(7, { currency_id: 2 }), sale(8)] },
      { sales: [sale(9)] },
    ],
    // The row that waits is looked at again after each part.
    filled: ["COPY", "WITH", "COPY", "WITH"],
  },
  "a missing date": {
    parts: [{ sales: [sale(6), sale(7, { agreed_payment_date: "2031-01-01" })] }],
    filled: ["WITH"],
  },
  "a row that was in quarantine": {
    parts: [
      { sales: FIVE, quarantined: { fact_sales_order: [6, 7].map((key) => refused(key)) } },
      { sales: [sale(7), sale(8)] },
      { sales: [sale(9)] },
    ],
    filled: ["COPY", "WITH", "COPY"],
  },
};

function refused(key: number) {
  return { key, reason: "bad", row: { sales_order_id: key } };
}

for (const [what, { parts, filled }] of Object.entries(STAGED)) {
  test(`a part with ${what} is staged, and the result is the same`, async (loading) => {
    const filledBy = await watchFact(loading);
    await putParts(loading, parts);
    await load(loading);
    assertEquals(await filledBy(), filled);
    await assertKeys(loading);
    await assertEqualsStaged(loading);
  });
}

test("a part is copied straight while other rows of its fact are in quarantine", async (loading) => {
  const filledBy = await watchFact(loading);
  await putParts(loading, [
    { sales: FIVE, quarantined: { fact_sales_order: [refused(3), refused(99)] } },
    { sales: SIX_TO_NINE },
  ]);
  await load(loading);
  assertEquals(await filledBy(), ["COPY", "COPY"]);
  assertEquals(await quarantined(loading.sql), [
    "fact_sales_order 3: bad",
    "fact_sales_order 99: bad",
  ]);
  await assertEqualsStaged(loading);
});

test("a part that brings a missing dimension releases the rows that wait for it", async (loading) => {
  await putParts(loading, [
    { sales: [sale(1), sale(2, { currency_id: 2 }), sale(3)] },
    { others: { dim_currency: [currency(2)] }, sales: [sale(4), sale(5, { currency_id: 2 })] },
    { sales: [sale(6)] },
  ]);
  await load(loading);
  const ids = await loading.sql`
    SELECT sales_record_id::int AS id, sales_order_id AS key FROM fact_sales_order ORDER BY 1`;
  assertEquals(ids.map(({ key }) => key), [1, 3, 4, 5, 2, 6]);
  assertEquals(ids.map(({ id }) => id), [1, 2, 3, 4, 5, 6]);
  assertEquals(await quarantined(loading.sql), []);
  await assertEqualsStaged(loading);
});

test("more references than are counted on the way are checked in the warehouse", async (loading) => {
  const many = Array.from({ length: 10_050 }, (_, i) => currency(i + 1));
  const rows = many.map(({ currency_id }) => sale(currency_id, { currency_id }));
  const filledBy = await watchFact(loading);
  await putParts(loading, [
    { others: { dim_currency: many.slice(0, -1) }, sales: rows.slice(0, -1) },
    { sales: [sale(20_000)] },
    { sales: rows.map((row) => ({ ...row, sales_order_id: row.sales_order_id + 20_000 })) },
  ]);
  await load(loading);
  // The third part is staged: a large merge fires no triggers.
  assertEquals(await filledBy(), ["COPY", "COPY"]);
  assertEquals(await quarantined(loading.sql), [
    "fact_sales_order 30050: currency_id refers to dim_currency 10050, which is missing",
  ]);
});

for (
  const [way, rows] of Object.entries({
    "is copied straight": [sale(6), sale(8), sale(7), sale(8)],
    "is staged": [sale(1), sale(6), sale(6)],
  })
) {
  test(`a key that repeats in a part that ${way} is refused, and nothing is loaded`, async (loading) => {
    await putParts(loading, [{ sales: FIVE }, { sales: rows }, {}]);
    await load({ ...loading, signal: AbortSignal.abort() });
    const before = await contents(loading.sql);
    const error = await assertRejects(() => load(loading), WarehouseError, "fact_sales_order");
    assertStringIncludes(remedyText(error.next!), "a key repeats");
    assertEquals(await contents(loading.sql), before);
  });
}

test("a loader that does not own a fact without keys merges into it; its owner adds the keys", async (loading) => {
  const { processed, sql } = loading;
  const url = await ordinaryOwner(loading);
  await putParts(loading, [
    { sales: FIVE },
    { sales: [sale(3, { units_sold: 7 }), sale(6), sale(7, { currency_id: 2 })] },
    { sales: [sale(8)] },
  ]);
  await load({ ...loading, signal: AbortSignal.abort() });
  const role = new URL(url).username;
  await sql.unsafe(`GRANT ALL ON ALL TABLES IN SCHEMA public TO "${role}"`);
  await sql.unsafe(`GRANT ALL ON SCHEMA etl TO "${role}"`);
  await sql.unsafe(`GRANT ALL ON ALL TABLES IN SCHEMA etl TO "${role}"`);
  await load({ processed, warehouse: url });
  await put(processed, { fact_sales_order: [sale(6, { units_sold: 8 }), sale(9)] }, totesys, {
    deleted: { fact_sales_order: [1] },
  });
  await load({ processed, warehouse: url });
  assertEquals(await keysOfFact(loading), 0);
  await assertEqualsStaged(loading);
  await put(processed, {});
  await load(loading);
  assertEquals(await keysOfFact(loading), 2);
  await assertKeys(loading);
  await assertEqualsStaged(loading);
  await dropOwner(loading, url);
});

Deno.test("parts in any order, with changes, orphans and refused rows, leave what merging them leaves", async () => {
  const id = fc.integer({ min: 1, max: 12 });
  const row = fc.record({
    id,
    units: fc.integer({ min: 1, max: 2 }),
    currency: fc.nat({ max: 3 }),
  });
  const rows = fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 6 });
  const part = fc.record({
    rows: fc.oneof(rows, rows.map((all) => all.toSorted((a, b) => a.id - b.id))),
    later: fc.nat({ max: 30 }),
    currencies: fc.uniqueArray(fc.nat({ max: 3 }), { maxLength: 2 }),
    refused: fc.uniqueArray(id, { maxLength: 2 }),
    deleted: fc.uniqueArray(id, { maxLength: 1 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { minLength: 1, maxLength: 5 }), async (parts) => {
      await using lake = await testLake();
      await using database = await testDatabase("warehouse");
      const loading = { processed: lake.processed, warehouse: database.url, sql: database.sql };
      await putParts(
        loading,
        parts.map(({ rows, later, currencies, refused: bad, deleted }) => ({
          sales: rows.map(({ id, units, currency }) =>
            sale(id + later, { units_sold: units, currency_id: currency + 1 })
          ),
          others: { dim_currency: currencies.map((place) => currency(place + 1)) },
          ...bad.length > 0
            ? { quarantined: { fact_sales_order: bad.map((key) => refused(key + later)) } }
            : {},
          ...deleted.length > 0 ? { deleted: { fact_sales_order: deleted } } : {},
        })).map(({ others, ...rest }) =>
          others.dim_currency.length > 0 ? { ...rest, others } : rest
        ),
      );
      await load(loading);
      await assertKeys(loading);
      await assertEqualsStaged(loading);
    }),
    { numRuns: propertyRuns({ quick: 5, all: 40 }) },
  );
});
