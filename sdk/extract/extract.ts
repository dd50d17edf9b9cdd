/**
 * Extraction: reads what changed in the source, exactly, with only SELECT rights.
 *
 * In: the source, and the newest commit of the ingestion zone. Out: one JSON Lines object for each table
 * with changed rows, and one commit that names them. A first load of many rows takes several commits.
 *
 * @module
 */
import { totesys } from "../../schemas/model.ts";
import { checkModel } from "../derive/check_model.ts";
import { SourceError } from "../errors.ts";
import { runId } from "../lake/keys.ts";
import { databaseZone } from "../lake/zone.ts";
import type { PipelineOptions } from "../options.ts";
import { JOIN_SESSION } from "./ancestors.ts";
import { SHORT_LOCK_TIMEOUT } from "../postgres/connection.ts";
import { acquireConnection } from "../postgres/kept_connections.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { progressMeter } from "../progress.ts";
import { expectSchema } from "./reading.ts";
import type { ExtractResult, SourceCounts } from "./extract_result.ts";
import { Extraction } from "./extraction.ts";

export type { ExtractOutcome, ExtractResult, SourceCounts } from "./extract_result.ts";

/** The options of {@linkcode extract}. */
export interface ExtractOptions extends
  Pick<
    PipelineOptions,
    "source" | "ingestion" | "model" | "chunkRows" | "run" | "onProgress" | "signal"
  > {
  /** Reads every row again, from whatever source this is. */
  readonly full?: boolean;
  /** Called after each commit that another one follows: of a first load, or of a full read of many rows. */
  readonly onPart?: () => void;
}

/** The default of `chunkRows`. */
export const CHUNK_ROWS = 500_000;

/**
 * Reads the rows that changed in the source since the last commit into the ingestion zone. The rows of a
 * commit come from one snapshot. A table that does not match its spec is not read; once it matches, all
 * its rows are read.
 *
 * @throws {ConfigurationError} when the model is wrong, a connection URL is malformed, or its `sslmode`
 * allows plain text.
 * @throws {SourceError} when the source cannot be read, or is another database than before.
 * @throws {LakeError} when the ingestion zone cannot be read or written.
 */
export async function extract(options: ExtractOptions): Promise<ExtractResult> {
  const { result } = await extractAndCount(options);
  return result;
}

/**
 * Does what {@linkcode extract} does, and returns the rows of each table at that time. Without `mustCount`,
 * they are not counted when no transaction has ended since the last commit.
 */
export async function extractAndCount(
  options: ExtractOptions,
  mustCount = false,
): Promise<{ readonly result: ExtractResult; readonly counts: SourceCounts }> {
  const { model = totesys, run = runId(new Date()), chunkRows = CHUNK_ROWS } = options;
  checkModel(model);
  const { log } = databaseZone(options.ingestion);
  const failed = wrapError(SourceError, "cannot read the source", { stage: "extract", run });
  await using source = acquireConnection(options.source, {
    ...SHORT_LOCK_TIMEOUT,
    ...JOIN_SESSION,
  });
  // The connection opens while the lake is read.
  const [previous] = await Promise.all([log.head(), expectSchema(source, model).catch(failed)]);
  const extraction = new Extraction(
    {
      ...options,
      model,
      run,
      chunkRows,
      mustCount,
      progress: progressMeter("extract", options.onProgress),
    },
    source,
    previous,
  );
  const result = await extraction.run(log).catch(failed);
  return { result, counts: extraction.counts };
}
