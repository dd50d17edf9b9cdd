/** An operation of the pipeline, with the options that matter. A command line renders it as a command. */
export type Operation =
  | {
    /** `run()`. */
    readonly name: "run";
    /** Percent of a table's rows in a batch that can be invalid. */
    readonly quarantineLimit?: number;
  }
  | {
    /** `runSource()` of a source that is not the database. */
    readonly name: "runSource";
    /** The source's name. */
    readonly source: string;
  }
  | {
    /** `extract()` of every row. */
    readonly name: "extract";
    readonly full: true;
  }
  | {
    /** `replay()` of the ingestion zone into an empty database. */
    readonly name: "replay";
    readonly fromIngestion: true;
  }
  | {
    /** `reconcile()`, `verify()`, `status()` or `listQuarantine()`. */
    readonly name: "reconcile" | "verify" | "status" | "listQuarantine";
  };

/** The remedy of a problem, as data. The program that renders it knows how its user runs operations. */
export interface Remedy {
  /** When it applies: the clause after "if". Always, when undefined. */
  readonly condition?: string;
  /**
   * What to do by hand first: an imperative clause without a full stop. Options of this package are in
   * backticks: `` `source` ``.
   */
  readonly advice?: string;
  /** The operations to run after that, in order. */
  readonly operations?: readonly Operation[];
  /** Another remedy, for when this one does not apply. */
  readonly or?: Remedy;
}
