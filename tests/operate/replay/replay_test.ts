import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { remedyText } from "../../../functions/remedy.ts";
import { salesOrder, totesys } from "../../../schemas/mod.ts";
import {
  ConfigurationError,
  DamagedObjectError,
  EtlError,
  WarehouseError,
} from "../../../sdk/errors.ts";
import { extract } from "../../../sdk/extract/extract.ts";
import { openStore } from "../../../sdk/lake/open_store.ts";
import { load } from "../../../sdk/load/load.ts";
import { replay, type ReplayOptions } from "../../../sdk/operate/replay/replay.ts";
import { previewReplay } from "../../../sdk/operate/replay/preview.ts";
import { run } from "../../../sdk/operate/run.ts";
import { verify } from "../../../sdk/operate/compare/verify.ts";
import { transformVersion } from "../../../sdk/transform/version.ts";
import { contents } from "../../load/star.ts";
import { keysOf } from "../../support/lake.ts";
import { withRowFunction } from "../../support/models.ts";
import { testDatabase } from "../../support/postgres.ts";
import { createSource, insert } from "../../support/source.ts";
import { DAMAGE, fileOf } from "../../support/tamper.ts";
import { processedCommits } from "../../transform/batches.ts";
import { assertHistoryCreated, createHistory, upTo, warehouseContents } from "../histories.ts";
import { test, type TestPipeline } from "../pipelines.ts";

/** Returns the options of a replay of the pipeline's lake into a database. */
function into(pipeline: TestPipeline, url: string): ReplayOptions {
  const { source, warehouse, ingestion, processed } = pipeline;
  return { source, warehouse, ingestion, processed, into: url };
}

/** Returns the content of every object of a store, by key, without the folders of replays. */
async function bytesOf(store: TestPipeline["processed"]): Promise<Record<string, string>> {
  const keys = (await keysOf(store)).filter((key) => !key.startsWith("_replay"));
  const objects = await Promise.all(keys.map(async (key) => {
    const chunks = await Array.fromAsync(store.get(key));
    return [key, await new Blob(chunks as BlobPart[]).text()];
  }));
  return Object.fromEntries(objects);
}

// ---- the same warehouse ----

test("replay() builds a warehouse equal to the live one, from the processed zone", async (pipeline) => {
  await createHistory(pipeline);
  await assertHistoryCreated(pipeline);
  await using target = await testDatabase("target");
  const keys = await keysOf(pipeline.processed);
  const result = await replay(into(pipeline, target.url));
  assertEquals([result.zone, result.transformed], [pipeline.processed.url, 0]);
  assertEquals(await contents(target.sql), await contents(pipeline.sql));
  assertEquals(await keysOf(pipeline.processed), keys);
  // A second replay has nothing left to do.
  assertEquals((await replay(into(pipeline, target.url))).load.commits, []);
  assertEquals(await contents(target.sql), await contents(pipeline.sql));
});

test("replay() from the ingestion zone builds the same in a separate zone", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  const before = await bytesOf(pipeline.processed);
  const options = { ...into(pipeline, target.url), fromIngestion: true };
  const { zone, transformed } = await replay(options);
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
  assertEquals(await bytesOf(pipeline.processed), before);
  const [commit] = await processedCommits(pipeline.processed);
  assertEquals(zone, `${pipeline.processed.url}/_replay-${commit.transform_version}`);
  assertEquals(transformed, (await processedCommits(openStore(zone))).length);
  const again = await replay(options);
  assertEquals([again.transformed, again.load.commits], [0, []]);
  // A second target is loaded from the zone that the first replay made.
  await using other = await testDatabase("target");
  const third = await replay({ ...options, into: other.url });
  assertEquals([third.transformed, third.load.commits.length], [0, transformed]);
  assertEquals(await warehouseContents(other.sql), await warehouseContents(pipeline.sql));
});

test("the pipeline continues from a replayed zone and its warehouse", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  const { zone } = await replay({ ...into(pipeline, target.url), fromIngestion: true });
  const switched = { ...pipeline, processed: openStore(zone), warehouse: target.url };
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 20 });
  await pipeline.sourceSql`UPDATE sales_order SET units_sold = 21 WHERE sales_order_id = 1`;
  const tick = await run(switched);
  assertEquals([tick.transform.commits.length, tick.load.commits.length], [1, 1]);
  // The old zone and warehouse give the same result when they are run, too.
  await run(pipeline);
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
  const differences = async (warehouse: string) =>
    (await verify({ ...pipeline, warehouse })).tables.map(({ differences }) => differences);
  assertEquals(await differences(target.url), await differences(pipeline.warehouse));
});

