/**
 * Reconciliation: compares every row of the source with the warehouse and repairs the differences.
 *
 * In: the source, and a warehouse that is up to date with the lake. Out: one commit of mode
 * `reconcile` that carries changed rows and tombstones through the lake to the warehouse, like any
 * other change.
 *
 * @module
 */
import { totesys } from "../../../schemas/model.ts";
import { LakeError, MassDeletionError, WarehouseError } from "../../errors.ts";
import type { DatabaseCommit } from "../../lake/commit.ts";
import { runId } from "../../lake/keys.ts";
import { storesOfRun } from "../../lake/log_memory.ts";
import { databaseZone } from "../../lake/zone.ts";
import { loadAndCount } from "../../load/load.ts";
import { type RowCounts, suspendRowCounts } from "../../load/row_counts.ts";
import { recordReconciliation, unfinishedPass } from "../../load/reconcile_pass.ts";
import { listenerOfRun } from "../../progress.ts";
import { connect } from "../../postgres/connection.ts";
import { wrapError } from "../../postgres/wrap_error.ts";
import { transform } from "../../transform/transform.ts";
import { throwIfStopped } from "../stop.ts";
import { applyRepair, type ReconcileOptions, type ReconcileResult } from "./apply_repair.ts";
import { findRepair } from "./find_repair.ts";
import { countMissing } from "./reconcile_counts.ts";

export type {
  ReconcileOptions,
  ReconcileOutcome,
  ReconcileResult,
  ReconcileScope,
} from "./apply_repair.ts";

const STAGE = { stage: "reconcile" };

/**
 * Compares every row of the source with the warehouse, or every key, and repairs what deltas cannot
 * see: deleted rows, and any row that an extraction missed.
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
  const options = {
    ...pipeline,
    run: pipeline.run ?? runId(new Date()),
    ...storesOfRun(pipeline),
    onProgress: listenerOfRun(pipeline.onProgress),
  };
  // Without the signal: a row that transform and load have not moved yet would look missing.
  const unstoppable = { ...options, signal: undefined };
  const compared = await databaseZone(options.ingestion).log.head();
  if (!compared) throw nothingToCompare("nothing has been extracted yet");
  const unread = Object.keys(compared.partial);
  if (unread.length > 0) throw nothingToCompare(`the first load of ${unread} is not finished`);
  await transform(unstoppable);
  const { result: { quarantined }, counts } = await loadAndCount(unstoppable);
  throwIfStopped(pipeline.signal);
  if (options.scope === "keys") return await reconcileKeys(options, compared, counts, quarantined);
  await using warehouse = connect(pipeline.warehouse);
  const recordError = wrapError(WarehouseError, "cannot record the reconciliation", STAGE);
  const unfinished = pipeline.signal && await unfinishedPass(warehouse).catch(recordError);
  const pass = unfinished ?? { ingestion_sequence: compared.sequence, tables: [] };
  const found = await findRepair(options, compared, pass.tables)
    .catch(async (error) => {
      if (!(error instanceof MassDeletionError)) throw error;
      // A person has to decide. Recorded as done, so that not every tick compares again until then.
      await recordReconciliation(warehouse, pass, refused(error)).catch(recordError);
      const { warehouse: tables } = pipeline.model ?? totesys;
      const refusedTables = tables.filter((table) => table.kind !== "calendar")
        .filter(({ from }) => from === error.table);
      await suspendRowCounts(warehouse, refusedTables).catch(recordError);
      throw error;
    });
  const result = {
    scope: "rows",
    ...await applyRepair(options, compared, found, quarantined),
  } as const;
  if (result.outcome === "overtaken") return result;
  await recordReconciliation(warehouse, { ...pass, tables: found.tables }, result)
    .catch(recordError);
  return result;
}

/** Compares the keys of all tables. Is no full comparison, so it is not recorded as one. */
async function reconcileKeys(
  options: ReconcileOptions & { readonly run: string },
  compared: DatabaseCommit,
  counts: RowCounts,
  quarantined: number,
): Promise<ReconcileResult> {
  const { tables } = await countMissing(options.warehouse, options.model ?? totesys, counts);
  const keysOf = new Map(tables.map(({ table, rows }) => [table.name, rows!]));
  const found = await findRepair({ ...options, keysOf }, compared, []);
  return { scope: "keys", ...await applyRepair(options, compared, found, quarantined) };
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
