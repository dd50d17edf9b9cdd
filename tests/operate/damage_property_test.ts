import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { sourceTables } from "../../schemas/source_tables.ts";
import { DamagedObjectError } from "../../sdk/errors.ts";
import { extract } from "../../sdk/extract/extract.ts";
import { objectsOf } from "../../sdk/lake/commit.ts";
import { replay } from "../../sdk/operate/replay/replay.ts";
import type { PipelineOptions } from "../../sdk/options.ts";
import { run } from "../../sdk/operate/run.ts";
import { verify } from "../../sdk/operate/compare/verify.ts";
import { transform } from "../../sdk/transform/transform.ts";
import { ingestionCommits, testLake } from "../support/lake.ts";
import { testDatabase } from "../support/postgres.ts";
import { slowTest } from "../support/slow.ts";
import { createSource, insertOneOfEach } from "../support/source.ts";
import { DAMAGE, fileOf } from "../support/tamper.ts";
import { withTimeout } from "../support/with_timeout.ts";
import { processedCommits } from "../transform/batches.ts";
import { applyEdit, edit } from "./edits.ts";
import { warehouseContents } from "./histories.ts";

const RUNS = 5;
const TIMEOUT_MS = 90_000;

/** Edits before and after the damage, and the object to damage. */
const accident = fc.record({
  chunkRows: fc.constantFrom(3, 100),
  before: fc.array(edit, { maxLength: 6 }),
  unread: fc.array(edit, { minLength: 4, maxLength: 10 }),
  after: fc.array(edit, { maxLength: 6 }),
  zone: fc.constantFrom("ingestion" as const, "processed" as const),
  harm: fc.constantFrom(...Object.keys(DAMAGE)),
  place: fc.nat(),
});
type Accident = typeof accident extends fc.Arbitrary<infer A> ? A : never;

slowTest("a full extraction repairs the warehouse after damage to any object", async () => {
  let damaged = 0;
  const property = fc.asyncProperty(
    accident,
    async (drawn) => void (damaged += await withTimeout(TIMEOUT_MS, assertRepaired(drawn))),
  );
  await fc.assert(property, { numRuns: RUNS, endOnFailure: true });
  assert(damaged > RUNS / 2, `${damaged} objects were damaged`);
});

/** Asserts that the warehouse is repaired. Returns 1 when an object was damaged, else 0. */
async function assertRepaired(drawn: Accident): Promise<0 | 1> {
  await using source = await testDatabase("totesys");
  await using warehouse = await testDatabase("warehouse");
  await using target = await testDatabase("target");
  await using lake = await testLake();
  const { ingestion, processed } = lake;
  const pipeline = { source: source.url, warehouse: warehouse.url, ingestion, processed };
  await createSource(source.sql);
  await insertOneOfEach(source.sql);
  const edits = async (acts: Accident["before"]) => {
    for (const [step, one] of acts.entries()) {
      // The source's foreign keys reject some edits.
      await applyEdit(one, source.sql, step).catch(() => {});
      if (one.act === "run" && acts !== drawn.unread) await run(pipeline);
    }
  };
  await edits(drawn.before);
  // A first load in chunks makes several commits, and any of them can be damaged.
  const { chunkRows } = drawn;
  await edits(drawn.unread);
  await extract({ ...pipeline, chunkRows });
  const hit = await damage(pipeline, drawn);
  if (hit) await assertRejects(() => run(pipeline), DamagedObjectError);
  await edits(drawn.after.filter(({ act }) => act !== "run"));
  await extract({ ...pipeline, full: true, chunkRows });
  const tick = await run({ ...pipeline, reconcileEveryMs: 0 });
  if (hit) assertEquals(tick.transform.skipped.length + tick.load.skipped.length, 1);
  for (const { name } of sourceTables) {
    await source.sql`UPDATE ${source.sql(name)} SET created_at = '2026-01-01'`;
  }
  await run({ ...pipeline, reconcileEveryMs: 0 });
  const { equal, tables } = await verify(pipeline);
  assert(equal, JSON.stringify(tables.filter(({ differences }) => differences > 0)));
  await replay({ ...pipeline, into: target.url });
  assertEquals(await warehouseContents(target.sql), await warehouseContents(warehouse.sql));
  return hit ? 1 : 0;
}

/** Damages an object that the next stage has not read yet. Returns false when there is none. */
async function damage(
  pipeline: PipelineOptions,
  { zone, harm, place }: Accident,
): Promise<boolean> {
  const { ingestion, processed } = pipeline;
  const done = (await processedCommits(processed)).at(-1)?.ingestion_sequence ?? 0;
  const fresh = (await ingestionCommits(ingestion)).filter(({ sequence }) => sequence > done);
  const commits = zone === "ingestion" ? fresh : (await transform(pipeline)).commits;
  // transform() reads departments only for the staff of the same batch.
  const objects = commits.flatMap((commit) =>
    objectsOf(commit).filter(({ table }) => table !== "department" || "staff" in commit.tables)
  );
  if (objects.length === 0) return false;
  const { object } = objects[place % objects.length];
  await DAMAGE[harm](fileOf(pipeline[zone], object.key));
  return true;
}
