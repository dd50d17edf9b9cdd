import { assert, assertEquals } from "@std/assert";
import { load } from "../../sdk/load/load.ts";
import { readFreshness, recordHeartbeat } from "../../sdk/operate/freshness.ts";
import { run } from "../../sdk/operate/run.ts";
import { deliver, rate } from "../load/documents.ts";
import { undoMigrations } from "./older_warehouse.ts";
import { test } from "./pipelines.ts";

const NONE = { fresh_as_of: null, freshness_ms: null };
const RATES = { name: "2026-11-30/eur", rows: [rate("2026-11-30", "GBP", "0.88")] };

test("readFreshness() tells how long ago the last document of each source arrived", async (pipeline) => {
  assertEquals((await readFreshness(pipeline)).sources, { rates: NONE, files: NONE });
  await run(pipeline);
  await recordHeartbeat(pipeline, {
    job: "extract",
    error: null,
    fresh_as_of: "2026-11-30T10:00:00Z",
  });
  const arrived = new Date(Date.now() - 60_000).toISOString().replace("Z", "000Z");
  await deliver(pipeline, "rates", { ...RATES, taken_at: arrived });
  await load({ ...pipeline, sourceName: "rates" });
  const { fresh_as_of, sources } = await readFreshness(pipeline);
  assertEquals(fresh_as_of, "2026-11-30T10:00:00.000Z");
  assertEquals([sources.rates.fresh_as_of, sources.files], [arrived, NONE]);
  const age_ms = sources.rates.freshness_ms!;
  assert(age_ms >= 60_000 && age_ms < 180_000, `${age_ms} ms`);
  await pipeline.sql`DELETE FROM etl.applied_commit WHERE source = 'rates'`;
  await undoMigrations(pipeline);
  assertEquals((await readFreshness(pipeline)).sources, { rates: NONE, files: NONE });
});
