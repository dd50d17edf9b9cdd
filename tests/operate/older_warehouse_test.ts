import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { salesOrder } from "../../schemas/mod.ts";
import { WarehouseError } from "../../sdk/errors.ts";
import { load } from "../../sdk/load/load.ts";
import { readFreshness, recordHeartbeat } from "../../sdk/operate/freshness.ts";
import { listQuarantine } from "../../sdk/operate/quarantine.ts";
import { previewReplay } from "../../sdk/operate/replay/preview.ts";
import { run } from "../../sdk/operate/run.ts";
import { status } from "../../sdk/operate/status.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { deliver, target } from "../load/documents.ts";
import { insert } from "../support/source.ts";
import { undoMigrations } from "./older_warehouse.ts";
import { test } from "./pipelines.ts";

test("read-only commands work on the warehouse of an earlier release and leave it unchanged", async (pipeline) => {
  const { sql, sourceSql } = pipeline;
  await insert(sourceSql, salesOrder, { sales_order_id: 2, agreed_payment_date: "2022-02-30" });
  await run(pipeline);
  const listed = await listQuarantine(pipeline);
  const place = await status(pipeline);
  await undoMigrations(pipeline);
  assertEquals(await listQuarantine(pipeline), listed);
  assertEquals(await status(pipeline), place);
  assertEquals((await verify(pipeline)).tables.length, 11);
  await recordHeartbeat(pipeline, { job: "run", error: "SourceError" });
  assertEquals((await readFreshness(pipeline)).failing, ["run"]);
  const [{ migrated }] = await sql`SELECT to_regclass('etl.migration') IS NOT NULL AS migrated`;
  assertEquals(migrated, false);
});

test("a load of another source migrates the warehouse of an earlier release, and the database continues", async (pipeline) => {
  await run(pipeline);
  await undoMigrations(pipeline);
  await deliver(pipeline, "files", { name: "a.csv", rows: [target("a.csv", 1)] });
  await load({ ...pipeline, sourceName: "files" });
  await pipeline.sourceSql`UPDATE sales_order SET units_sold = 7`;
  assertEquals((await run(pipeline)).load.sequence, 2);
  const applied = await pipeline
    .sql`SELECT source, sequence::int FROM etl.applied_commit ORDER BY 1, 2`;
  assertEquals(applied.map(({ source, sequence }) => [source, sequence]), [
    ["database", 1],
    ["database", 2],
    ["files", 1],
  ]);
  assert((await verify(pipeline)).equal);
});

test("a warehouse that a newer release migrated is refused by its number", async (pipeline) => {
  await run(pipeline);
  await pipeline.sql`INSERT INTO etl.migration (version, name) VALUES (99, 'of_the_future')`;
  const replayed = {
    ...pipeline,
    warehouse: undefined,
    source: undefined,
    into: pipeline.warehouse,
  };
  const refused: Record<string, () => Promise<unknown>> = {
    load: () => run(pipeline),
    status: () => status(pipeline),
    quarantine: () => listQuarantine(pipeline),
    replay: () => previewReplay(replayed),
  };
  for (const [stage, attempt] of Object.entries(refused)) {
    const error = await assertRejects(attempt, WarehouseError, "version 99 by a newer release");
    assertEquals([error.stage, error.retryable], [stage, false]);
    assertStringIncludes(JSON.stringify(error.next), "upgrade");
  }
});
