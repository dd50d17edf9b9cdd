/**
 * Replay: builds a warehouse from the lake alone.
 *
 * In: the processed zone, or the ingestion zone with `fromIngestion`, and a database to fill. Out:
 * a warehouse equal to the live one, with its history, surrogate keys, times and quarantine.
 *
 * @module
 */
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

/** The result of a replay. */
export interface ReplayResult {
  /** URL of the processed zone that the target was loaded from. `run` can continue with both. */
  readonly zone: string;
  /** Number of commits that this call transformed; 0 without `fromIngestion`. */
  readonly transformed: number;
  /** The result of the load. */
  readonly load: LoadResult;
  /**
   * Commits that the zone skipped, in this or an earlier call, and commits that the load skipped.
   */
  readonly skipped: readonly SkippedCommit[];
}

/**
 * Builds a warehouse from the lake, equal to the live one: history, surrogate keys, times and
 * quarantine included. With `fromIngestion`, transforms the ingestion zone again with the current
 * specs and transforms, into a new processed zone in a folder of the old one. The old zone is not
 * changed. After an interruption, the same call resumes.
 *
 * @throws {ConfigurationError} when the target is the source or the live warehouse, or when it
 * cannot start with commit `from`.
 * @throws {WarehouseError} when the target cannot be written, or was not loaded from this lake.
 * @throws {DamagedObjectError} when an object is missing or differs from what was written, and no
 * later commit replaces it.
 * @throws {LakeError} when a zone cannot be read or written.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const plan = await planReplay(options);
  return await execute(plan, options).catch((error) => {
    throw plan.ingestion ? withZoneAdvice(error, plan.zone.store.url) : error;
  });
}

async function execute(plan: ReplayPlan, options: ReplayOptions): Promise<ReplayResult> {
  if (plan.copy > 0) {
    await copyCommits(processedZone(options.processed), plan.zone, plan.copy);
  }
  const transformed = await transformPlanned(plan, options);
  const loaded = await load({
    processed: plan.zone.store,
    warehouse: options.into,
    model: options.model ?? totesys,
    from: plan.loadFrom,
    onProgress: options.onProgress,
  });
  return {
    zone: plan.zone.store.url,
    transformed: transformed.commits.length,
    load: loaded,
    skipped: [...await skippedIn(plan.zone), ...loaded.skipped],
  };
}

async function transformPlanned(plan: ReplayPlan, options: ReplayOptions) {
  const { ingestion, transformFrom } = plan;
  if (!ingestion) return { commits: [], skipped: [] };
  return await transform({
    ...options,
    tolerated: await toleratedBadRows(processedZone(options.processed)),
    ingestion: ingestion.store,
    processed: plan.zone.store,
    from: transformFrom,
  });
}

/**
 * Adds advice to an error about damage in the new zone: repeating the replay would read it again.
 */
function withZoneAdvice(error: unknown, zone: string): unknown {
  if (!(error instanceof DamagedObjectError) || !error.message.includes(zone)) return error;
  const { message, stage, table, run } = error;
  const next =
    `move ${zone} away, then repeat the replay into an empty database: it rebuilds the zone`;
  return new DamagedObjectError(message, { stage, table, run, next, cause: error });
}
