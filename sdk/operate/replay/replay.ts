/**
 * Replay: builds a warehouse from the lake alone.
 *
 * In: the processed zone, or the ingestion zone with `fromIngestion`, and a database to fill. Out:
 * a warehouse equal to the live one, with its history, surrogate keys, times and quarantine.
 *
 * @module
 */
import { DATABASE } from "../../derive/source_model.ts";
import { DamagedObjectError } from "../../errors.ts";
import type { ProcessedCommit, SkippedCommit } from "../../lake/commit.ts";
import { sourceStore } from "../../lake/source_store.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { processedZone, type Zone } from "../../lake/zone.ts";
import type { LoadResult } from "../../load/load.ts";
import { transform } from "../../transform/transform.ts";
import { copyCommits } from "./copy.ts";
import { loadInOrder } from "./load_in_order.ts";
import { planReplay, type ReplayOptions, type ReplayPlan, skippedIn } from "./plan.ts";
import { toleratedBadRows } from "./tolerance.ts";

export type { ReplayOptions } from "./plan.ts";

/** What a replay did with a source that is not the database. */
export interface SourceReplay {
  /** The name of the source. */
  readonly source: string;
  /** Number of its commits that this call transformed; 0 without `fromIngestion`. */
  readonly transformed: number;
  /** Its commits that this call loaded, in order. */
  readonly commits: readonly ProcessedCommit[];
}

/** The result of a replay. */
export interface ReplayResult {
  /** URL of the processed zone that the target was loaded from. `run` can continue with both. */
  readonly zone: string;
  /** Number of commits of the database that this call transformed; 0 without `fromIngestion`. */
  readonly transformed: number;
  /** The result of the load of the database. */
  readonly load: LoadResult;
  /** The other sources that had commits to transform or load. */
  readonly sources: readonly SourceReplay[];
  /**
   * Commits that the zone skipped, in this or an earlier call, and commits that the load skipped.
   */
  readonly skipped: readonly SkippedCommit[];
}

/**
 * Builds a warehouse from the lake, equal to the live one: history, surrogate keys, times and
 * quarantine included. The commits of all sources are loaded in the order of their snapshots. With `fromIngestion`, transforms the ingestion zone again with the current
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
  const plans = await planReplay(options);
  const [{ ingestion, zone }] = plans;
  return await execute(plans, options).catch((error) => {
    throw ingestion ? withZoneAdvice(error, zone.store.url) : error;
  });
}

async function execute(
  plans: readonly [ReplayPlan, ...ReplayPlan[]],
  options: ReplayOptions,
): Promise<ReplayResult> {
  const [{ zone }, ...others] = plans;
  const transformed = new Map<string, number>();
  for (const plan of plans) {
    if (plan.copy > 0) await copyCommits(oldZone(options, plan), plan.zone, plan.copy);
    transformed.set(plan.source, await transformPlanned(plan, zone.store, options));
  }
  const loads = await loadInOrder(plans, {
    processed: zone.store,
    warehouse: options.into,
    model: options.model,
    onProgress: options.onProgress,
  });
  const loaded = loads.get(DATABASE)!;
  const sources = others.map(({ source }): SourceReplay => ({
    source,
    transformed: transformed.get(source)!,
    commits: loads.get(source)?.commits ?? [],
  }));
  return {
    zone: zone.store.url,
    transformed: transformed.get(DATABASE)!,
    load: loaded,
    sources: sources.filter(({ transformed, commits }) => transformed + commits.length > 0),
    skipped: [...await skippedIn(zone), ...loaded.skipped],
  };
}

/** Transforms what the plan of a source says. Returns the number of commits. */
async function transformPlanned(
  plan: ReplayPlan,
  processed: ObjectStore,
  options: ReplayOptions,
): Promise<number> {
  if (!plan.ingestion) return 0;
  const { commits } = await transform({
    ...options,
    sourceName: plan.source,
    tolerated: await toleratedBadRows(oldZone(options, plan)),
    ingestion: options.ingestion!,
    processed,
    from: plan.transformFrom,
  });
  return commits.length;
}

/** Returns the zone that the live pipeline fills with commits of a source. */
function oldZone({ processed }: ReplayOptions, { source }: ReplayPlan): Zone<ProcessedCommit> {
  return processedZone(sourceStore(processed, source));
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
