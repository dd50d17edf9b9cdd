/** What a stage has done with a table so far. */
export interface Progress {
  /** The stage. */
  readonly stage: "extract" | "transform" | "load";
  /** The table: of the source while extracting, of the warehouse afterwards. */
  readonly table: string;
  /** Rows done so far. */
  readonly rows: number;
  /** Rows expected in all, where the stage can know. */
  readonly expected?: number;
}

/** Listens to the progress of a stage. */
export type ProgressListener = (progress: Progress) => void;