test("the live pipeline is not disturbed by a replay inside its processed zone", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  await replay({ ...into(pipeline, target.url), fromIngestion: true });
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 30 });
  assertEquals((await run(pipeline)).load.commits.length, 1);
  // The replay continues up to the live pipeline's last commit.
  await replay({ ...into(pipeline, target.url), fromIngestion: true });
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
});

test("a replay resumes after it lost its target", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  await load({ ...pipeline, warehouse: target.url });
  await insert(pipeline.sourceSql, salesOrder, { sales_order_id: 31 });
  await run(pipeline);
  assertEquals((await replay(into(pipeline, target.url))).load.commits.length, 1);
  assertEquals(await contents(target.sql), await contents(pipeline.sql));
});

// ---- another version of a row function ----

test("a fixed row function makes new objects next to the old ones, and a new warehouse", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  const before = await bytesOf(pipeline.processed);
  const model = withRowFunction(totesys, "dim_design", {
    version: 1,
    make: ({ design_id, file_location, file_name }) => ({
      design_id,
      design_name: `design ${design_id}`,
      file_location,
      file_name,
    }),
  });
  const options = {
    ...into(pipeline, target.url),
    fromIngestion: true,
    model,
  };
  const { zone } = await replay(options);
  const version = transformVersion(model);
  assertStringIncludes(zone, `/_replay-${version}`);
  assertEquals(await bytesOf(pipeline.processed), before);
  const names = await target.sql`SELECT design_name FROM dim_design ORDER BY design_id`;
  assertEquals(names.map(({ design_name }) => design_name), ["design 1", "design 9"]);
  const { dim_design: _, ...others } = await warehouseContents(target.sql);
  const { dim_design: __, ...live } = await warehouseContents(pipeline.sql);
  assertEquals(others, live);
  const commits = await processedCommits(openStore(zone));
  assert(commits.every(({ transform_version }) => transform_version === version));
});

// ---- starting with a later commit ----

test("replay() continues after the target's last commit", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  const all = await processedCommits(pipeline.processed);
  await loadUpTo(pipeline, target.url, 3);
  const options = into(pipeline, target.url);
  const error = await assertRejects(() => replay({ ...options, from: 5 }), ConfigurationError);
  assertStringIncludes(error.message, "the target's last commit is 3");
  assertStringIncludes(remedyText(error.next!), "--from to 4");
  const { load: { commits } } = await replay({ ...options, from: 4 });
  assertEquals(commits.length, all.length - 3);
  assertEquals(await contents(target.sql), await contents(pipeline.sql));
});

test("replay() from the ingestion zone continues a target that the old zone filled", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  await loadUpTo(pipeline, target.url, 3);
  const options = { ...into(pipeline, target.url), fromIngestion: true };
  await assertRejects(() => replay(options), WarehouseError, "from another zone");
  const error = await assertRejects(() => replay({ ...options, from: 3 }), ConfigurationError);
  assertStringIncludes(remedyText(error.next!), "--from to 4");
  const { zone } = await replay({ ...options, from: 4 });
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
  // The new zone is complete: it begins with the old zone's commits.
  const [old, made] = [await processedCommits(pipeline.processed), openStore(zone)];
  const commits = await processedCommits(made);
  assertEquals(commits.slice(0, 3), old.slice(0, 3));
  assertEquals(commits.length, old.length);
  await using other = await testDatabase("target");
  await load({ processed: made, warehouse: other.url });
  assertEquals(await contents(other.sql), await contents(target.sql));
  // The same call again has nothing left to do.
  assertEquals((await replay({ ...options, from: 4 })).load.commits, []);
  await run({ ...pipeline, processed: made, warehouse: target.url });
});

/** Loads the first commits of the processed zone into a database, like a restored backup. */
async function loadUpTo(pipeline: TestPipeline, warehouse: string, last: number): Promise<void> {
  await load({ warehouse, processed: upTo(pipeline.processed, last) });
}

