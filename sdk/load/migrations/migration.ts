/** One step that changes the control tables of a warehouse. */
export interface Migration {
  /** Its number: 1, 2, 3 and so on, without gaps. */
  readonly version: number;
  /** What it adds or changes, as in the name of its file. */
  readonly name: string;
  /** The SQL, run in order in one transaction. A released step never changes. */
  readonly statements: readonly string[];
}
