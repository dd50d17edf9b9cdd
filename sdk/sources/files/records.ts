/**
 * What every format of file is read as.
 *
 * @module
 */

/** A number as the file has it, with a point: what is not text can have no other separator. */
export class ExactNumber {
  /** The digits: `3.94`, `-1.5e3`. */
  readonly text: string;

  /** Builds the number. */
  constructor(text: string) {
    this.text = text;
  }
}

/** A date or a time that the file has as such. */
export class ExactTime {
  /** `YYYY-MM-DD`, `HH:MM:SS[.ffffff]`, or both with a space. */
  readonly text: string;

  /** Builds the time. */
  constructor(text: string) {
    this.text = text;
  }
}

/** A value of a record. Undefined and null are NULL; an object is JSON that no column holds. */
export type Cell = string | boolean | null | undefined | ExactNumber | ExactTime | object;

/** Consecutive records of a file. */
export interface RecordBatch {
  /** The names of the cells. A later batch can have more. */
  readonly header: readonly string[];
  /** Whether no batch has another header. */
  readonly isFixed: boolean;
  /** Where the header, or the newest part of it, is: `line 1`. */
  readonly place: string;
  /** The cells of each record, in the order of the header; absent ones at the end are undefined. */
  readonly records: readonly (readonly Cell[])[];
}

/** The most characters of one record. */
export const MAX_RECORD = 2 ** 20;
