/**
 * Transformation: turns raw rows into rows of the warehouse.
 *
 * In: the commits of the ingestion zone that have not been transformed. Out: for each, one Parquet object
 * per warehouse table, a quarantine object for invalid rows, and one commit in the processed zone. A
 * batch holds the rows of every join, so its transform depends on nothing else.
 *
 * @module
 */
import { totesys } from "../../schemas/model.ts";
import { checkModel } from "../derive/check_model.ts";
import { DATABASE, sourceModel } from "../derive/source_model.ts";
import { LakeError, QuarantineError } from "../errors.ts";
import { hasBaselineAfter, requireBaseline } from "../lake/baseline.ts";
import type {
  DocumentRecord,
  IngestionCommit,
  ProcessedCommit,
  SkippedCommit,
} from "../lake/commit.ts";
import { findDamage } from "../lake/find_damage.ts";
import { runId } from "../lake/keys.ts";
import { ReadAhead } from "../lake/read_ahead.ts";
import { sourceStore } from "../lake/source_store.ts";
import { ingestionZone, processedZone, type Zone } from "../lake/zone.ts";
import type { PipelineOptions } from "../options.ts";
import { commitParts, progressMeter } from "../progress.ts";
import type { Settings } from "./batch_transform.ts";
import { transformVersion } from "./version.ts";

/** The options of {@linkcode transform}. */
export interface TransformOptions extends
  Pick<
    PipelineOptions,
    | "ingestion"
    | "processed"
    | "model"
    | "sourceName"
    | "quarantineLimit"
    | "run"
    | "onProgress"
    | "signal"
  > {
  /** The ingestion commit that an empty processed zone starts with: 1, or one of mode `full`. Default: 1. */
  readonly from?: number;
  /**
   * Returns the number of invalid rows per warehouse table to accept in an ingestion commit, whatever
   * the limit: as many as were accepted before. Default: none.
   */
  readonly tolerated?: (ingestion_sequence: number) => Promise<Readonly<Record<string, number>>>;
  /** Called after each commit. */
  readonly onPart?: () => void;
}

/** The result of a transformation. */
export interface TransformResult {
  /** The commits added to the processed zone, in order. */
  readonly commits: readonly ProcessedCommit[];
  /** The ingestion commits that were skipped, because a later one contains their rows again. */
  readonly skipped: readonly SkippedCommit[];
  /** The documents that were refused as a whole, because too many of their rows are invalid; if any. */
  readonly refused?: readonly DocumentRecord[];
}

/** The default of `quarantineLimit`, in percent. */
export const QUARANTINE_LIMIT = 5;

/**
 * Transforms every ingestion commit that has no processed commit, in order. An invalid row goes to
 * quarantine with the reason. After a crash, the next run transforms the unfinished commit from scratch.
 * A commit that is damaged or has too many invalid rows is skipped if a later commit of mode `full`
 * contains its rows again. A document with too many invalid rows goes to quarantine as a whole.
 *
 * @throws {ConfigurationError} when the model is wrong.
 * @throws {QuarantineError} when too many rows of a batch of the database are invalid. The batch is not
 * committed.
 * @throws {DamagedObjectError} when an object is damaged and no later commit contains its rows again.
 * @throws {LakeError} when a zone cannot be read or written.
 */
