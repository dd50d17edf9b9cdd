/** Progress of a stage on one table. */
export interface Progress {
  /** The stage. */
  readonly stage: "extract" | "transform" | "load";
  /** The table: of the source during extract, of the warehouse afterwards. */
  readonly table: string;
  /** Rows so far. */
  readonly rows: number;
  /** Total rows expected, if the stage knows it. */
  readonly expected?: number;
}

/** Receives the progress of a stage. */
export type ProgressListener = (progress: Progress) => void;
