/**
 * Loading: brings the warehouse up to date with the processed zone.
 *
 * In: the commits of the processed zone that the warehouse has not applied. Out: each of them in the
 * tables of the warehouse, in one transaction that also records its number, so that every commit is
 * applied exactly once and readers never see half of one.
 *
 * @module
 */
import { type Model, totesys } from "../../schemas/model.ts";
import { checkModel } from "../derive/check_model.ts";
import { WarehouseError } from "../errors.ts";
import { hasBaselineAfter, requireBaseline } from "../lake/baseline.ts";
import type { ProcessedCommit, SkippedCommit } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import { findDamage } from "../lake/find_damage.ts";
import { processedZone, type Zone } from "../lake/zone.ts";
import type { PipelineOptions } from "../options.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { acquireConnection } from "../postgres/kept_connections.ts";
import { identifier } from "../postgres/sql.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { commitParts, ProgressMeter } from "../progress.ts";
import { type Applied, lastApplied, recordApplied, refuseOtherLake } from "./applied_commit.ts";
import { addConstraints } from "./constraints.ts";
import { evolveTables } from "./evolve_tables.ts";
import { acquireLoaderLock } from "./loader_lock.ts";
import { applyMigrations, LATEST, migrate } from "./migrate.ts";
import { moveOrphans, quarantineOrphans } from "./quarantine.ts";
import { forgetRowCounts, readRowCounts, type RowCounts } from "./row_counts.ts";
import { createMissingTables, selectTables, tablesOf, type WarehouseTable } from "./tables.ts";
import {
  readState,
  SELECT_STATE,
  stateOf,
  statusOf,
  type WarehouseState,
  type WarehouseStatus,
} from "./warehouse_state.ts";

/** The options of {@linkcode load}. */
export interface LoadOptions
  extends Pick<PipelineOptions, "processed" | "warehouse" | "model" | "onProgress" | "signal"> {
  /** The processed commit that an empty warehouse starts with: 1, or one of mode `full`. Default: 1. */
  readonly from?: number;
}

/** The result of a load. */
export interface LoadResult extends WarehouseStatus {
  /** The applied commits, in order. */
  readonly commits: readonly ProcessedCommit[];
  /** The last commit that the warehouse has applied; 0 before the first. */
  readonly sequence: number;
  /** Commits that were applied as empty, because they could not be read. */
  readonly skipped: readonly SkippedCommit[];
}

const wrap = wrapError(WarehouseError, "cannot load the warehouse", { stage: "load" });

/**
 * Applies every processed commit that the warehouse does not have, in order, each in a transaction
 * that also records it. Creates missing tables. The result is the same if this runs several times, twice
 * at once, or is killed. A damaged commit is applied as empty when a later one of mode `full` contains
 * every row again.
 *
 * @throws {ConfigurationError} when a connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {WarehouseError} when the warehouse cannot be written, or was loaded from another lake.
 * @throws {DamagedObjectError} when an object is damaged and no later commit repairs it.
 * @throws {LakeError} when the processed zone cannot be read.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  checkModel(options.model ?? totesys);
  await using warehouse = acquireConnection(options.warehouse);
  return await loadFrom(processedZone(options.processed), warehouse, options).catch(wrap);
}

/** Does what {@linkcode load} does, and returns the rows of each table after that. */
export async function loadAndCount(
  options: LoadOptions,
): Promise<{ readonly result: LoadResult; readonly counts: RowCounts }> {
  await using warehouse = acquireConnection(options.warehouse);
  const result = await loadFrom(processedZone(options.processed), warehouse, options).catch(wrap);
  const counts = await readRowCounts(warehouse, options.model ?? totesys).catch(wrap);
  return { result, counts };
}

