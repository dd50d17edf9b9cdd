import { assert, assertEquals, assertRejects } from "@std/assert";
import { WarehouseError } from "../../sdk/errors.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { load } from "../../sdk/load/load.ts";
import { recordHeartbeat } from "../../sdk/operate/freshness.ts";
import { run } from "../../sdk/operate/run.ts";
import { status } from "../../sdk/operate/status.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { deliver, target } from "../load/documents.ts";
import { keysOf } from "../support/lake.ts";
import { takenAt } from "../transform/batches.ts";
import { test } from "./pipelines.ts";

const NOTHING = { extracted: 0, transformed: 0, loaded: 0, fresh_as_of: null, behind: 0 };

test("status() of a pipeline that has never run is all zeros, and creates nothing", async (pipeline) => {
  assertEquals(await status(pipeline), {
    extracted: 0,
    transformed: 0,
    loaded: 0,
    fresh_as_of: null,
    behind: 0,
    sources: { rates: NOTHING, files: NOTHING },
    schema: [],
    source_error: null,
  });
  const [{ n }] = await pipeline.sql`
    SELECT count(*)::int AS n FROM pg_tables WHERE schemaname IN ('public', 'etl')`;
  assertEquals(n, 0);
  assertEquals(await keysOf(pipeline.ingestion), []);
});

test("status() reports how far each stage has come", async (pipeline) => {
  const place = async () => {
    const { extracted, transformed, loaded, behind } = await status(pipeline);
    return [extracted, transformed, loaded, behind];
  };
  const extracted = await extract(pipeline);
  assertEquals(await place(), [1, 0, 0, 1]);
  await transform(pipeline);
  assertEquals(await place(), [1, 1, 0, 1]);
  await load(pipeline);
  assertEquals(await place(), [1, 1, 1, 0]);
  assert(extracted.outcome === "committed");
  assertEquals((await status(pipeline)).fresh_as_of, extracted.commit.snapshot.taken_at);
  const looked = new Date().toISOString();
  await recordHeartbeat(pipeline, { job: "extract", error: null, fresh_as_of: looked });
  assertEquals((await status(pipeline)).fresh_as_of, looked, "nothing had changed since");
  await pipeline.sourceSql`UPDATE design SET design_name = 'other'`;
  await extract(pipeline);
  assertEquals(await place(), [2, 1, 1, 1]);
  await run(pipeline);
  assertEquals(await place(), [2, 2, 2, 0]);
});

test("status() reports how far each stage has come with every source", async (pipeline) => {
  await run(pipeline);
  await deliver(pipeline, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  const progress = async () => (await status(pipeline)).sources.files;
  const transformed = { ...NOTHING, extracted: 1, transformed: 1, behind: 1 };
  assertEquals(await progress(), transformed);
  await load({ ...pipeline, sourceName: "files" });
  const fresh_as_of = takenAt(1);
  assertEquals(await progress(), { ...transformed, loaded: 1, fresh_as_of, behind: 0 });
  const { extracted, behind, sources } = await status(pipeline);
  assertEquals([extracted, behind, sources.rates], [1, 0, NOTHING]);
});

test("status() of a pipeline with a stopped table reports the time of the other tables", async (pipeline) => {
  await run(pipeline);
  await pipeline.sourceSql`ALTER TABLE payment RENAME COLUMN paid TO settled`;
  await pipeline.sourceSql`UPDATE design SET design_name = 'other'`;
  await run(pipeline);
  const { fresh_as_of, loaded, schema } = await status(pipeline);
  assertEquals([loaded, schema?.some(({ stops }) => stops)], [2, true]);
  assert(fresh_as_of !== null);
});

test("status() of a warehouse that is down is a WarehouseError", async (pipeline) => {
  const warehouse = "postgres://nobody:secret@127.0.0.1:1/warehouse";
  const error = await assertRejects(() => status({ ...pipeline, warehouse }), WarehouseError);
  assertEquals(error.stage, "status");
  assert(!error.message.includes("secret"), error.message);
});
