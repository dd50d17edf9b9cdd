import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { extract } from "../../../sdk/extract/extract.ts";
import { load } from "../../../sdk/load/load.ts";
import { replay } from "../../../sdk/operate/replay/replay.ts";
import { run } from "../../../sdk/operate/run.ts";
import { contents } from "../../load/star.ts";
import { testLake } from "../../support/lake.ts";
import { testDatabase } from "../../support/postgres.ts";
import { slowTest } from "../../support/slow.ts";
import { createSource, insertOneOfEach } from "../../support/source.ts";
import { withTimeout } from "../../support/with_timeout.ts";
import { processedCommits } from "../../transform/batches.ts";
import { applyEdit, type Edit, edit } from "../edits.ts";
import { dropForeignKeys, upTo, warehouseContents } from "../histories.ts";

const RUNS = 4;
const TIMEOUT_MS = 90_000;

/**
 * A history of a warehouse: the chunk size of the first load, edits, and where a replay resumes.
 */
const history = fc.record({
  chunkRows: fc.constantFrom(2, 5, 100),
  edits: fc.array(edit, { minLength: 8, maxLength: 25 }),
  /** Indexes of the edits before which a full extraction runs. */
  fullAt: fc.array(fc.nat(25), { maxLength: 2 }),
  /** Share of the log that the target has loaded before the replay, from 0 to 1. */
  loadedShare: fc.double({ min: 0, max: 1, noNaN: true }),
});

slowTest(
  "replay() reproduces the live warehouse after any sequence of source changes",
  async () => {
    const property = fc.asyncProperty(
      history,
      (drawn) => withTimeout(TIMEOUT_MS, assertReproduced(drawn)),
    );
    await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  },
);

async function assertReproduced(
  { chunkRows, edits, fullAt, loadedShare }: typeof history extends fc.Arbitrary<infer L> ? L
    : never,
): Promise<void> {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await using target = await testDatabase("target");
  await using other = await testDatabase("target");
  await using lake = await testLake();
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  await dropForeignKeys(source.sql);
  const { ingestion, processed } = lake;
  const pipeline = { source: source.url, warehouse: warehouse.url, ingestion, processed };
  await extract({ ...pipeline, chunkRows });
  for (const [step, one] of edits.entries()) {
    if (fullAt.includes(step)) await extract({ ...pipeline, full: true, chunkRows });
    await applyStep(one, step, pipeline, source.sql);
  }
  await run(pipeline);
  const commits = await processedCommits(processed);
  const loaded = Math.floor(loadedShare * commits.length);
  await load({ processed: upTo(processed, loaded), warehouse: target.url });
  await replay({ ...pipeline, into: target.url });
  assertEquals(await contents(target.sql), await contents(warehouse.sql));
  await replay({ ...pipeline, into: other.url, fromIngestion: true });
  assertEquals(await warehouseContents(other.sql), await warehouseContents(warehouse.sql));
}

async function applyStep(
  one: Edit,
  step: number,
  pipeline: Parameters<typeof run>[0],
  sql: Parameters<typeof applyEdit>[1],
): Promise<void> {
  if (one.act === "run") await run(pipeline);
  else if (one.act === "reconcile") await run({ ...pipeline, reconcileEveryMs: 0 });
  else await applyEdit(one, sql, step);
}
