import { totesys } from "../../../schemas/model.ts";
import { DamagedObjectError } from "../../errors.ts";
import type { SkippedCommit } from "../../lake/commit.ts";
import { processedZone } from "../../lake/zone.ts";
import { load, type LoadResult } from "../../load/load.ts";
import { transform } from "../../transform/transform.ts";
import { copyCommits } from "./copy.ts";
import { planReplay, type ReplayOptions, type ReplayPlan, skippedIn } from "./plan.ts";
import { toleratedBadRows } from "./tolerance.ts";

export type { ReplayOptions } from "./plan.ts";

/** What a replay did. */
export interface ReplayResult {
  /** The URL of the processed zone that the target now stands on: `run` can go on from there. */
  readonly zone: string;
  /** Commits transformed by this run; none without `fromIngestion`. */
  readonly transformed: number;
  /** What was loaded by this run. */
  readonly load: LoadResult;
  /** The commits of that zone that nothing was made of, whenever that was, and those not loaded now. */
  readonly skipped: readonly SkippedCommit[];
}

/**
 * Builds a warehouse anew from the lake alone, as the live one is: history, surrogate keys, times and
 * quarantine included. With `fromIngestion` the ingestion zone is transformed again, by the specs and
 * transforms as they are now, into a processed zone in a folder of the old one, which stays as it is.
 * Interrupted anywhere, the same call goes on where it was.
 *
 * @throws {ConfigurationError} when the target is the source or the live warehouse, or when nothing can
 * begin with commit `from`.
 * @throws {WarehouseError} when the target cannot be written, or holds something else.
 * @throws {DamagedObjectError} when an object is not what was written, and nothing makes it good.
 * @throws {LakeError} when a zone cannot be read or written.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const course = await planReplay(options);
  return await follow(course, options).catch((error) => {
    throw course.ingestion ? adviseOn(error, course.zone.store.url) : error;
  });
}

async function follow(course: ReplayPlan, options: ReplayOptions): Promise<ReplayResult> {
  if (course.copy > 0) {
    await copyCommits(processedZone(options.processed), course.zone, course.copy);
  }
  const transformed = await transformAlong(course, options);
  const loaded = await load({
    processed: course.zone.store,
    warehouse: options.into,
    model: options.model ?? totesys,
    from: course.loadFrom,
    onProgress: options.onProgress,
  });
  return {
    zone: course.zone.store.url,
    transformed: transformed.commits.length,
    load: loaded,
    skipped: [...await skippedIn(course.zone), ...loaded.skipped],
  };
}

async function transformAlong(course: ReplayPlan, options: ReplayOptions) {
  const { ingestion, transformFrom } = course;
  if (!ingestion) return { commits: [], skipped: [] };
  return await transform({
    ...options,
    tolerated: await toleratedBadRows(processedZone(options.processed)),
    ingestion: ingestion.store,
    processed: course.zone.store,
    from: transformFrom,
  });
}

/** For damage to the new zone itself: replaying once more would come upon it once more. */
function adviseOn(error: unknown, zone: string): unknown {
  if (!(error instanceof DamagedObjectError) || !error.message.includes(zone)) return error;
  const { message, stage, table, run } = error;
  const next =
    `move ${zone} away, and run the same command into an empty database: it builds both anew`;
  return new DamagedObjectError(message, { stage, table, run, next, cause: error });
}
