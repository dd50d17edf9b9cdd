/**
 * The options that the pipeline's functions share. Each function takes those that it needs.
 *
 * @module
 */
import type { Model } from "../schemas/model.ts";
import type { AnyRow } from "../schemas/table.ts";
import type { ObjectStore } from "./lake/store.ts";
import type { ProgressListener } from "./progress.ts";

/** A transform whose table is not known at compile time: a row, and the rows it is joined with. */
export type RowTransform = (row: AnyRow, joined: Readonly<Record<string, AnyRow>>) => AnyRow;

/** A transform that describes a date. */
export type DateTransform = (date: string) => AnyRow;

/** The transforms of a model's warehouse tables, by table. */
export type Transforms = Readonly<Record<string, RowTransform | DateTransform>>;

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
  /** The tables. Default: totesys. */
  readonly model?: Model;
  /** The transform of each warehouse table. Default: those of totesys. */
  readonly transforms?: Transforms;
  /**
   * Version number of your own transforms, part of the version in every processed commit. Raise it
   * when they return other rows for the same input.
   */
  readonly transformVersion?: number;
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
