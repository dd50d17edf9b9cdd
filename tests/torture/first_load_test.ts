/** A first load in parts that is struck at any statement, and continued by another loader. */
import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { factSalesOrder, totesys } from "../../schemas/mod.ts";
import { addKeys, createTable } from "../../sdk/derive/ddl.ts";
import { EtlError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import { connect } from "../../sdk/postgres/connection.ts";
import { contents, currency, put, sale, sales, star } from "../load/star.ts";
import { testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { propertyRuns } from "../support/slow.ts";
import { type Fault, Faults } from "./faults.ts";
import { faultyPostgres } from "./faulty_postgres.ts";

const INCOMPLETE = { incomplete: ["fact_sales_order"] };
const KINDS = ["cut before", "lost answer", "terminated", "cut mid-stream"] as const;

/** Strikes one step, counted from 0. */
class Strike extends Faults {
  readonly #at: number;
  readonly #kind: string;
  steps = 0;
  happened = 0;

  constructor(at: number, kind: string) {
    super({});
    this.#at = at;
    this.#kind = kind;
  }

  override next(step: string): Fault | undefined {
    if (step.endsWith(" connect") || this.steps++ !== this.#at) return undefined;
    const kind = this.#kind === "cut mid-stream" && !step.endsWith(" copy in")
      ? "cut before"
      : this.#kind;
    return { kind, extent: 0.5, record: () => void this.happened++ };
  }
}

/** Writes parts that are copied straight and parts that are staged, and what follows them. */
async function fillLake(processed: Parameters<typeof put>[0]): Promise<void> {
  const rows = sales(60);
  const part = (from: number, to: number) => ({ fact_sales_order: rows.slice(from, to) });
  await put(processed, { ...star(rows.slice(0, 10)) }, totesys, {
    ...INCOMPLETE,
    quarantined: { fact_sales_order: [{ key: 55, reason: "bad", row: { sales_order_id: 55 } }] },
  });
  await put(processed, part(10, 20), totesys, INCOMPLETE);
  const missing = sale(25, { currency_id: 2 });
  await put(processed, { fact_sales_order: [...rows.slice(20, 24), missing] }, totesys, INCOMPLETE);
  await put(processed, part(30, 40), totesys, INCOMPLETE);
  const changed = sale(3, { units_sold: 7 });
  await put(
    processed,
    { dim_currency: [currency(2)], fact_sales_order: [changed, ...rows.slice(40, 50)] },
    totesys,
    INCOMPLETE,
  );
  await put(processed, part(50, 60));
  await put(processed, { fact_sales_order: [sale(1, { units_sold: 8 })] }, totesys, {
    deleted: { fact_sales_order: [2] },
  });
}

/** Returns the contents of a warehouse and its constraints. */
async function everything(sql: Parameters<typeof contents>[0]): Promise<unknown> {
  const constraints = await sql`
    SELECT conrelid::regclass::text AS table_name, pg_get_constraintdef(oid) AS definition, convalidated
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`;
  return { ...await contents(sql), constraints: constraints.map((row) => ({ ...row })) };
}

/** Loads the lake undisturbed, by way of stages only. Returns the result and the steps of a load. */
async function loadUndisturbed(
  processed: Parameters<typeof put>[0],
): Promise<{ expected: unknown; steps: number }> {
  await using staged = await testDatabase("warehouse");
  await staged.sql.unsafe([...createTable(factSalesOrder), ...addKeys(factSalesOrder)].join(";"));
  await load({ processed, warehouse: staged.url });
  await using database = await testDatabase("warehouse");
  const counted = new Strike(-1, "");
  await using postgres = faultyPostgres(database.url, "warehouse", counted);
  await load({ processed, warehouse: postgres.url });
  assertEquals(await contents(database.sql), await contents(staged.sql));
  return { expected: await everything(database.sql), steps: counted.steps };
}

Deno.test("a first load that is struck at any statement continues, and equals an undisturbed one", async () => {
  await using lake = await testLake();
  const { processed } = lake;
  await fillLake(processed);
  const { expected, steps } = await loadUndisturbed(processed);
  assert(steps > 100, `${steps} steps`);
  let struck = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ at: fc.nat({ max: steps - 1 }), kind: fc.constantFrom(...KINDS) }), {
        minLength: 1,
        maxLength: 3,
      }),
      async (strikes) => {
        await using database = await testDatabase("warehouse");
        for (const { at, kind } of strikes) {
          const strike = new Strike(at, kind);
          await using postgres = faultyPostgres(database.url, "warehouse", strike);
          const error = await load({ processed, warehouse: postgres.url })
            .then(() => undefined, (error) => error);
          if (error) assert(error instanceof EtlError && error.retryable, String(error.stack));
          struck += strike.happened;
          await assertWhole(database.url);
        }
        await load({ processed, warehouse: database.url });
        assertEquals(await everything(database.sql), expected);
      },
    ),
    { numRuns: propertyRuns({ quick: 6, all: 60 }) },
  );
  assert(struck >= 6, `${struck} faults`);
});

/** Asserts that a warehouse has the rows of the commits that it has applied, and of no other. */
async function assertWhole(url: string): Promise<void> {
  await using warehouse = connect(url);
  const [{ exists }] = await warehouse.query(
    "SELECT to_regclass('etl.applied_commit') IS NOT NULL AS exists",
  );
  if (!exists) return;
  const [{ applied, versions, bare }] = await warehouse.query<
    { applied: number; versions: number; bare: boolean }
  >(
    `SELECT (SELECT coalesce(max(sequence), 0)::int FROM etl.applied_commit) AS applied,
  (SELECT count(*)::int FROM fact_sales_order_versions) AS versions,
  NOT EXISTS (SELECT FROM pg_index WHERE indrelid = 'fact_sales_order'::regclass) AS bare`,
  );
  assertEquals(versions, [0, 10, 20, 24, 34, 46, 56, 57][applied]);
  assertEquals(bare, applied < 6 && applied > 0);
}
