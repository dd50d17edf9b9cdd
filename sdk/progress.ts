/** A stage of the pipeline. */
export type Stage = "extract" | "transform" | "load";

/** Progress of a stage on one table. */
export interface Progress {
  /** The stage. */
  readonly stage: Stage;
  /** The table: of the source during extract, of the warehouse afterwards. */
  readonly table: string;
  /** Rows so far. */
  readonly rows: number;
  /** Total rows expected; undefined when the stage cannot know. */
  readonly expected?: number;
}

/** Receives the progress of a stage. */
export type ProgressListener = (progress: Progress) => void;
