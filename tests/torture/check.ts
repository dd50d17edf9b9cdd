/** What was compared, and what differs. */
export interface Check {
  /** What was compared. */
  readonly what: string;
  /** How many of them. */
  readonly compared: number;
  /** What differs, each in words. */
  readonly differences: readonly string[];
}