async function loadFrom(
  zone: Zone<ProcessedCommit>,
  warehouse: Connection,
  options: LoadOptions,
): Promise<LoadResult> {
  const { model = totesys } = options;
  const { log } = zone;
  const commits: ProcessedCommit[] = [];
  const skipped: SkippedCommit[] = [];
  let state = await currentState(warehouse);
  let found = state && await next(log, state.applied, options);
  const progress = new ProgressMeter("load", options.onProgress);
  const before = state?.applied?.sequence ?? (options.from ?? 1) - 1;
  const beginPart = await commitParts(progress, log, before);
  // The lock is taken once even without a commit, to create the tables.
  while (!state || found) {
    const locked = await lock(warehouse, model, state);
    // Another loader can have loaded while this one waited for the lock, even from another lake.
    if (!isSame(state?.applied, locked.applied)) found = await next(log, locked.applied, options);
    const { tables } = locked;
    await evolveTables(warehouse, model, tables);
    const created = await createMissingTables(warehouse, model, tables);
    if (created.size > 0) await forgetRowCounts(warehouse, created);
    const commit = found && await readable(zone, found);
    if (commit) {
      beginPart(commit);
      const { CommitLoad } = await import("./commit_load.ts"); // not for a tick without changes
      const before = {
        created,
        bare: new Set([...tables.values()].filter(({ isBare }) => isBare).map(({ name }) => name)),
        orphaned: new Set(locked.orphaned),
      };
      await new CommitLoad(warehouse, commit, before, { ...options, progress }).run();
      commits.push(commit);
      if (commit !== found) {
        skipped.push({ zone: "processed", sequence: commit.sequence, reason: commit.skipped! });
      }
    }
    await addConstraints(warehouse, {
      model,
      tables,
      incomplete: commit?.incomplete ?? [],
      quarantineOrphans: async (table) => {
        await forgetRowCounts(warehouse, [table.name]);
        if (!commit) return;
        const orphans = quarantineOrphans(identifier(table.name), table, model, commit);
        await moveOrphans(warehouse, orphans);
      },
    });
    const ending = [...commit ? [recordApplied(commit)] : [], "COMMIT", SELECT_STATE];
    state = stateOf((await warehouse.batch(ending)).at(-1)!);
    if (options.signal?.aborted) break;
    found = await next(log, state.applied, options, commit);
  }
  return { commits, sequence: state.applied?.sequence ?? 0, skipped, ...statusOf(state) };
}

/** Reads the state of a warehouse and migrates it; undefined when it has no control tables. */
async function currentState(warehouse: Connection): Promise<WarehouseState | undefined> {
  const state = await readState(warehouse);
  if (state?.version === LATEST) return state;
  if (await lastApplied(warehouse) === undefined) return undefined;
  await migrate(warehouse);
  return await readState(warehouse);
}

/** The warehouse as the holder of the loader's lock sees it. */
interface LockedWarehouse extends WarehouseState {
  /** The tables that exist, by name. */
  readonly tables: Map<string, WarehouseTable>;
}

/** Begins the transaction of a commit. `state` is undefined if there were no control tables. */
async function lock(
  warehouse: Connection,
  model: Model,
  state: WarehouseState | undefined,
): Promise<LockedWarehouse> {
  const questions = [SELECT_STATE, selectTables(model)];
  if (state) return lockedWarehouse(await acquireLoaderLock(warehouse, ...questions));
  await acquireLoaderLock(warehouse);
  await applyMigrations(warehouse);
  return lockedWarehouse(await warehouse.batch(questions));
}

function lockedWarehouse([state, tables]: readonly QueryRow[][]): LockedWarehouse {
  return { ...stateOf(state), tables: tablesOf(tables) };
}

function isSame(a: Applied | null | undefined, b: Applied | null): boolean {
  return a !== undefined && a?.sequence === b?.sequence && a?.run === b?.run;
}

/** Returns the commit after the last applied one, which must be of this log; `known` is. */
async function next(
  log: CommitLog<ProcessedCommit>,
  applied: Applied | null,
  { from = 1 }: LoadOptions,
  known?: Applied,
): Promise<ProcessedCommit | undefined> {
  if (applied && !isSame(known, applied)) await refuseOtherLake(log, applied);
  for await (const commit of log.after(applied?.sequence ?? from - 1)) {
    if (!applied) requireBaseline(commit, "load");
    return commit;
  }
}

/**
 * Returns the commit. If it cannot be read but is not needed, returns it emptied, with the reason.
 * Parquet is read in ranges, so it is verified in full first.
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