test("an empty target begins only with a baseline, and the error lists them", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  for (const fromIngestion of [false, true]) {
    const options = { ...into(pipeline, target.url), fromIngestion };
    const halfway = await assertRejects(() => replay({ ...options, from: 3 }), ConfigurationError);
    assertStringIncludes(halfway.message, "cannot begin with commit 3");
    assertEquals(remedyText(halfway.next!), "set --from to one of these commits: 1");
    const beyond = await assertRejects(() => replay({ ...options, from: 99 }), ConfigurationError);
    assertStringIncludes(beyond.message, "there is no commit 99");
  }
  assertEquals([...await target.sql`SELECT FROM pg_tables WHERE schemaname = 'public'`], []);
});

test("an empty target begins with a baseline, and the pipeline continues from there", async (pipeline) => {
  await createHistory(pipeline);
  await extract({ ...pipeline, full: true });
  await run(pipeline);
  await pipeline.sourceSql`UPDATE sales_order SET units_sold = 3 WHERE sales_order_id = 3`;
  await run(pipeline);
  const from = (await processedCommits(pipeline.processed)).findLast(({ mode }) =>
    mode === "full"
  )!;
  assert(from.sequence > 1);
  const differences = async (warehouse: string) =>
    (await verify({ ...pipeline, warehouse })).tables.map(({ differences }) => differences);
  for (const fromIngestion of [false, true]) {
    await using target = await testDatabase("target");
    const options = { ...into(pipeline, target.url), fromIngestion };
    const wrong = await assertRejects(() => replay({ ...options, from: 3 }), ConfigurationError);
    assertEquals(
      remedyText(wrong.next!),
      `set --from to one of these commits: 1, ${from.sequence}`,
    );
    const { zone, load } = await replay({ ...options, from: from.sequence });
    assertEquals(load.commits.map(({ mode }) => mode).slice(0, 2), ["full", "delta"]);
    assertEquals(await differences(target.url), await differences(pipeline.warehouse));
    assertEquals((await replay({ ...options, from: from.sequence })).load.commits, []);
    const switched = { ...pipeline, processed: openStore(zone), warehouse: target.url };
    assertEquals((await run(switched)).load.commits, []);
    await insert(pipeline.sourceSql, salesOrder, { sales_order_id: fromIngestion ? 40 : 41 });
    assertEquals((await run(switched)).load.commits.length, 1);
    await run(pipeline);
  }
});

test("damage to a replayed zone is repaired as the message says", async (pipeline) => {
  await createHistory(pipeline);
  await using first = await testDatabase("target");
  await using target = await testDatabase("target");
  const options = { ...into(pipeline, first.url), fromIngestion: true };
  const { zone } = await replay(options);
  const [{ tables }] = await processedCommits(openStore(zone));
  await DAMAGE["a flipped bit"](fileOf(openStore(zone), tables.dim_staff.key));
  const again = () => replay({ ...options, into: target.url });
  const error = await assertRejects(again, DamagedObjectError, tables.dim_staff.key);
  assertStringIncludes(remedyText(error.next!), `move ${zone} away`);
  await Deno.rename(fileURLToPath(zone), `${fileURLToPath(zone)}-damaged`);
  await again();
  assertEquals(await warehouseContents(target.sql), await warehouseContents(pipeline.sql));
});

// ---- targets that are refused ----

test("replay() refuses the source and the live warehouse under any URL", async (pipeline) => {
  await createHistory(pipeline);
  const before = await contents(pipeline.sql);
  const disguised = (url: string) => url.replace("127.0.0.1", "localhost") + "?application_name=x";
  for (const fromIngestion of [false, true]) {
    for (
      const [url, name] of [[pipeline.source, "the source"], [
        pipeline.warehouse,
        "the live warehouse",
      ]]
    ) {
      const options = { ...into(pipeline, disguised(url)), fromIngestion };
      const act = [replay, previewReplay];
      for (const it of act) {
        const error = await assertRejects(() => it(options), ConfigurationError, name);
        assertStringIncludes(remedyText(error.next!), "--into");
      }
    }
  }
  assertEquals(await contents(pipeline.sql), before);
});

