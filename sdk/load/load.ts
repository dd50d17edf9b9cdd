import { totesys } from "../../schemas/model.ts";
import { WarehouseError } from "../errors.ts";
import { hasBaselineAfter, requireBaseline } from "../lake/baseline.ts";
import type { ProcessedCommit, Skipped } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import { findDamage } from "../lake/find_damage.ts";
import { processedZone, type Zone } from "../lake/zone.ts";
import type { PipelineOptions } from "../options.ts";
import { connect, type Connection } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { identifier } from "../postgres/sql.ts";
import { CommitLoad } from "./commit_load.ts";
import { type Applied, lastApplied, recordApplied, refuseOtherLake } from "./applied_commit.ts";
import { evolveTables } from "./evolve_tables.ts";
import { acquireLoaderLock } from "./loader_lock.ts";
import { applyMigrations, migrate } from "./migrate.ts";
import { quarantineOrphans } from "./quarantine.ts";
import { addConstraints, createTables } from "./tables.ts";
import { readWarehouseStatus, type WarehouseStatus } from "./warehouse_status.ts";

/** The options of {@linkcode load}. */
export interface LoadOptions
  extends Pick<PipelineOptions, "processed" | "warehouse" | "model" | "onProgress" | "signal"> {
  /** The processed commit that an empty warehouse starts with: 1, or one of mode `full`. Default: 1. */
  readonly from?: number;
}

/** What a load did. */
export interface LoadResult extends WarehouseStatus {
  /** The commits it applied, in order. */
  readonly commits: readonly ProcessedCommit[];
  /** The last commit the warehouse has now taken in; 0 before the first. */
  readonly sequence: number;
  /** Those it applied as if they were empty, because they could not be read. */
  readonly skipped: readonly Skipped[];
}

/**
 * Applies every processed commit the warehouse has not taken in yet, in order, each in a transaction
 * of its own that also records it. Creates the warehouse's tables when they are absent. However often
 * it runs, twice at once too, and wherever it dies: the warehouse is the same. A commit whose objects
 * are not what was written is applied as empty when a later one of mode `full` brings every row again.
 *
 * @throws {WarehouseError} when the warehouse cannot be written, or was loaded from another lake.
 * @throws {DamagedObjectError} when an object is not what was written, and nothing makes it good.
 * @throws {LakeError} when the processed zone cannot be read.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  await using warehouse = connect(options.warehouse);
  return await loadFrom(processedZone(options.processed), warehouse, options)
    .catch(wrapError(WarehouseError, "cannot load the warehouse", { stage: "load" }));
}

async function loadFrom(
  zone: Zone<ProcessedCommit>,
  warehouse: Connection,
  options: LoadOptions,
): Promise<LoadResult> {
  const { model = totesys } = options;
  const { log } = zone;
  const commits: ProcessedCommit[] = [];
  const skipped: Skipped[] = [];
  let applied = await lastApplied(warehouse);
  if (applied !== undefined) await migrate(warehouse);
  if (applied) await refuseOtherLake(log, applied);
  // The first turn is taken even without a commit: it creates the tables.
  while (applied === undefined || await next(log, applied, options)) {
    await acquireLoaderLock(warehouse);
    await applyMigrations(warehouse);
    const created = await createTables(warehouse, model);
    if (commits.length === 0) await evolveTables(warehouse, model);
    // Another loader may have been here while this one waited for its turn, from another lake too.
    applied = await lastApplied(warehouse) ?? null;
    if (applied) await refuseOtherLake(log, applied);
    const found = await next(log, applied, options);
    const commit = found && await readable(zone, found);
    if (commit) {
      await new CommitLoad(warehouse, commit, created, options).run();
      await recordApplied(warehouse, commit);
      commits.push(commit);
      if (commit !== found) {
        skipped.push({ zone: "processed", sequence: commit.sequence, reason: commit.skipped! });
      }
      applied = commit;
    }
    await addConstraints(warehouse, {
      model,
      created,
      incomplete: commit?.incomplete ?? [],
      quarantineOrphans: async (table) =>
        commit
          ? await quarantineOrphans(warehouse, identifier(table.name), table, model, commit)
          : 0,
    });
    await warehouse.query("COMMIT");
    if (options.signal?.aborted) break;
  }
  return {
    commits,
    sequence: applied?.sequence ?? 0,
    skipped,
    ...await readWarehouseStatus(warehouse),
  };
}

async function next(
  log: CommitLog<ProcessedCommit>,
  applied: Applied | null,
  { from = 1 }: LoadOptions,
): Promise<ProcessedCommit | undefined> {
  for await (const commit of log.after(applied?.sequence ?? from - 1)) {
    if (!applied) requireBaseline(commit, "load");
    return commit;
  }
}

/**
 * The commit, or it emptied, with the reason, when it cannot be read and can be done without. Parquet
 * is read in parts, and only as a whole it is known to be what was written.
 */
async function readable(
  { store, log }: Zone<ProcessedCommit>,
  commit: ProcessedCommit,
): Promise<ProcessedCommit> {
  const damage = await findDamage(store, commit);
  if (!damage) return commit;
  if (!await hasBaselineAfter(log, commit.sequence)) throw damage;
  return { ...commit, tables: {}, deleted: {}, quarantined: {}, skipped: damage.message };
}
