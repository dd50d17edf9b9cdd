import type { Model } from "../../schemas/model.ts";
import type { ObjectStore } from "../lake/store.ts";
import type { ProgressListener } from "../progress.ts";
import type { Transforms } from "../transform/transforms.ts";

/** The ends of a pipeline, and what lies between them. */
export interface Pipeline {
  /** The source's connection URL. */
  readonly source: string;
  /** The ingestion zone. */
  readonly ingestion: ObjectStore;
  /** The processed zone. */
  readonly processed: ObjectStore;
  /** The warehouse's connection URL. */
  readonly warehouse: string;
  /** The tables; totesys when omitted. */
  readonly model?: Model;
  /** The transform of each warehouse table; those of totesys when omitted. */
  readonly transforms?: Transforms;
  /** The number of transforms of your own, see {@linkcode TransformOptions.transform_version}. */
  readonly transform_version?: number;
  /**
   * How many percent of a table's rows in a batch may be bad before the batch itself must be wrong. It
   * takes more than 100 bad rows as well. 5 when omitted.
   */
  readonly quarantine_limit?: number;
  /** Rows that one commit reads for the first time, at the most; 500 000 when omitted. */
  readonly chunk_rows?: number;
  /** Hears about rows as they move. */
  readonly onProgress?: ProgressListener;
  /**
   * Once it is aborted, each stage ends after the commit at hand, and the next run goes on from there.
   * With a {@linkcode StoppedError} as the reason, no further stage begins.
   */
  readonly signal?: AbortSignal;
}

/** Percent of a table's rows that may be gone before a person must say that it is right. */
export const DELETION_LIMIT = 20;
