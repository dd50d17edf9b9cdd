import { assert, assertEquals, assertRejects } from "@std/assert";
import { setTimeout as delay } from "node:timers/promises";
import { address, counterparty, salesOrder, staff } from "../../schemas/mod.ts";
import { EtlError, LakeError, SourceError } from "../../sdk/errors.ts";
import type { ObjectStore } from "../../sdk/lake/store.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { etlCommand, killHard } from "../functions/cli/cli.ts";
import { keysOf } from "../support/lake.ts";
import { insert } from "../support/source.ts";
import { settingsOf, test, type TestPipeline } from "./pipelines.ts";

async function assertVerified(pipeline: TestPipeline): Promise<void> {
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
}

test("one tick loads the source into the warehouse", async (pipeline) => {
  const result = await run(pipeline);
  assertEquals(result.extract.outcome, "committed");
  assertEquals(result.transform.commits.length, 1);
  assertEquals(result.load.commits.length, 1);
  assert(result.lag_ms !== null && result.lag_ms >= 0 && result.lag_ms < 60_000);
  assert(result.elapsed_ms >= 0);
  for (const commit of [...result.transform.commits, ...result.load.commits]) {
    assertEquals(commit.run, result.run);
  }
  await assertVerified(pipeline);
});

test("a first load in parts loads its first part while it reads and transforms the next", async (pipeline) => {
  for (let id = 2; id <= 30; id++) {
    await insert(pipeline.sourceSql, salesOrder, { sales_order_id: id });
  }
  const whenPut = Promise.withResolvers<unknown>();
  const ingestion = holding(pipeline.ingestion, async (key) => {
    if (key.endsWith("0000000002.json")) whenPut.resolve(null);
    // The third part is held back until the first is loaded: it would be for ever without overlap.
    if (key.endsWith("0000000003.json")) await firstPartLoaded(pipeline);
  });
  const processed = holding(pipeline.processed, async (key) => {
    // The transform finds a second part after the first, and is held back in it.
    if (key.endsWith("0000000001.json")) await Promise.race([whenPut.promise, delay(30_000)]);
    if (key.endsWith("0000000002.json")) await firstPartLoaded(pipeline);
  });
  const result = await run({ ...pipeline, ingestion, processed, chunkRows: 10 });
  assert(result.extract.outcome === "committed" && result.extract.commits.length >= 4);
  const sequences = result.extract.commits.map(({ sequence }) => sequence);
  assertEquals(result.transform.commits.map((commit) => commit.ingestion_sequence), sequences);
  assertEquals(result.load.commits.map((commit) => commit.ingestion_sequence), sequences);
  await assertVerified(pipeline);
});

/** Returns a store that waits before it puts some objects. */
function holding(store: ObjectStore, hold: (key: string) => Promise<void>): ObjectStore {
  return {
    url: store.url,
    get: (key, range) => store.get(key, range),
    list: (prefix, after) => store.list(prefix, after),
    async put(key, body) {
      await hold(key);
      return await store.put(key, body);
    },
  };
}

async function firstPartLoaded({ sql }: TestPipeline): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    const [{ table }] = await sql`SELECT to_regclass('etl.applied_commit') AS table`;
    if (table && (await sql`SELECT FROM etl.applied_commit`).length > 0) return;
    await delay(100);
  }
  throw new Error("the first part was not loaded");
}

test("a part that cannot be transformed fails the run, after all parts were read", async (pipeline) => {
  for (let id = 2; id <= 30; id++) {
    await insert(pipeline.sourceSql, salesOrder, { sales_order_id: id });
  }
  const processed: ObjectStore = {
    url: pipeline.processed.url,
    get: (key, range) => pipeline.processed.get(key, range),
    list: (prefix, after) => pipeline.processed.list(prefix, after),
    put: () => Promise.reject(new LakeError("the disk is full", { stage: "lake" })),
  };
  const error = await assertRejects(
    () => run({ ...pipeline, processed, chunkRows: 10 }),
    LakeError,
  );
  assertEquals(error.message, "the disk is full");
  const result = await run(pipeline);
  assertEquals(result.extract.outcome, "unchanged");
  await assertVerified(pipeline);
});

