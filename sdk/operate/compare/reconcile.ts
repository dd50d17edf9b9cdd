/**
 * Reconciliation: compares every row of the source with the warehouse and repairs the differences.
 *
 * In: the source, and a warehouse that is up to date with the lake. Out: one commit of mode
 * `reconcile` that carries changed rows and tombstones through the lake to the warehouse, like any
 * other change.
 *
 * @module
 */
import { LakeError, MassDeletionError, WarehouseError } from "../../errors.ts";
import type { Keys } from "../../extract/repair.ts";
import type { SchemaChange } from "../../extract/schema_changes.ts";
import { type IngestionCommit, isPartial } from "../../lake/commit.ts";
import type { CommitLog } from "../../lake/commit_log.ts";
import { runId } from "../../lake/keys.ts";
import { ingestionZone } from "../../lake/zone.ts";
import { load } from "../../load/load.ts";
import { recordReconciliation, unfinishedPass } from "../../load/warehouse_status.ts";
import type { PipelineOptions } from "../../options.ts";
import { connect } from "../../postgres/connection.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { transform } from "../../transform/transform.ts";
import { type AlertListener, reconcileAlerts } from "../alerts.ts";
import { throwIfStopped } from "../stop.ts";
import { findRepair, type FoundRepair, rebaseRepair } from "./find_repair.ts";

/** The options of {@linkcode reconcile}. */
export interface ReconcileOptions extends PipelineOptions {
  /**
   * Percent of a table's rows that can be missing in the source before the source itself must be
   * wrong. 100 missing rows are always accepted. Default: no limit.
   */
  readonly deletionLimit?: number;
  /** Receives an alert about rows that deltas missed, as soon as their repair is committed. */
  readonly onAlert?: AlertListener;
}

/**
 * How a reconciliation ended. `clean`: there was nothing to repair. `repaired`: the repair is in
 * the warehouse. `overtaken`: another reconciliation was faster, or every row is being read again;
 * nothing was done.
 */
export type ReconcileOutcome = "clean" | "repaired" | "overtaken";

/** The result of a reconciliation. */
export interface ReconcileResult {
  /** How it ended. */
  readonly outcome: ReconcileOutcome;
  /** Whether every table has been compared. If not, the next reconciliation compares the others. */
  readonly finished: boolean;
  /** Rows deleted in the source, by source table. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Rows that every extraction had missed, by source table. Any such row is a bug. */
  readonly missed: Readonly<Record<string, number>>;
  /** Rows that differ because they changed since the last extraction. The next one extracts them. */
  readonly in_flight: number;
  /** Rows in quarantine now. */
  readonly quarantined: number;
  /** The commit that carries the repair through the lake. */
  readonly commit: IngestionCommit | null;
  /** Differences between the source and the specs. A table that one stops was not compared. */
  readonly schema: readonly SchemaChange[];
}

const STAGE = { stage: "reconcile" };

/** Attempts to commit a repair while other runs commit first. A retry takes a moment. */
const MAX_ATTEMPTS = 10;

/**
 * Compares every row of the source with the warehouse, and repairs what deltas cannot see: deleted
 * rows, and any row that an extraction missed.
 *
 * Without a signal, compares all tables. With one, compares table after table and stops after the
 * current one when the signal is aborted; the next call with a signal resumes there.
 *
 * @throws {ConfigurationError} when a connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {SourceError} when the source cannot be read, or is another database.
 * @throws {MassDeletionError} when more than `deletionLimit` percent of a table's rows are missing.
 * @throws {WarehouseError} when the warehouse cannot be read or written, or has no tables yet.
 * @throws {LakeError} when a zone cannot be read or written, or nothing has been extracted yet.
 * @throws {StoppedError} when the signal was aborted with one. Then nothing was done, or
 * everything.
 */
export async function reconcile(pipeline: ReconcileOptions): Promise<ReconcileResult> {
  // Without the signal: a row that transform and load have not moved yet would look missing.
  const options = { ...pipeline, signal: undefined, run: pipeline.run ?? runId(new Date()) };
  const { log } = ingestionZone(pipeline.ingestion);
  const compared = await log.head();
  if (!compared) throw nothingToCompare("nothing has been extracted yet");
  const unread = Object.keys(compared.partial);
  if (unread.length > 0) throw nothingToCompare(`the first load of ${unread} is not finished`);
  await transform(options);
  let { quarantined } = await load(options);
  throwIfStopped(pipeline.signal);
  await using warehouse = connect(pipeline.warehouse);
  const recordError = wrapError(WarehouseError, "cannot record the reconciliation", STAGE);
  const unfinished = pipeline.signal && await unfinishedPass(warehouse).catch(recordError);
  const pass = unfinished ?? { ingestion_sequence: compared.sequence, tables: [] };
  let found = await findRepair({ ...options, signal: pipeline.signal }, compared, pass.tables)
    .catch(async (error) => {
      if (!(error instanceof MassDeletionError)) throw error;
      // A person has to decide. Recorded as done, so that not every tick compares again until then.
      await recordReconciliation(warehouse, pass, refused(error)).catch(recordError);
      throw error;
    });
  for (let attempt = 1; found.commit && !await log.append(found.commit); attempt++) {
    const newest = (await log.head())!;
    if (attempt === MAX_ATTEMPTS || !await onlyDeltasSince(compared, log)) {
      return { outcome: "overtaken", ...resultOf(found), quarantined, commit: null };
    }
    throwIfStopped(pipeline.signal);
    found = { ...found, ...await rebaseRepair(options, found.repair, newest) };
  }
  if (found.commit) {
    for (const alert of reconcileAlerts(resultOf(found).missed)) await pipeline.onAlert?.(alert);
    await transform(options);
    ({ quarantined } = await load(options));
  }
  const result = resultOf(found);
  await recordReconciliation(warehouse, { ...pass, tables: found.tables }, result)
    .catch(recordError);
  return { outcome: found.commit ? "repaired" : "clean", ...result, quarantined };
}

function resultOf(
  { repair: { changed, deleted }, finished, in_flight, commit, schema }: FoundRepair,
): Omit<ReconcileResult, "outcome" | "quarantined"> {
  return {
    finished,
    deleted: counts(deleted),
    missed: counts(changed),
    in_flight,
    commit,
    schema,
  };
}

function nothingToCompare(because: string): LakeError {
  return new LakeError(`cannot reconcile: ${because}`, {
    ...STAGE,
    next: { operations: [{ name: "run" }] },
  });
}

function refused({ message }: MassDeletionError) {
  return { finished: true, deleted: {}, missed: {}, refused: message };
}

/** Returns whether a comparison is still valid: no other repair since, and no full reload. */
async function onlyDeltasSince(
  { sequence }: IngestionCommit,
  log: CommitLog<IngestionCommit>,
): Promise<boolean> {
  for await (const commit of log.after(sequence)) {
    if (commit.mode !== "delta" || isPartial(commit)) return false;
  }
  return true;
}

function counts(keys: Keys): Record<string, number> {
  return Object.fromEntries([...keys].map(([table, { size }]) => [table, size]));
}
