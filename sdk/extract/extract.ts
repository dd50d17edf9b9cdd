import { type Model, totesys } from "../../schemas/model.ts";
import { SourceError } from "../errors.ts";
import type { IngestionCommit } from "../lake/commit.ts";
import { CommitLog } from "../lake/commit_log.ts";
import { runId } from "../lake/keys.ts";
import type { ObjectStore } from "../lake/store.ts";
import { connect, SHORT_LOCK_TIMEOUT } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import type { ProgressListener } from "../progress.ts";
import { Extraction, type ExtractResult } from "./extraction.ts";

export type { Extracted, ExtractResult } from "./extraction.ts";

/** What {@linkcode extract} works on. */
export interface ExtractOptions {
  /** The source's connection URL. SELECT rights are enough. */
  readonly source: string;
  /** The ingestion zone. */
  readonly ingestion: ObjectStore;
  /** The tables; totesys when omitted. */
  readonly model?: Model;
  /** Starts over: reads every row again, from whatever source this is. */
  readonly full?: boolean;
  /** Rows that one commit reads for the first time, at the most; 500 000 when omitted. */
  readonly chunk_rows?: number;
  /** The run's id, part of its object keys; made up when omitted. */
  readonly run?: string;
  /** Hears about rows as they are written. */
  readonly onProgress?: ProgressListener;
  /** Once it is aborted, a first load ends after the commit at hand; the next run goes on from there. */
  readonly signal?: AbortSignal;
}

const CHUNK_ROWS = 500_000;

/**
 * Reads what changed in the source since the last commit, exactly, into the ingestion zone: one JSONL
 * object per table, then one commit that names them. The rows of a commit are read in one snapshot. A
 * table that cannot be read as its spec says is left out, and is read whole when it can be.
 *
 * @throws {SourceError} when the source cannot be read, or is another one than before.
 * @throws {LakeError} when the ingestion zone cannot be read or written.
 */
export async function extract(options: ExtractOptions): Promise<ExtractResult> {
  const { model = totesys, run = runId(new Date()), chunk_rows = CHUNK_ROWS } = options;
  const log = new CommitLog<IngestionCommit>(options.ingestion, "ingestion");
  const previous = await log.head();
  await using source = connect(options.source, SHORT_LOCK_TIMEOUT);
  const extraction = new Extraction({ ...options, model, run, chunk_rows }, source, previous);
  return await extraction.run(log)
    .catch(wrapError(SourceError, "cannot read the source", { stage: "extract", run }));
}
