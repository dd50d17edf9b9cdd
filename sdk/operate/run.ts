import { StoppedError } from "../errors.ts";
import { extract, type ExtractResult } from "../extract/extract.ts";
import { isPartial } from "../lake/commit.ts";
import { runId } from "../lake/keys.ts";
import { load, type LoadResult } from "../load/load.ts";
import type { PipelineOptions } from "../options.ts";
import { transform, type TransformResult } from "../transform/transform.ts";
import { type Alert, type AlertListener, extractAlerts, skipAlerts } from "./alerts.ts";
import { DELETION_LIMIT } from "./compare/mass_deletion.ts";
import { reconcile, type ReconcileResult } from "./compare/reconcile.ts";
import { failureAlert } from "./failure_alert.ts";
import { throwIfStopped } from "./stop.ts";

/** The options of {@linkcode run}. */
export interface RunOptions extends PipelineOptions {
  /** Milliseconds between reconciliations. Default: an hour. */
  readonly reconcileEveryMs?: number;
  /** Receives alerts. */
  readonly onAlert?: AlertListener;
  /** Receives the id of the run before anything is done. */
  readonly onStart?: (run: string) => void;
}

/** What one tick did. */
export interface RunResult {
  /** The run's id, as in its object keys. */
  readonly run: string;
  /** What the extraction found. */
  readonly extract: ExtractResult;
  /** What was transformed: this tick's batch, and any that an earlier run left behind. */
  readonly transform: TransformResult;
  /** What was loaded, likewise. */
  readonly load: LoadResult;
  /** What the reconciliation found, when one was due. */
  readonly reconcile: ReconcileResult | null;
  /** Milliseconds the tick took. */
  readonly elapsed_ms: number;
  /**
   * Milliseconds from the source's snapshot of the last batch loaded to its commit in the warehouse,
   * by this machine's clock. Null when nothing was loaded.
   */
  readonly lag_ms: number | null;
  /** Whether it was asked to stop, so that there may be more to do. */
  readonly stopped: boolean;
}

/** Milliseconds between reconciliations when the option is omitted. */
export const RECONCILE_EVERY_MS = 3_600_000;
/**
 * One tick: extracts what changed, transforms and loads it, and reconciles when that is due. Each
 * stage first finishes what an earlier run may have left undone.
 *
 * @throws {EtlError} the error of the stage that failed; what earlier stages committed stays.
 */
export async function run(pipeline: RunOptions): Promise<RunResult> {
  try {
    return await tick(pipeline);
  } catch (error) {
    if (!(error instanceof StoppedError)) {
      const alert = failureAlert(error, { job: "extract" });
      // The run's own error matters more than one of the listener.
      await (async () => await pipeline.onAlert?.(alert))().catch(() => {});
    }
    throw error;
  }
}

async function tick(pipeline: RunOptions): Promise<RunResult> {
  const started = Date.now();
  const options = { ...pipeline, run: pipeline.run ?? runId(new Date()) };
  const { signal } = pipeline;
  pipeline.onStart?.(options.run);
  const tell = async (alerts: readonly Alert[]) => {
    for (const alert of alerts) await pipeline.onAlert?.(alert);
  };
  const extracted = await extract(options);
  await tell(extractAlerts(extracted));
  throwIfStopped(signal);
  const transformed = await transform(options);
  await tell(skipAlerts(transformed.skipped));
  throwIfStopped(signal);
  const loaded = await load(options);
  await tell(skipAlerts(loaded.skipped));
  const finished = Date.now();
  const every_ms = pipeline.reconcileEveryMs ?? RECONCILE_EVERY_MS;
  const due = isReconcileDue(extracted, loaded, every_ms);
  const reconciled = due && !signal?.aborted
    ? await reconcile({ ...options, deletionLimit: DELETION_LIMIT })
    : null;
  const last = loaded.commits.at(-1);
  return {
    run: options.run,
    extract: extracted,
    transform: transformed,
    load: loaded,
    reconcile: reconciled,
    elapsed_ms: Date.now() - started,
    lag_ms: last ? Math.max(0, finished - Date.parse(last.taken_at)) : null,
    stopped: signal?.aborted ?? false,
  };
}

/** Not while a first load is under way: most rows would be missing. */
function isReconcileDue(
  extracted: ExtractResult,
  { reconciled_ms_ago, reconcile_needed }: LoadResult,
  every_ms: number,
): boolean {
  if (reconciled_ms_ago === null || extracted.outcome === "overtaken") return false;
  if (extracted.outcome === "committed" && isPartial(extracted.commit)) return false;
  return reconcile_needed || reconciled_ms_ago >= every_ms;
}
