/** A commit as JSON, before it is checked. */
export type CommitJson = Readonly<Record<string, unknown>>;

/** One step that turns commits of a format into commits of the next one. */
export interface Upgrade {
  /** The format that it reads: 1, 2, 3 and so on, without gaps. It returns the next one. */
  readonly from: number;
  /** What the next format adds or changes, as in the name of the step's file. */
  readonly name: string;
  /** Returns the commit in the next format, without `format` itself. A released step never changes. */
  readonly upgrade: (commit: CommitJson) => CommitJson;
}
