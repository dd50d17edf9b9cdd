import { totesys } from "../../schemas/model.ts";
import { SourceError } from "../errors.ts";
import { runId } from "../lake/keys.ts";
import { ingestionZone } from "../lake/zone.ts";
import type { PipelineOptions } from "../options.ts";
import { connect, SHORT_LOCK_TIMEOUT } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { Extraction, type ExtractResult } from "./extraction.ts";

export type { ExtractOutcome, ExtractResult } from "./extraction.ts";

/** The options of {@linkcode extract}. */
export interface ExtractOptions extends
  Pick<
    PipelineOptions,
    "source" | "ingestion" | "model" | "chunkRows" | "run" | "onProgress" | "signal"
  > {
  /** Reads every row again, from whatever source this is. */
  readonly full?: boolean;
}

/** Rows that one commit of a first load reads at most, when the option is omitted. */
export const CHUNK_ROWS = 500_000;

/**
 * Reads what changed in the source since the last commit, exactly, into the ingestion zone: one JSONL
 * object per table, then one commit that names them. The rows of a commit are read in one snapshot. A
 * table that cannot be read as its spec says is left out, and is read whole when it can be.
 *
 * @throws {SourceError} when the source cannot be read, or is another one than before.
 * @throws {LakeError} when the ingestion zone cannot be read or written.
 */
export async function extract(options: ExtractOptions): Promise<ExtractResult> {
  const { model = totesys, run = runId(new Date()), chunkRows = CHUNK_ROWS } = options;
  const { log } = ingestionZone(options.ingestion);
  const previous = await log.head();
  await using source = connect(options.source, SHORT_LOCK_TIMEOUT);
  const extraction = new Extraction({ ...options, model, run, chunkRows }, source, previous);
  return await extraction.run(log)
    .catch(wrapError(SourceError, "cannot read the source", { stage: "extract", run }));
}
