import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { remedyText } from "../../../functions/remedy.ts";
import {
  currency,
  department,
  design,
  payment,
  salesOrder,
  staff,
  totesys,
  transaction,
} from "../../../schemas/mod.ts";
import { LakeError, MassDeletionError, SourceError, StoppedError } from "../../../sdk/errors.ts";
import { extract } from "../../../sdk/extract/extract.ts";
import { ingestionZone } from "../../../sdk/lake/zone.ts";
import type { Alert } from "../../../sdk/operate/alerts.ts";
import { reconcile, type ReconcileResult } from "../../../sdk/operate/compare/reconcile.ts";
import { run } from "../../../sdk/operate/run.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import type { Progress } from "../../../sdk/progress.ts";
import { keysOf } from "../../support/lake.ts";
import { testDatabase } from "../../support/postgres.ts";
import { createSource, insert } from "../../support/source.ts";
import { undoMigrations } from "../older_warehouse.ts";
import { test, type TestPipeline } from "../pipelines.ts";

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
}

test("reconcile() of an untouched source finds nothing and writes nothing", async (pipeline) => {
  await run(pipeline);
  const before = await keysOf(pipeline.ingestion);
  const result = await reconcile(pipeline);
  assertEquals(result, {
    outcome: "clean",
    scope: "rows",
    finished: true,
    deleted: {},
    missed: {},
    in_flight: 0,
    quarantined: 0,
    commit: null,
    schema: [],
  });
  assertEquals(await keysOf(pipeline.ingestion), before);
});

test("reconcile() moves a deleted fact to its history, with its end", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  const result = await reconcile(pipeline);
  assertEquals(result.outcome, "repaired");
  assertEquals(result.deleted, { payment: 1 });
  assertEquals(result.missed, {});
  const versions = await sql`
    SELECT payment_id, valid_from < valid_to AS ordered, valid_to::text FROM fact_payment_versions
    ORDER BY 1`;
  assertEquals([...versions], [
    { payment_id: 1, ordered: null, valid_to: null },
    { payment_id: 2, ordered: true, valid_to: versions[1].valid_to },
  ]);
  const [{ same }] = await sql`
    SELECT ${versions[1].valid_to}::text::timestamptz =
      ${result.commit!.snapshot.taken_at}::text::timestamptz AS same`;
  assert(same, "the end is the instant of the snapshot, to the microsecond");
  await assertVerified(pipeline);
});

test("reconcile() of keys finds rows that are missing or too many, and compares no values", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, payment, { payment_id: 2 });
  await insert(sourceSql, design, { design_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  await sql`DELETE FROM dim_design WHERE design_id = 2`;
  await sql`UPDATE dim_currency SET currency_name = 'wrong'`;
  const keys = { ...pipeline, scope: "keys" } as const;
  const { outcome, scope, deleted, missed } = await reconcile(keys);
  assertEquals({ outcome, scope, deleted, missed }, {
    outcome: "repaired",
    scope: "keys",
    deleted: { payment: 1 },
    missed: { design: 1 },
  });
  assertEquals((await reconcile(keys)).outcome, "clean");
  assertEquals(
    (await sql`SELECT FROM etl.reconciliation`).length,
    0,
    "values are still to be compared",
  );
  assertEquals((await reconcile(pipeline)).missed, { currency: 1 });
  await assertVerified(pipeline);
});

test("reconcile() twice equals reconcile() once", async (pipeline) => {
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await pipeline.sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  await reconcile(pipeline);
  const history = [...await pipeline.sql`SELECT * FROM fact_payment_history`];
  assertEquals((await reconcile(pipeline)).outcome, "clean");
  assertEquals([...await pipeline.sql`SELECT * FROM fact_payment_history`], history);
});

test("a deleted dimension row that no fact refers to is removed", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, design, { design_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM design WHERE design_id = 2`;
  assertEquals((await reconcile(pipeline)).deleted, { design: 1 });
  assertEquals([...await sql`SELECT design_id, deleted_at FROM dim_design`], [
    { design_id: 1, deleted_at: null },
  ]);
  await assertVerified(pipeline);
});

test("a deleted dimension row that a fact refers to, now or in history, stays with deleted_at", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, design, { design_id: 2 });
  await insert(sourceSql, salesOrder, { sales_order_id: 2, design_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id = 2`;
  await sourceSql`DELETE FROM design WHERE design_id = 2`;
  assertEquals((await reconcile(pipeline)).deleted, { design: 1, sales_order: 1 });
  const members = await sql`
    SELECT design_id, deleted_at IS NOT NULL AS deleted FROM dim_design ORDER BY 1`;
  assertEquals([...members], [
    { design_id: 1, deleted: false },
    { design_id: 2, deleted: true },
  ]);
  await assertVerified(pipeline);
});

