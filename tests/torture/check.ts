/** The result of one comparison. */
export interface Check {
  /** What was compared. */
  readonly what: string;
  /** Number of items compared. */
  readonly compared: number;
  /** The differences, described. */
  readonly differences: readonly string[];
}
