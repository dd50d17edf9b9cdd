import { type Model, totesys } from "../../schemas/model.ts";
import { WarehouseError } from "../errors.ts";
import type { ProcessedCommit } from "../lake/commit.ts";
import { CommitLog } from "../lake/commit_log.ts";
import type { ObjectStore } from "../lake/store.ts";
import { connect, type Connection } from "../postgres/connection.ts";
import { failingAs } from "../postgres/failure.ts";
import { identifier } from "../postgres/sql.ts";
import type { ProgressListener } from "../progress.ts";
import { CommitLoad } from "./commit_load.ts";
import {
  type Applied,
  beginTurn,
  createControl,
  lastApplied,
  readUpkeep,
  recordApplied,
  type Upkeep,
} from "./control.ts";
import { divert } from "./quarantine.ts";
import { addConstraints, createTables } from "./tables.ts";

/** What {@linkcode load} works on. */
export interface LoadOptions {
  /** The processed zone. */
  readonly processed: ObjectStore;
  /** The warehouse's connection URL. */
  readonly warehouse: string;
  /** The tables; totesys when omitted. */
  readonly model?: Model;
  /** Hears about rows as they are copied. */
  readonly onProgress?: ProgressListener;
}

/** What a load did. */
export interface LoadResult extends Upkeep {
  /** The commits it applied, in order. */
  readonly commits: readonly ProcessedCommit[];
  /** The last commit the warehouse has now taken in; 0 before the first. */
  readonly sequence: number;
}

/**
 * Applies every processed commit the warehouse has not taken in yet, in order, each in a transaction
 * of its own that also records it. Creates the warehouse's tables when they are absent. However often
 * it runs, twice at once too, and wherever it dies: the warehouse is the same.
 *
 * @throws {WarehouseError} when the warehouse cannot be written, or was loaded from another lake.
 * @throws {LakeError} when the processed zone cannot be read.
 */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const log = new CommitLog<ProcessedCommit>(options.processed, "processed");
  await using warehouse = connect(options.warehouse);
  return await loadFrom(log, warehouse, options)
    .catch(failingAs(WarehouseError, "cannot load the warehouse", { stage: "load" }));
}

async function loadFrom(
  log: CommitLog<ProcessedCommit>,
  warehouse: Connection,
  options: LoadOptions,
): Promise<LoadResult> {
  const commits: ProcessedCommit[] = [];
  let applied = await lastApplied(warehouse);
  if (applied) await refuseOtherLake(log, applied);
  // The first turn is taken even without a commit: it creates the tables.
  while (applied === undefined || await next(log, applied)) {
    await beginTurn(warehouse);
    await createControl(warehouse);
    const created = await createTables(warehouse, options.model ?? totesys);
    // Another loader may have been here while this one waited for its turn, from another lake too.
    applied = await lastApplied(warehouse) ?? null;
    if (applied) await refuseOtherLake(log, applied);
    const commit = await next(log, applied);
    if (commit) {
      await new CommitLoad(warehouse, commit, created, options).run();
      await recordApplied(warehouse, commit);
      commits.push(commit);
      applied = commit;
    }
    await addConstraints(
      warehouse,
      options.model ?? totesys,
      created,
      (table) =>
        commit
          ? divert(warehouse, identifier(table.name), table, options.model ?? totesys, commit)
          : 0,
    );
    await warehouse.query("COMMIT");
  }
  return { commits, sequence: applied?.sequence ?? 0, ...await readUpkeep(warehouse) };
}

async function next(
  log: CommitLog<ProcessedCommit>,
  applied: Applied | null,
): Promise<ProcessedCommit | undefined> {
  for await (const commit of log.after(applied?.sequence ?? 0)) return commit;
}

/** Two lakes both count 1, 2, 3: going on from another one would mix two histories. */
async function refuseOtherLake(log: CommitLog<ProcessedCommit>, applied: Applied): Promise<void> {
  const head = await log.head();
  const same = head && head.sequence >= applied.sequence &&
    (await log.read(applied.sequence)).run === applied.run;
  if (same) return;
  throw new WarehouseError(
    `the warehouse was loaded from another lake: its commit ${applied.sequence} is of run ` +
      `${applied.run}, which this processed zone does not have`,
    {
      stage: "load",
      next: "set PROCESSED_URL to that lake, or WAREHOUSE_URL to an empty database",
    },
  );
}