test("a dimension row that comes back loses its deleted_at", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, design, { design_id: 2 });
  await insert(sourceSql, salesOrder, { sales_order_id: 2, design_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id = 2`;
  await sourceSql`DELETE FROM design WHERE design_id = 2`;
  await reconcile(pipeline);
  await insert(sourceSql, design, { design_id: 2 });
  await insert(sourceSql, salesOrder, { sales_order_id: 2, design_id: 2 });
  await run(pipeline);
  assertEquals([...await sql`SELECT deleted_at FROM dim_design WHERE design_id = 2`], [
    { deleted_at: null },
  ]);
  const versions = await sql`
    SELECT valid_to IS NULL AS current FROM fact_sales_order_versions
    WHERE sales_order_id = 2 ORDER BY valid_from`;
  assertEquals([...versions], [{ current: false }, { current: true }]);
  await assertVerified(pipeline);
});

test("an order is deleted with its transaction and payment in one batch", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, salesOrder, { sales_order_id: 2 });
  await insert(sourceSql, transaction, { transaction_id: 2, sales_order_id: 2 });
  await insert(sourceSql, payment, { payment_id: 2, transaction_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  await sourceSql`DELETE FROM transaction WHERE transaction_id = 2`;
  await sourceSql`DELETE FROM sales_order WHERE sales_order_id = 2`;
  const { deleted } = await reconcile(pipeline);
  assertEquals(deleted, { sales_order: 1, transaction: 1, payment: 1 });
  await assertVerified(pipeline);
});

test("reconcile() repairs missed rows, joined dimensions too", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, department, { department_id: 2, department_name: "Purchasing" });
  await insert(sourceSql, staff, { staff_id: 2, department_id: 2 });
  await run(pipeline);
  await sql`UPDATE fact_sales_order SET units_sold = 0`;
  await sql`UPDATE dim_staff SET department_name = 'wrong' WHERE staff_id = 2`;
  await sql`DELETE FROM fact_payment`;
  const result = await reconcile(pipeline);
  assertEquals(result.missed, { staff: 1, sales_order: 1, payment: 1 });
  assertEquals(result.deleted, {});
  await assertVerified(pipeline);
});

test("reconcile() leaves current changes to the next delta", async (pipeline) => {
  await run(pipeline);
  await pipeline.sourceSql`UPDATE sales_order SET units_sold = 7`;
  await pipeline.sourceSql`UPDATE department SET department_name = 'New'`;
  const result = await reconcile(pipeline);
  assertEquals(result, {
    outcome: "clean",
    scope: "rows",
    finished: true,
    deleted: {},
    missed: {},
    in_flight: 2,
    quarantined: 0,
    commit: null,
    schema: [],
  });
  await run(pipeline);
  await assertVerified(pipeline);
});

test("a delta after reconcile() still catches what committed late", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, currency, { currency_id: 2 });
  await run(pipeline);
  const late = await sourceSql.reserve();
  await late`BEGIN`;
  await late`UPDATE sales_order SET units_sold = 9`;
  await sourceSql`DELETE FROM currency WHERE currency_id = 2`;
  assertEquals((await reconcile(pipeline)).deleted, { currency: 1 });
  await late`COMMIT`;
  late.release();
  await run(pipeline);
  await assertVerified(pipeline);
});

/** Returns a pipeline that calls `act` just before each commit to the ingestion zone. */
function withEachCommit(pipeline: TestPipeline, act: () => Promise<unknown>): TestPipeline {
  const { ingestion } = pipeline;
  const put = async (...args: Parameters<typeof ingestion.put>) => {
    if (args[0].startsWith("_log/")) await act();
    return await ingestion.put(...args);
  };
  const [get, list] = [ingestion.get.bind(ingestion), ingestion.list.bind(ingestion)];
  return { ...pipeline, ingestion: { url: ingestion.url, get, list, put } };
}

test("reconcile() repairs a busy source whose commits overtake it", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  for (const payment_id of [2, 3]) await insert(sourceSql, payment, { payment_id });
  await insert(sourceSql, design, { design_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id > 1`;
  await sql`UPDATE dim_design SET design_name = 'wrong' WHERE design_id = 2`;
  let commits = 0;
  const busy = withEachCommit(pipeline, async () => {
    if (++commits > 3) return;
    await sourceSql`UPDATE sales_order SET units_sold = units_sold + 1`;
    if (commits === 2) await insert(sourceSql, payment, { payment_id: 2 });
    await extract(pipeline);
  });
  const { outcome, deleted, missed, in_flight } = await reconcile(busy);
  assertEquals({ outcome, deleted, missed, in_flight }, {
    outcome: "repaired",
    deleted: { payment: 1 },
    missed: { design: 1 },
    in_flight: 0,
  });
  const ids = await sql`SELECT payment_id FROM fact_payment ORDER BY 1`;
  assertEquals(
    ids.map(({ payment_id }) => payment_id),
    [1, 2],
    "the row that was inserted again is kept",
  );
  await assertVerified(pipeline);
});

