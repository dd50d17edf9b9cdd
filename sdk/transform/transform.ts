import { totesys } from "../../schemas/model.ts";
import { LakeError, QuarantineError } from "../errors.ts";
import { hasBaselineAfter, requireBaseline } from "../lake/baseline.ts";
import type { IngestionCommit, ProcessedCommit, SkippedCommit } from "../lake/commit.ts";
import { findDamage } from "../lake/find_damage.ts";
import { runId } from "../lake/keys.ts";
import { ingestionZone, processedZone, type Zone } from "../lake/zone.ts";
import type { PipelineOptions } from "../options.ts";
import { BatchTransform, type Settings } from "./batch_transform.ts";
import { totesysTransforms } from "./transforms.ts";
import { TRANSFORM_VERSION, transformVersion } from "./version.ts";

/** The options of {@linkcode transform}. */
export interface TransformOptions extends
  Pick<
    PipelineOptions,
    | "ingestion"
    | "processed"
    | "model"
    | "transforms"
    | "transformVersion"
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
}

/** What a transform run did. */
export interface TransformResult {
  /** The commits it added to the processed zone, in order. */
  readonly commits: readonly ProcessedCommit[];
  /** The ingestion commits that nothing could be made of, and that a later one makes good. */
  readonly skipped: readonly SkippedCommit[];
}

/** Percent of a table's rows in a batch that can be bad, when the option is omitted. */
export const QUARANTINE_LIMIT = 5;

/**
 * Turns every ingestion commit that has no processed commit yet into Parquet, in order. A row that
 * cannot become a row of the warehouse goes to quarantine, with the reason. A run that died halfway
 * left files no commit names; the next run starts that commit over. A commit that can no longer be
 * read as it was written, or has too many bad rows, is skipped when a later one of mode `full` brings
 * its rows again.
 *
 * @throws {QuarantineError} when too many rows of a batch are bad; nothing of it is committed.
 * @throws {DamagedObjectError} when an object is not what was written, and nothing makes it good.
 * @throws {LakeError} when a zone cannot be read or written.
 */
export async function transform(options: TransformOptions): Promise<TransformResult> {
  const model = options.model ?? totesys;
  const settings: Omit<Settings, "tolerated"> = {
    ...options,
    model,
    transforms: options.transforms ?? totesysTransforms,
    version: transformVersion(model, options.transformVersion ?? TRANSFORM_VERSION),
    run: options.run ?? runId(new Date()),
    quarantineLimit: options.quarantineLimit ?? QUARANTINE_LIMIT,
  };
  const ingestion = ingestionZone(options.ingestion);
  const processed = processedZone(options.processed);
  const commits: ProcessedCommit[] = [];
  let head = await processed.log.head();
  if (head) await refuseOtherSource(ingestion, head);
  for await (
    const commit of ingestion.log.after(head?.ingestion_sequence ?? (options.from ?? 1) - 1)
  ) {
    // Another run may have processed this commit meanwhile.
    if (head && head.ingestion_sequence >= commit.sequence) continue;
    if (!head) requireBaseline(commit, "transform");
    const sequence = (head?.sequence ?? 0) + 1;
    const tolerated = await options.tolerated?.(commit.sequence) ?? {};
    const batch = new BatchTransform({ ...settings, tolerated }, commit, sequence);
    const made = await batch.run().catch(async (error) =>
      batch.skip(await skipReason(ingestion, commit, error))
    );
    if (await processed.log.append(made)) {
      commits.push(made);
      head = made;
    } else {
      head = await processed.log.head();
    }
    if (options.signal?.aborted) break;
  }
  return { commits, skipped: skippedOf(commits) };
}

/**
 * Why a commit that could not be transformed may be skipped. Damage shows in many ways, as bad JSON or
 * as bad rows, often before the end of an object tells: so it is looked for after any failure.
 *
 * @throws the failure, when it may not be skipped.
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

function skippedOf(commits: readonly ProcessedCommit[]): SkippedCommit[] {
  return commits.flatMap(({ ingestion_sequence: sequence, skipped: reason }) =>
    reason === undefined ? [] : [{ zone: "ingestion", sequence, reason }]
  );
}

/** Both zones count 1, 2, 3: going on from another ingestion zone would skip what it holds. */
async function refuseOtherSource(
  { log }: Zone<IngestionCommit>,
  { ingestion_sequence, ingestion_run }: ProcessedCommit,
): Promise<void> {
  const head = await log.head();
  const same = head && head.sequence >= ingestion_sequence &&
    (await log.read(ingestion_sequence)).run === ingestion_run;
  if (same) return;
  throw new LakeError(
    `the processed zone was made from another ingestion zone: from commit ${ingestion_sequence} of ` +
      `run ${ingestion_run}, which this one does not have`,
    {
      stage: "transform",
      next: "set `ingestion` to that zone, or `processed` and `warehouse` to empty ones",
    },
  );
}
