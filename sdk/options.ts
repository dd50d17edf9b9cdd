/**
 * The options that the pipeline's functions share. Each function takes those that it needs.
 *
 * @module
 */
import type { Model } from "../schemas/model.ts";
import type { ObjectStore } from "./lake/store.ts";
import type { ProgressListener } from "./progress.ts";

/** The options of {@linkcode run}; other functions take some of them. */
export interface PipelineOptions {
  /** Connection URL of the source. SELECT rights are enough. */
  readonly source: string;
  /** The lake's ingestion zone. */
  readonly ingestion: ObjectStore;
  /** The lake's processed zone. */
  readonly processed: ObjectStore;
  /** Connection URL of the warehouse. */
  readonly warehouse: string;
  /** The tables, and how the warehouse's are made. Default: totesys. */
  readonly model?: Model;
  /** The source of the model whose commits are transformed or loaded. Default: the database. */
  readonly sourceName?: string;
  /**
   * The currency that views show amounts in, by the rates of the source `rates`: a code of ISO 4217.
   * Another one replaces the views. Default: GBP.
   */
  readonly referenceCurrency?: string;
  /**
   * Percent of a table's rows in a batch that can be invalid before the batch is refused. 100 invalid
   * rows are always accepted. Default: 5.
   */
  readonly quarantineLimit?: number;
  /** Maximum number of rows that one commit of a first load reads. Default: 500,000. */
  readonly chunkRows?: number;
  /** Id of the run, part of its object keys. Default: the time and a random suffix. */
  readonly run?: string;
  /** Receives the progress of each stage. */
  readonly onProgress?: ProgressListener;
  /**
   * Stops each stage after the current commit; the next run resumes from there. With a
   * {@linkcode StoppedError} as the reason, no further stage starts.
   */
  readonly signal?: AbortSignal;
}
