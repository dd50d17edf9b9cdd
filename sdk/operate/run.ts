/**
 * One run of the whole pipeline: extract, transform, load, and reconcile when that is due.
 *
 * In: the source, the two zones of the lake and the warehouse. Out: every change of the source
 * since the last run is in the warehouse, alerts are sent, and the result of each stage is
 * returned.
 *
 * @module
 */
import { StoppedError } from "../errors.ts";
import { extractAndCount, type ExtractResult, type SourceCounts } from "../extract/extract.ts";
import { isPartial } from "../lake/commit.ts";
import { runId } from "../lake/keys.ts";
import { storesOfRun } from "../lake/log_memory.ts";
import { processedZone } from "../lake/zone.ts";
import type { LoadResult } from "../load/load.ts";
import type { RowCounts } from "../load/row_counts.ts";
import type { PipelineOptions } from "../options.ts";
import { listenerOfRun } from "../progress.ts";
import { keepConnections } from "../postgres/kept_connections.ts";
import type { TransformResult } from "../transform/transform.ts";
import { type Alert, type AlertListener, extractAlerts, skipAlerts } from "./alerts.ts";
import { DELETION_LIMIT } from "./compare/mass_deletion.ts";
import type { ReconcileOptions, ReconcileResult } from "./compare/reconcile.ts";
import { reconcileCounts } from "./compare/reconcile_counts.ts";
import { failureAlert } from "./failure_alert.ts";
import { PartMover } from "./part_mover.ts";
import { throwIfStopped } from "./stop.ts";

/** The options of {@linkcode run}. */
export interface RunOptions extends Omit<PipelineOptions, "sourceName"> {
  /** Milliseconds between reconciliations. Default: 3,600,000 (one hour). */
  readonly reconcileEveryMs?: number;
  /** Receives alerts. */
  readonly onAlert?: AlertListener;
  /** Receives the id of the run before the run does anything. */
  readonly onStart?: (run: string) => void;
}

/** The result of each stage of a run. */
export interface RunResult {
  /** The run's id, as in its object keys. */
  readonly run: string;
  /** The result of the extraction. */
  readonly extract: ExtractResult;
  /** Batches transformed: this run's, and those that an earlier run did not finish. */
  readonly transform: TransformResult;
  /** Batches loaded: this run's, and those that an earlier run did not finish. */
  readonly load: LoadResult;
  /** The result of the reconciliation; null when none was due and no rows were deleted. */
  readonly reconcile: ReconcileResult | null;
  /** Milliseconds that the run took. */
  readonly elapsed_ms: number;
  /**
   * Milliseconds until each stage ended, from the end of the one before: they add up to `elapsed_ms`. Most of
   * a first load is transformed and loaded while it is extracted.
   */
  readonly stage_ms: Readonly<Record<"extract" | "transform" | "load" | "reconcile", number>>;
  /**
   * Milliseconds from the source snapshot of the last loaded batch to its commit in the warehouse,
   * by this machine's clock. Null when nothing was loaded.
   */
  readonly lag_ms: number | null;
  /** Whether the run was asked to stop. The next run does what is left. */
  readonly stopped: boolean;
}

/** Milliseconds between reconciliations when the option is omitted. */
export const RECONCILE_EVERY_MS = 3_600_000;

/**
 * Extracts the changes of the source, transforms and loads them, and repairs deletes: of the tables
 * whose numbers of rows differ, and of all tables when a reconciliation is due. Each stage first
 * finishes what an earlier run left undone. Runs that follow one another in a process are faster
 * within {@linkcode keepConnections}.
 *
 * @throws {StoppedError} when the signal was aborted with one.
 * @throws {EtlError} when a stage fails. The commits of earlier stages stay, and the next run
 * continues from them.
 */