test("a failing listener does not hide why the tick failed", async (pipeline) => {
  const failing = { ...pipeline, source: "postgres://nobody@127.0.0.1:1/gone" };
  const onAlert = () => {
    throw new Error("the listener");
  };
  await assertRejects(() => run({ ...failing, onAlert }), SourceError);
});

test("a tick without a change writes nothing anywhere", async (pipeline) => {
  await run(pipeline);
  const written = async () => ({
    ingestion: await keysOf(pipeline.ingestion),
    processed: await keysOf(pipeline.processed),
    rows: [...await pipeline.sql`SELECT ctid::text, xmin::text FROM fact_payment`],
    applied: [...await pipeline.sql`SELECT * FROM etl.applied_commit`],
  });
  const before = await written();
  const result = await run(pipeline);
  assertEquals(result.extract, { outcome: "unchanged", schema: [] });
  assertEquals(result.lag_ms, null);
  assertEquals(await written(), before);
});

test("a renamed department reaches its unchanged staff", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, staff, { staff_id: 2 });
  await run(pipeline);
  await sourceSql`UPDATE department SET department_name = 'Facilities', location = 'Leeds'`;
  await run(pipeline);
  const rows = await sql`SELECT staff_id, department_name, location FROM dim_staff ORDER BY 1`;
  assertEquals(rows.map((row) => ({ ...row })), [
    { staff_id: 1, department_name: "Facilities", location: "Leeds" },
    { staff_id: 2, department_name: "Facilities", location: "Leeds" },
  ]);
  await assertVerified(pipeline);
});

test("a corrected address reaches its location and its unchanged counterparties", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await insert(sourceSql, address, { address_id: 2 });
  await insert(sourceSql, counterparty, { counterparty_id: 2, legal_address_id: 2 });
  await run(pipeline);
  await sourceSql`UPDATE address SET postal_code = 'LS1 1AA' WHERE address_id = 2`;
  await run(pipeline);
  const locations = await sql`SELECT location_id, postal_code FROM dim_location ORDER BY 1`;
  assertEquals(locations.map(({ postal_code }) => postal_code), ["postal_code", "LS1 1AA"]);
  const parties = await sql`
    SELECT counterparty_legal_postal_code AS code FROM dim_counterparty ORDER BY counterparty_id`;
  assertEquals(parties.map(({ code }) => code), ["postal_code", "LS1 1AA"]);
  await assertVerified(pipeline);
});

test("staff moved to an unchanged department are loaded with it", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await sourceSql`INSERT INTO department
    SELECT 2, 'Robots', location, manager, created_at, last_updated FROM department`;
  await run(pipeline);
  await sourceSql`UPDATE staff SET department_id = 2`;
  await run(pipeline);
  const [{ department_name }] = await sql`SELECT department_name FROM dim_staff`;
  assertEquals(department_name, "Robots");
});