test("reconcile() gives way to a full extraction", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  const overtaken = withEachCommit(pipeline, () => extract({ ...pipeline, full: true }));
  assertEquals((await reconcile(overtaken)).outcome, "overtaken");
  assertEquals((await run(pipeline)).reconcile?.deleted, { payment: 1 });
  await assertVerified(pipeline);
});

test("reconcile() that is asked to stop reports so and changes nothing", async (pipeline) => {
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await pipeline.sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  const before = await keysOf(pipeline.ingestion);
  const signal = AbortSignal.abort(new StoppedError("taken away"));
  await assertRejects(() => reconcile({ ...pipeline, signal }), StoppedError, "taken away");
  assertEquals(await keysOf(pipeline.ingestion), before);
  assertEquals([...await pipeline.sql`SELECT * FROM etl.reconciliation`], []);
});

test("reconcile() without time compares one table at a time and resumes there", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, payment, { payment_id: 2 });
  await insert(sourceSql, design, { design_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  await sourceSql`DELETE FROM design WHERE design_id = 2`;
  const deleted: Record<string, number> = {};
  let runs = 0;
  for (let finished = false; !finished; runs++) {
    const result = await reconcile({ ...pipeline, signal: AbortSignal.abort() });
    Object.assign(deleted, result.deleted);
    finished = result.finished;
  }
  assertEquals([runs, deleted], [totesys.warehouse.length - 1, { design: 1, payment: 1 }]);
  await assertVerified(pipeline);
  const rounds = await sql`SELECT DISTINCT ingestion_sequence::int AS n FROM etl.reconciliation`;
  assertEquals(rounds.map(({ n }) => n), [1], "it is one round");
});

test("the next tick finishes a partial comparison, and reconcile() compares everything", async (pipeline) => {
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await pipeline.sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  const cut = () => reconcile({ ...pipeline, signal: AbortSignal.abort() });
  assertEquals([(await cut()).finished, (await cut()).finished], [false, false]);
  const [last] = await pipeline.sql`
    SELECT tables FROM etl.reconciliation ORDER BY done_at DESC LIMIT 1`;
  assertEquals(last.tables.length, 2);
  const { reconcile: rest } = await run({ ...pipeline, signal: new AbortController().signal });
  assertEquals([rest?.finished, rest?.deleted], [true, { payment: 1 }]);
  assertEquals((await run(pipeline)).reconcile, null);
  await cut();
  assertEquals((await reconcile(pipeline)).finished, true);
  assertEquals((await run(pipeline)).reconcile, null);
});

test("a full extraction is followed by a comparison, in this tick or a later one", async (pipeline) => {
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await pipeline.sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  await extract({ ...pipeline, full: true });
  const budget = new AbortController();
  const onProgress = ({ stage }: Progress) => stage === "load" && budget.abort();
  const cut = await run({ ...pipeline, onProgress, signal: budget.signal });
  assertEquals([cut.stopped, cut.reconcile], [true, null]);
  assertEquals((await run(pipeline)).reconcile?.deleted, { payment: 1 });
  assertEquals((await run(pipeline)).reconcile, null);
});

test("a tick reconciles when due, and not before", async (pipeline) => {
  assertEquals((await run(pipeline)).reconcile, null);
  await pipeline.sql`UPDATE fact_payment SET payment_amount = 0`;
  assertEquals((await run(pipeline)).reconcile, null);
  const result = await run({ ...pipeline, reconcileEveryMs: 0 });
  assertEquals([result.reconcile?.scope, result.reconcile?.missed], ["rows", { payment: 1 }]);
  assertEquals((await run({ ...pipeline, reconcileEveryMs: 60_000 })).reconcile, null);
  await assertVerified(pipeline);
});

