/**
 * Extraction from a source that delivers documents: an API, a folder of files.
 *
 * In: the source, and its ledger in the ingestion zone. Out: one commit per document, with its rows as
 * JSON Lines and the keys of the rows that it no longer has.
 *
 * @module
 */
import { type Model, totesys } from "../../schemas/model.ts";
import { checkModel } from "../derive/check_model.ts";
import { sourceModel } from "../derive/source_model.ts";
import { ChangedDocumentError, EtlError, SourceError } from "../errors.ts";
import type { DataObject, DocumentRecord, IngestionCommit } from "../lake/commit.ts";
import { readWhole } from "../lake/data_objects.ts";
import { runId } from "../lake/keys.ts";
import { addNewCommits, readLedger } from "../lake/ledger.ts";
import { sourceStore } from "../lake/source_store.ts";
import { ingestionZone } from "../lake/zone.ts";
import type { PipelineOptions } from "../options.ts";
import { progressMeter } from "../progress.ts";
import type { Source } from "./source.ts";
import { type DeliverySettings, writeDelivery } from "./write_delivery.ts";

/** The options of {@linkcode extractSource}. */
export interface ExtractSourceOptions
  extends Pick<PipelineOptions, "ingestion" | "model" | "run" | "onProgress" | "signal"> {
  /** The source. */
  readonly source: Source;
  /** Receives each commit once it is in the log. */
  readonly onCommit?: (commit: IngestionCommit) => void | Promise<void>;
}

/** The result of {@linkcode extractSource}. */
export interface ExtractSourceResult {
  /** The commits that were added to the source's ingestion zone, in order. */
  readonly commits: readonly IngestionCommit[];
  /** The documents in them, in order. */
  readonly documents: readonly DocumentRecord[];
}

/** Commits after which the ledger is written into an object. */
const LEDGER_EVERY = 100;

/**
 * Reads what a source delivers into its ingestion zone: one commit per document. A document replaces the
 * rows of the one before of the same name; one that cannot be read is recorded as refused. If another
 * run commits first, the source is asked again what is left.
 *
 * @throws {ConfigurationError} when the model is wrong, or does not have the source.
 * @throws {SourceError} when the source cannot be read. The commits before that stay.
 * @throws {LakeError} when the ingestion zone cannot be read or written.
 */
export async function extractSource(options: ExtractSourceOptions): Promise<ExtractSourceResult> {
  return await extractDeliveries(options, LEDGER_EVERY);
}

/** Does what {@linkcode extractSource} does, and writes the ledger into an object every so many commits. */
export async function extractDeliveries(
  options: ExtractSourceOptions,
  ledgerEvery: number,
): Promise<ExtractSourceResult> {
  const { source, signal, run = runId(new Date()) } = options;
  const model: Model = sourceModel(options.model ?? totesys, source.name);
  checkModel(model);
  const zone = ingestionZone(sourceStore(options.ingestion, source.name));
  const progress = progressMeter("extract", options.onProgress);
  const settings: DeliverySettings = { zone, model, run, ledgerEvery, progress };
  const ledger = await readLedger(zone);
  const commits: IngestionCommit[] = [];
  const readBody = (body: DataObject) => readWhole(zone.store, body);
  /** Commits what the source yields. Returns false if another run has committed something else. */
  const commitAll = async () => {
    for await (const delivery of source.deliveries(ledger, { signal, readBody })) {
      if (signal?.aborted) return true;
      const commit = await writeDelivery(delivery, ledger, settings).catch(nullIfChanged);
      if (!commit) continue;
      if (!await zone.log.append(commit)) return false;
      ledger.addCommit(commit);
      commits.push(commit);
      await options.onCommit?.(commit);
      if (signal?.aborted) return true;
    }
    return true;
  };
  try {
    while (!await commitAll()) await addNewCommits(ledger, zone);
  } catch (error) {
    const isStopped = signal?.aborted && error === signal.reason;
    if (!isStopped) throw readable(error, source, run);
  }
  return { commits, documents: commits.flatMap(({ documents = [] }) => documents) };
}

/** Leaves a document that changed while it was read to the next run. */
function nullIfChanged(error: unknown): null {
  if (error instanceof ChangedDocumentError) return null;
  throw error;
}

/** Returns an error that names the source, unless it is one of ours. */
function readable(error: unknown, { name }: Source, run: string): unknown {
  if (error instanceof EtlError || !(error instanceof Error)) return error;
  return new SourceError(`cannot read source ${name}: ${error.message}`, {
    stage: "extract",
    run,
    cause: error,
  });
}