test("an order that changed without last_updated is a new version", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET units_sold = 7`;
  await run(pipeline);
  await sourceSql`UPDATE sales_order SET units_sold = 1`;
  await run(pipeline);
  const rows = await sql`
    SELECT units_sold, valid_to IS NULL AS current,
      valid_from = lag(valid_to) OVER (ORDER BY valid_from) AS follows
    FROM fact_sales_order_versions ORDER BY valid_from`;
  assertEquals(rows.map((row) => ({ ...row })), [
    { units_sold: 1, current: false, follows: null },
    { units_sold: 7, current: false, follows: true },
    { units_sold: 1, current: true, follows: true },
  ]);
  await assertVerified(pipeline);
});

test("an order that arrives with its new counterparty, design and address is loaded completely", async (pipeline) => {
  const { sourceSql } = pipeline;
  await run(pipeline);
  await sourceSql.begin(async (tx) => {
    await insert(tx, address, { address_id: 2 });
    await insert(tx, counterparty, { counterparty_id: 2, legal_address_id: 2 });
    await insert(tx, salesOrder, {
      sales_order_id: 2,
      counterparty_id: 2,
      agreed_delivery_location_id: 2,
      agreed_delivery_date: "2031-12-31",
      unit_price: "3.9",
    });
  });
  await run(pipeline);
  await assertVerified(pipeline);
});

test("a tick finishes what an earlier one left in the lake", async (pipeline) => {
  const { sourceSql } = pipeline;
  await extract(pipeline);
  await sourceSql`UPDATE sales_order SET units_sold = 7`;
  await extract(pipeline);
  await transform(pipeline);
  await sourceSql`UPDATE sales_order SET units_sold = 8`;
  const { transform: transformed, load: loaded } = await run(pipeline);
  assertEquals([transformed.commits.length, loaded.commits.length], [1, 3]);
  await assertVerified(pipeline);
});

test("a tick finishes a batch that is already in the lake, even if nothing else changed", async (pipeline) => {
  await extract(pipeline);
  const { extract: extracted, load: loaded } = await run(pipeline);
  assertEquals([extracted.outcome, loaded.commits.length], ["unchanged", 1]);
  await assertVerified(pipeline);
});

test("concurrent ticks equal one tick", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  for (let units = 2; units <= 4; units++) {
    await sourceSql`UPDATE sales_order SET units_sold = ${units}`;
    await Promise.all([run(pipeline), run(pipeline)]);
  }
  await run(pipeline);
  await assertVerified(pipeline);
  const versions = await sql`
    SELECT units_sold FROM fact_sales_order_versions ORDER BY valid_from`;
  assertEquals(versions.map(({ units_sold }) => units_sold), [2, 3, 4]);
});

test("a source that is down is a SourceError and leaves the lake unchanged", async (pipeline) => {
  const source = "postgres://reader:secret@127.0.0.1:1/totesys";
  const error = await assertRejects(() => run({ ...pipeline, source }), SourceError);
  assertEquals([error.stage, error.retryable], ["extract", true]);
  assert(!error.message.includes("secret"), error.message);
  assertEquals(await keysOf(pipeline.ingestion), []);
});

test("one zone given for both is refused before the logs mix", async (pipeline) => {
  const mixed = { ...pipeline, processed: pipeline.ingestion };
  await assertRejects(() => run(mixed), EtlError, "_log/000000000001.json");
});

test("the next tick completes one killed with SIGKILL anywhere", async (pipeline) => {
  const { sourceSql, sql } = pipeline;
  const settings = settingsOf(pipeline);
  let killed = 0;
  let units = 1;
  // Every round changes a row and kills the run later than the last, counted from its first query.
  for (let wait_ms = 10; killed < 7; wait_ms *= 1.5) {
    await sourceSql`UPDATE sales_order SET units_sold = ${++units}`;
    const child = etlCommand(["run"], settings).spawn();
    const ended = child.output();
    let done = false;
    ended.finally(() => done = true);
    while (!done) {
      const [row] = await sourceSql`
        SELECT pg_sleep(${wait_ms / 1000})::text FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = 'totesys-etl'`;
      if (row) break;
    }
    killHard(child);
    if ((await ended).success) break;
    killed++;
  }
  assert(killed >= 2, `${killed} ticks were killed`);
  await run(pipeline);
  await assertVerified(pipeline);
  const [{ repeated, broken }] = await sql`
    SELECT count(*) FILTER (WHERE units_sold = before)::int AS repeated,
      count(*) FILTER (WHERE valid_from <> ended)::int AS broken
    FROM (SELECT units_sold, valid_from, lag(units_sold) OVER w AS before,
        lag(valid_to) OVER w AS ended
      FROM fact_sales_order_versions WINDOW w AS (ORDER BY valid_from)) v`;
  assertEquals([repeated, broken], [0, 0]);
});