test("a repair keeps its predecessor's place in the source's history", async (pipeline) => {
  await insert(pipeline.sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await pipeline.sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  await reconcile(pipeline);
  const { log } = ingestionZone(pipeline.ingestion);
  const [first, repair] = [await log.read(1), await log.read(2)];
  assertEquals(repair.mode, "reconcile");
  const { taken_at, ...place } = repair.snapshot;
  assert(taken_at > first.snapshot.taken_at);
  assertEquals(place, (({ taken_at: _, ...rest }) => rest)(first.snapshot));
});

test("reconcile() refuses to compare with another source", async (pipeline) => {
  await run(pipeline);
  await using other = await testDatabase("totesys");
  await createSource(other.sql);
  const error = await assertRejects(
    () => reconcile({ ...pipeline, source: other.url }),
    SourceError,
    "cannot reconcile: the source is another database",
  );
  assertStringIncludes(remedyText(error.next!), "deno task etl extract --full");
  assertEquals([...await pipeline.sql`SELECT count(*)::int AS n FROM fact_payment`], [{ n: 1 }]);
});

test("a tick refuses a mass deletion, and an operator can confirm it", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await sourceSql`INSERT INTO design SELECT n, now(), 'a', 'b', 'c', now() FROM generate_series(2, 200) n`;
  await run(pipeline);
  await sourceSql`DELETE FROM design WHERE design_id > 1`;
  await assertRejects(
    () => run({ ...pipeline, reconcileEveryMs: 0 }),
    MassDeletionError,
    "refused to delete 199 of 200 rows of design: they are missing in the source, and the limit is 20%",
  );
  assertEquals([...await sql`SELECT count(*)::int AS n FROM dim_design`], [{ n: 200 }]);
  assertEquals((await reconcile(pipeline)).deleted, { design: 199 });
  assertEquals([...await sql`SELECT count(*)::int AS n FROM dim_design`], [{ n: 1 }]);
});

test("a refused comparison is not repeated at every tick", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await sourceSql`INSERT INTO design SELECT n, now(), 'a', 'b', 'c', now() FROM generate_series(2, 200) n`;
  await run(pipeline);
  await sourceSql`DELETE FROM design WHERE design_id > 1`;
  await extract({ ...pipeline, full: true });
  await assertRejects(() => run(pipeline), MassDeletionError);
  await sourceSql`UPDATE sales_order SET units_sold = 7`;
  const next = await run(pipeline);
  assertEquals([next.extract.outcome, next.reconcile], ["committed", null]);
  const [{ refused }] = await sql`SELECT refused FROM etl.reconciliation`;
  assertStringIncludes(refused, "refused to delete 199 of 200 rows of design");
});

test("of two concurrent comparisons, one repairs and one gives way", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, payment, { payment_id: 2 });
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  let other: ReconcileResult | undefined;
  const overtaken = withEachCommit(pipeline, async () => other ??= await reconcile(pipeline));
  assertEquals((await reconcile(overtaken)).outcome, "overtaken");
  assertEquals([other?.outcome, other?.deleted], ["repaired", { payment: 1 }]);
  assertEquals((await sql`SELECT FROM etl.reconciliation`).length, 1);
});

test("repaired rows raise an alert even if the load of their repair fails", async (pipeline) => {
  await run(pipeline);
  await pipeline.sql`UPDATE fact_payment SET payment_amount = 0`;
  const processed = {
    ...withEachCommit(
      { ...pipeline, ingestion: pipeline.processed },
      () => Promise.reject(new LakeError("the zone is full")),
    ).ingestion,
  };
  const codes: string[] = [];
  const onAlert = ({ code }: Alert) => void codes.push(code);
  await assertRejects(() => reconcile({ ...pipeline, processed, onAlert }), LakeError, "is full");
  assertEquals(codes, ["rows_repaired"]);
});

test("run() and reconcile() migrate a warehouse of an earlier release", async (pipeline) => {
  await run(pipeline);
  await reconcile(pipeline);
  await pipeline.sql`ALTER TABLE etl.applied_commit DROP COLUMN mode`;
  await pipeline.sql`ALTER TABLE etl.reconciliation DROP COLUMN ingestion_sequence,
    DROP COLUMN tables, DROP COLUMN finished, DROP COLUMN refused`;
  await undoMigrations(pipeline);
  assertEquals((await run(pipeline)).reconcile, null);
  assertEquals((await run({ ...pipeline, reconcileEveryMs: 0 })).reconcile?.outcome, "clean");
});

