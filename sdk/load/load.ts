/**
 * Loading: brings the warehouse up to date with the processed zone, one source at a time.
 *
 * In: the commits of a source in the processed zone that the warehouse has not applied. Out: each of them
 * in the tables of the warehouse, in one transaction that also records its number, so that every commit
 * is applied exactly once and readers never see half of one.
 *
 * @module
 */
import { totesys } from "../../schemas/model.ts";
import { checkModel } from "../derive/check_model.ts";
import { DATABASE, sourceModel } from "../derive/source_model.ts";
import type { ProcessedCommit, SkippedCommit } from "../lake/commit.ts";
import { type Loaded, Loader, type LoadOptions } from "./loader.ts";
import { type RowCounts, rowCountsOf, selectRowCounts } from "./row_counts.ts";
import { type Answer, statusOf, type WarehouseStatus } from "./warehouse_state.ts";

export type { LoadOptions } from "./loader.ts";

/** The result of a load. */
export interface LoadResult extends WarehouseStatus {
  /** The applied commits, in order. */
  readonly commits: readonly ProcessedCommit[];
  /** The last commit of the source that the warehouse has applied; 0 before the first. */
  readonly sequence: number;
  /** Commits that were applied as empty, because they could not be read. */
  readonly skipped: readonly SkippedCommit[];
}

/**
 * Applies every processed commit of a source that the warehouse does not have, in order, each in a
 * transaction that also records it. Creates missing tables. The result is the same if this runs several
 * times, twice at once, or is killed. A damaged commit is applied as empty when a later one of mode `full`
 * contains every row again. Rows that wait for a row of another source are released with it.
 *
 * @throws {ConfigurationError} when a connection URL is malformed, its `sslmode` allows plain text, or the
 * model is wrong or has no such source.
 * @throws {WarehouseError} when the warehouse cannot be written, or was loaded from another lake.
 * @throws {DamagedObjectError} when an object is damaged and no later commit repairs it.
 * @throws {LakeError} when the processed zone cannot be read.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  checkModel(sourceModel(options.model ?? totesys, options.sourceName ?? DATABASE));
  return resultOf(await new Loader(options).run());
}

/** What a warehouse answers before the load of the database. */
export type WarehouseAnswer = Promise<Answer | undefined>;

/**
 * Asks a warehouse what {@linkcode loadAndCount} has to know, while something else is going on. If this
 * fails, the load asks again.
 */
export function askWarehouse(options: Omit<LoadOptions, "sourceName">): WarehouseAnswer {
  const answer = new Loader(options, [selectRowCounts(options.model ?? totesys)]).ask();
  answer.catch(() => {});
  return answer;
}

/** Does what {@linkcode load} does for the database, and returns the rows of each table after that. */
export async function loadAndCount(
  options: Omit<LoadOptions, "sourceName">,
  ahead?: WarehouseAnswer,
): Promise<{ readonly result: LoadResult; readonly counts: RowCounts }> {
  const { model = totesys } = options;
  const loaded = await new Loader(options, [selectRowCounts(model)], ahead).run();
  return { result: resultOf(loaded), counts: rowCountsOf(loaded.answers[0], model) };
}

function resultOf({ commits, skipped, state }: Loaded): LoadResult {
  return { commits, sequence: state.applied?.sequence ?? 0, skipped, ...statusOf(state) };
}
