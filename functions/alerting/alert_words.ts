import type { Remedy } from "../../sdk/mod.ts";

/** A label and its value. */
export type Fact = readonly [label: string, value: string];

/** An alert in words. Names from the source are in it as they are: escape them for the medium. */
export interface AlertWords {
  /** The problem in a line. */
  readonly title: string;
  /** The end of the problem in a line. */
  readonly resolved: string;
  /** What happened, in sentences. */
  readonly happened: string;
  /** What it means for the data, in sentences. */
  readonly meaning: string;
  /** The remedy. */
  readonly next: Remedy;
  /** The details. */
  readonly facts: readonly Fact[];
}