test("reconcile() that waits for a migration does not treat its rows as deleted", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  const migration = await sourceSql.reserve();
  await migration`BEGIN`;
  await migration`LOCK TABLE payment IN ACCESS EXCLUSIVE MODE`;
  const reconciling = reconcile(pipeline);
  await waitUntil(async () => {
    const [{ n }] = await sourceSql`SELECT count(*)::int AS n FROM pg_locks WHERE NOT granted`;
    return n > 0;
  });
  // This rewrites the table: a snapshot taken earlier would see it empty.
  await migration`ALTER TABLE payment ALTER COLUMN company_ac_number TYPE bigint`;
  await migration`COMMIT`;
  migration.release();
  assertEquals((await reconciling).deleted, {});
  await run(pipeline);
  await assertVerified(pipeline);
});

test("a policy that hides rows stops the table, and deletes nothing", async (pipeline) => {
  const { sourceSql } = pipeline;
  const role = `reader_${crypto.randomUUID().replaceAll("-", "")}`;
  await sourceSql.unsafe(`CREATE ROLE ${role} LOGIN`);
  try {
    await sourceSql.unsafe(`GRANT SELECT ON ALL TABLES IN SCHEMA public TO ${role}`);
    const url = new URL(pipeline.source);
    url.username = role;
    const reading = { ...pipeline, source: url.href };
    await run(reading);
    await sourceSql`ALTER TABLE payment ENABLE ROW LEVEL SECURITY`;
    assertEquals((await reconcile(reading)).deleted, {});
    const { extract: { schema } } = await run(reading);
    assertEquals(schema.map(({ table, kind, stops }) => [table, kind, stops]), [
      ["payment", "table unreadable", true],
    ]);
    assertStringIncludes(schema[0].message, "row security policy");
    const [{ n }] = await pipeline.sql`SELECT count(*)::int AS n FROM fact_payment`;
    assertEquals(n, 1);
  } finally {
    await sourceSql.unsafe(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});

test("a deleted fact is removed although a newer version is orphaned", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await run(pipeline);
  await sourceSql`ALTER TABLE sales_order DROP CONSTRAINT sales_order_currency_id_fkey`;
  await sourceSql`UPDATE sales_order SET currency_id = 99`;
  assertEquals((await run(pipeline)).load.quarantined, 1);
  await sourceSql`DELETE FROM payment`;
  await sourceSql`DELETE FROM transaction`;
  await sourceSql`DELETE FROM sales_order`;
  await reconcile(pipeline);
  assertEquals([...await sql`SELECT * FROM fact_sales_order`], []);
  assertEquals([...await sql`SELECT * FROM etl.quarantine`], []);
  await insert(sourceSql, currency, { currency_id: 99 });
  await run(pipeline);
  assertEquals([...await sql`SELECT * FROM fact_sales_order`], []);
  await assertVerified(pipeline);
});

test("a row with a bad key leaves the quarantine when it is deleted", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql`ALTER TABLE payment ALTER COLUMN payment_id TYPE bigint`;
  await sourceSql`
    INSERT INTO payment SELECT 3000000000, created_at, last_updated, transaction_id, counterparty_id,
      payment_amount, currency_id, payment_type_id, paid, payment_date, company_ac_number,
      counterparty_ac_number FROM payment`;
  assertEquals((await run(pipeline)).load.quarantined, 1);
  await sourceSql`DELETE FROM payment WHERE payment_id = 3000000000`;
  await reconcile(pipeline);
  assertEquals((await run(pipeline)).load.quarantined, 0);
  await assertVerified(pipeline);
});

test("reconcile() before the first extraction names the next step", async (pipeline) => {
  const error = await assertRejects(
    () => reconcile(pipeline),
    LakeError,
    "nothing has been extracted",
  );
  assertEquals(remedyText(error.next!), "deno task etl run");
});

async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!await holds()) {
    assert(Date.now() < deadline, "it never came to that");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a table added to the model is read in full, even if a repair comes first", async (pipeline) => {
  const { sourceSql } = pipeline;
  await insert(sourceSql, payment, { payment_id: 2 });
  await sourceSql`CREATE TABLE region (region_id int PRIMARY KEY)`;
  await sourceSql`INSERT INTO region VALUES (1), (2)`;
  await run(pipeline);
  await sourceSql`DELETE FROM payment WHERE payment_id = 2`;
  const region = {
    name: "region",
    key: "region_id",
    columns: { region_id: { type: "integer" } },
  } as const;
  const model = { ...totesys, source: [...totesys.source, region] };
  const larger = { ...pipeline, model };
  assertEquals((await reconcile(larger)).deleted, { payment: 1 });
  const { extract: next } = await run(larger);
  assert(next.outcome === "committed");
  assertEquals(next.commit.tables.region.rows, 2);
});