test("replay() refuses a database with the model's tables that no lake was loaded into", async (pipeline) => {
  await createHistory(pipeline);
  await using sourceLike = await testDatabase("target");
  await createSource(sourceLike.sql);
  await using starLike = await testDatabase("target");
  await starLike.sql`CREATE TABLE dim_currency (currency_id int)`;
  for (const { url } of [sourceLike, starLike]) {
    const error = await assertRejects(() => replay(into(pipeline, url)), WarehouseError);
    assertStringIncludes(error.message, "was not loaded from a lake");
    assertStringIncludes(remedyText(error.next!), "--into");
  }
});

test("replay() refuses a warehouse that was loaded from another lake", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  await replay({ ...into(pipeline, target.url), fromIngestion: true });
  const before = await contents(target.sql);
  const error = await assertRejects(() => replay(into(pipeline, target.url)), WarehouseError);
  assertStringIncludes(error.message, "from another zone");
  assertStringIncludes(remedyText(error.next!), "--into");
  assertEquals(await contents(target.sql), before);
});

test("replay() needs neither the source nor the live warehouse", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  const lost = (url: string) => Object.assign(new URL(url), { pathname: "/lost" }).href;
  await replay({
    ...into(pipeline, target.url),
    source: "postgres://nobody@127.0.0.1:1/gone",
    warehouse: lost(pipeline.warehouse),
  });
  assertEquals(await contents(target.sql), await contents(pipeline.sql));
});

test("a replay that cannot reach its target reports so", async (pipeline) => {
  const url = "postgres://nobody@127.0.0.1:1/gone";
  const error = await assertRejects(() => replay(into(pipeline, url)), EtlError);
  assertEquals([error.name, error.stage, error.retryable], ["WarehouseError", "replay", true]);
});

// ---- preview ----

test("previewReplay() lists the steps and changes nothing", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  const before = [await keysOf(pipeline.processed), await keysOf(pipeline.ingestion)];
  const plan = await previewReplay(into(pipeline, target.url));
  const commits = await processedCommits(pipeline.processed);
  const objects = commits.flatMap(({ tables, deleted, quarantined }) =>
    [tables, deleted, quarantined].flatMap((named) => Object.values(named))
  );
  const sum = (of: "rows" | "bytes") => objects.reduce((total, object) => total + object[of], 0);
  assertEquals(plan, {
    zone: pipeline.processed.url,
    target: 0,
    steps: [{
      source: "database",
      what: "load",
      commits: commits.length,
      first: 1,
      last: commits.length,
      rows: sum("rows"),
      objects: objects.length,
      bytes: sum("bytes"),
      from: commits[0].taken_at,
      to: commits.at(-1)!.taken_at,
    }],
    missing: [],
  });
  const fromIngestion = await previewReplay({ ...into(pipeline, target.url), fromIngestion: true });
  assertEquals(fromIngestion.steps.map(({ what, commits }) => [what, commits]), [[
    "transform",
    commits.length,
  ]]);
  assertEquals(before, [await keysOf(pipeline.processed), await keysOf(pipeline.ingestion)]);
  assertEquals([...await target.sql`SELECT FROM pg_namespace WHERE nspname = 'etl'`], []);
});

test("previewReplay() distinguishes copies, transforms and loads, and lists nothing when done", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  await loadUpTo(pipeline, target.url, 3);
  const options = { ...into(pipeline, target.url), fromIngestion: true, from: 4 };
  const steps = async () =>
    (await previewReplay(options)).steps.map(({ what, first, last }) => [what, first, last]);
  const last = (await processedCommits(pipeline.processed)).length;
  assertEquals(await steps(), [["copy", 1, 3], ["transform", 4, last]]);
  await replay(options);
  assertEquals(await steps(), []);
});

test("previewReplay() names every missing object", async (pipeline) => {
  await createHistory(pipeline);
  await using target = await testDatabase("target");
  const [first] = await processedCommits(pipeline.processed);
  const { key } = first.tables.dim_staff;
  await Deno.remove(new URL(`${pipeline.processed.url}/${key}`));
  const { missing } = await previewReplay(into(pipeline, target.url));
  assertEquals(missing, [{
    source: "database",
    what: "load",
    sequence: 1,
    table: "dim_staff",
    key,
  }]);
});