export async function run(pipeline: RunOptions): Promise<RunResult> {
  try {
    return await runStages(pipeline);
  } catch (error) {
    if (!(error instanceof StoppedError)) {
      const alert = failureAlert(error, { job: "extract" });
      // An error of the listener must not replace the error of the run.
      await (async () => await pipeline.onAlert?.(alert))().catch(() => {});
    }
    throw error;
  }
}

async function runStages(pipeline: RunOptions): Promise<RunResult> {
  const started = Date.now();
  const options = {
    ...pipeline,
    run: pipeline.run ?? runId(new Date()),
    ...storesOfRun(pipeline),
    onProgress: listenerOfRun(pipeline.onProgress),
  };
  const { signal } = pipeline;
  pipeline.onStart?.(options.run);
  await using _ = keepConnections();
  // What later stages need is on its way while the source is read.
  processedZone(options.processed).log.head().catch(() => {});
  const send = async (alerts: readonly Alert[]) => {
    for (const alert of alerts) await pipeline.onAlert?.(alert);
  };
  await using parts = new PartMover(options);
  const { result: extracted, counts: sourceCounts } = await extractAndCount({
    ...options,
    onPart: () => parts.move(),
  });
  const extracted_at = Date.now();
  await send(extractAlerts(extracted));
  throwIfStopped(signal);
  const transformed = await parts.transformRest();
  const transformed_at = Date.now();
  await send(skipAlerts(transformed.skipped));
  throwIfStopped(signal);
  const { result: loaded, counts } = await parts.loadRest();
  await send(skipAlerts(loaded.skipped));
  const loaded_at = Date.now();
  const every_ms = pipeline.reconcileEveryMs ?? RECONCILE_EVERY_MS;
  const due = isReconcileDue(extracted, loaded, every_ms);
  const limited = { ...options, deletionLimit: DELETION_LIMIT };
  const reconciled = signal?.aborted
    ? null
    : due
    ? await reconcileAll(limited)
    : await reconcileCounts(
      limited,
      extracted.outcome === "unchanged" && isUncompared(sourceCounts, loaded, counts)
        ? (await extractAndCount(options, true)).counts
        : sourceCounts,
      counts,
      loaded.quarantined,
    );
  const last = loaded.commits.at(-1);
  const ended_at = Date.now();
  return {
    run: options.run,
    extract: extracted,
    transform: transformed,
    load: loaded,
    reconcile: reconciled,
    elapsed_ms: ended_at - started,
    stage_ms: {
      extract: extracted_at - started,
      transform: transformed_at - extracted_at,
      load: loaded_at - transformed_at,
      reconcile: ended_at - loaded_at,
    },
    lag_ms: last ? Math.max(0, loaded_at - Date.parse(last.taken_at)) : null,
    stopped: signal?.aborted ?? false,
  };
}

async function reconcileAll(options: ReconcileOptions): Promise<ReconcileResult> {
  const { reconcile } = await import("./compare/reconcile.ts"); // most ticks do without
  return await reconcile(options);
}

/**
 * Returns whether no tick has compared the counts of the last commit, although the source, in which no
 * transaction has ended since, was not counted again: the tick that wrote the commit failed, or ended a
 * first load.
 */
function isUncompared(
  { sequence, rows }: SourceCounts,
  { commits }: LoadResult,
  { ingestion_sequence, tables }: RowCounts,
): boolean {
  if (rows.size > 0 || sequence !== ingestion_sequence) return false;
  return commits.length > 0 || tables.every(({ rows }) => rows === null);
}

/**
 * Returns whether a reconciliation is due. It waits for the end of a first load: until then most
 * rows are missing.
 */
function isReconcileDue(
  extracted: ExtractResult,
  { reconciled_ms_ago, reconcile_needed }: LoadResult,
  every_ms: number,
): boolean {
  if (reconciled_ms_ago === null || extracted.outcome === "overtaken") return false;
  if (extracted.outcome === "committed" && isPartial(extracted.commit)) return false;
  return reconcile_needed || reconciled_ms_ago >= every_ms;
}
