/**
 * One run of a source that delivers documents: extract, transform, load.
 *
 * In: the source, the two zones of the lake and the warehouse. Out: every document that the source has
 * delivered is in the warehouse, or in quarantine.
 *
 * @module
 */
import type { DocumentRecord, IngestionCommit } from "../lake/commit.ts";
import { runId } from "../lake/keys.ts";
import { storesOfSourceRun } from "../lake/source_store.ts";
import { load, type LoadResult } from "../load/load.ts";
import type { PipelineOptions } from "../options.ts";
import { keepConnections } from "../postgres/kept_connections.ts";
import { listenerOfRun } from "../progress.ts";
import { extractSource } from "../sources/extract_source.ts";
import type { Source } from "../sources/source.ts";
import { transform, type TransformResult } from "../transform/transform.ts";
import { type Alert, type AlertListener, documentAlerts, skipAlerts } from "./alerts.ts";
import { throwIfStopped } from "./stop.ts";

/** The options of {@linkcode runSource}. */
export interface RunSourceOptions
  extends Omit<PipelineOptions, "source" | "sourceName" | "chunkRows"> {
  /** The source. */
  readonly source: Source;
  /** Receives the id of the run before the run does anything. */
  readonly onStart?: (run: string) => void;
  /**
   * Receives an alert for each document without rows, as soon as that is recorded, and for each commit that
   * was skipped.
   */
  readonly onAlert?: AlertListener;
}

/** The result of each stage of a source's run. */
export interface RunSourceResult {
  /** The run's id, as in its object keys. */
  readonly run: string;
  /** The commits of the extraction, in order. */
  readonly commits: readonly IngestionCommit[];
  /** What became of the documents of the run, in order. */
  readonly documents: readonly DocumentRecord[];
  /** Documents transformed: this run's, and those that an earlier run did not finish. */
  readonly transform: TransformResult;
  /** Documents loaded: this run's, and those that an earlier run did not finish. */
  readonly load: LoadResult;
  /** Milliseconds that the run took. */
  readonly elapsed_ms: number;
  /** Whether the run was asked to stop. The next run does what is left. */
  readonly stopped: boolean;
}

/**
 * Extracts what a source delivers, transforms and loads it. Each stage first finishes what an earlier run
 * left undone. What the source has delivered before it fails is loaded all the same.
 *
 * @throws {StoppedError} when the signal was aborted with one.
 * @throws {EtlError} when a stage fails. The commits of earlier stages stay, and the next run continues
 * from them.
 */
export async function runSource(options: RunSourceOptions): Promise<RunSourceResult> {
  const started = Date.now();
  const { source, signal, run = runId(new Date()) } = options;
  options.onStart?.(run);
  await using _ = keepConnections();
  const onProgress = listenerOfRun(options.onProgress);
  const ofRun = { ...options, ...storesOfSourceRun(options, source.name), run, onProgress };
  const stage = { ...ofRun, sourceName: source.name };
  const send = async (alerts: readonly Alert[]) => {
    for (const alert of alerts) await options.onAlert?.(alert);
  };
  const transformAll = async () => {
    const transformed = await transform(stage);
    await send([
      ...documentAlerts(source.name, transformed.refused ?? []),
      ...skipAlerts(transformed.skipped),
    ]);
    return transformed;
  };
  const onCommit = ({ documents = [] }: IngestionCommit) =>
    send(documentAlerts(source.name, documents));
  const extracted = await extractSource({ ...ofRun, onCommit }).catch(async (error) => {
    throwIfStopped(signal);
    // The error of the source is the first, and the one to report.
    await transformAll().then(() => load(stage)).catch(() => {});
    throw error;
  });
  throwIfStopped(signal);
  const transformed = await transformAll();
  throwIfStopped(signal);
  const loaded = await load(stage);
  await send(skipAlerts(loaded.skipped));
  return {
    run,
    commits: extracted.commits,
    documents: withRefused(extracted.documents, transformed.refused ?? []),
    transform: transformed,
    load: loaded,
    elapsed_ms: Date.now() - started,
    stopped: signal?.aborted ?? false,
  };
}

/** Returns documents as they ended: some are refused only when their rows are transformed. */
function withRefused(
  documents: readonly DocumentRecord[],
  refused: readonly DocumentRecord[],
): DocumentRecord[] {
  const id = ({ name, version }: DocumentRecord) => JSON.stringify([name, version]);
  const ended = new Map([...documents, ...refused].map((document) => [id(document), document]));
  return [...ended.values()];
}