export async function transform(options: TransformOptions): Promise<TransformResult> {
  const { sourceName = DATABASE } = options;
  const model = sourceModel(options.model ?? totesys, sourceName);
  checkModel(model);
  const ingestion = ingestionZone(sourceStore(options.ingestion, sourceName));
  const processed = processedZone(sourceStore(options.processed, sourceName));
  const settings: Omit<Settings, "tolerated"> = {
    ...options,
    ingestion: ingestion.store,
    processed: processed.store,
    model,
    version: transformVersion(model),
    run: options.run ?? runId(new Date()),
    quarantineLimit: options.quarantineLimit ?? QUARANTINE_LIMIT,
    progress: progressMeter("transform", options.onProgress),
  };
  const commits: ProcessedCommit[] = [];
  const refused: DocumentRecord[] = [];
  let head = await processed.log.head();
  if (head) await refuseOtherZone(ingestion, head);
  const before = head?.ingestion_sequence ?? (options.from ?? 1) - 1;
  const beginPart = await commitParts(settings.progress, ingestion.log, before);
  for await (const commit of ingestion.log.after(before)) {
    // Another run has transformed this commit.
    if (head && head.ingestion_sequence >= commit.sequence) continue;
    if (!head) requireBaseline(commit, "transform");
    const sequence = (head?.sequence ?? 0) + 1;
    const tolerated = await options.tolerated?.(commit.sequence) ?? {};
    beginPart(commit);
    const { BatchTransform } = await import("./batch_transform.ts"); // not for a tick without changes
    await using ahead = new ReadAhead(ingestion.store, commit);
    const batchOf = (refused?: string) =>
      new BatchTransform(
        { ...settings, ingestion: ahead, tolerated, refused },
        commit,
        sequence,
      );
    let reason: string | undefined;
    const made = await batchOf().run().catch(async (error) => {
      if (!await isRefused(ingestion, commit, error)) {
        return batchOf().skip(await skipReason(ingestion, commit, error));
      }
      reason = error.message;
      return await batchOf(reason).run();
    });
    if (await processed.log.append(made)) {
      commits.push(made);
      if (reason !== undefined) refused.push(...refusedDocuments(commit, reason));
      head = made;
      options.onPart?.();
    } else {
      head = await processed.log.head();
    }
    if (options.signal?.aborted) break;
  }
  return { commits, skipped: skippedOf(commits), ...refused.length > 0 ? { refused } : {} };
}

/**
 * Returns whether documents are refused as a whole: too many of their rows are invalid. Documents are
 * independent of one another, so that the next ones need not wait until someone fixes these.
 */
async function isRefused(
  { store }: Zone<IngestionCommit>,
  commit: IngestionCommit,
  failure: unknown,
): Promise<boolean> {
  if (!commit.documents || !(failure instanceof QuarantineError)) return false;
  return await findDamage(store, commit) === undefined;
}

/**
 * Returns why a failed commit can be skipped. Looks for damage after any failure, because damage can
 * appear as malformed JSON or invalid rows before the checksum at the end of an object shows it.
 *
 * @throws the failure, when the commit cannot be skipped.
 */
async function skipReason(
  { store, log }: Zone<IngestionCommit>,
  commit: IngestionCommit,
  failure: unknown,
): Promise<string> {
  const damage = await findDamage(store, commit).catch(() => undefined);
  const cause = damage ?? (failure instanceof QuarantineError ? failure : undefined);
  if (!cause) throw failure;
  if (!await hasBaselineAfter(log, commit.sequence)) throw cause;
  return cause.message;
}

function refusedDocuments({ documents = [] }: IngestionCommit, reason: string): DocumentRecord[] {
  return documents.map((document) => ({ ...document, rows: 0, outcome: "refused", reason }));
}

function skippedOf(commits: readonly ProcessedCommit[]): SkippedCommit[] {
  return commits.flatMap(({ ingestion_sequence: sequence, skipped: reason }) =>
    reason === undefined ? [] : [{ zone: "ingestion", sequence, reason }]
  );
}

/** Commits of every zone count from 1, so another ingestion zone would not be noticed by number. */
async function refuseOtherZone(
  { log }: Zone<IngestionCommit>,
  { ingestion_sequence, ingestion_run }: ProcessedCommit,
): Promise<void> {
  if ((await log.find(ingestion_sequence))?.run === ingestion_run) return;
  throw new LakeError(
    `the processed zone was made from another ingestion zone: from commit ${ingestion_sequence} of ` +
      `run ${ingestion_run}, which this one does not have`,
    {
      stage: "transform",
      next: "set `ingestion` to that zone, or `processed` and `warehouse` to empty ones",
    },
  );
}
