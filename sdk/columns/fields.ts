/**
 * Where the fields of a chunk of rows are: the form between bytes (COPY text, JSON Lines) and columns.
 *
 * @module
 */

/** A chunk of whole rows, and the place of each of their fields. */
export interface Fields {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Fields of a row. Field `f` of row `r` is at `r * width + f` in `starts` and `ends`. */
  readonly width: number;
  /** The first byte of each field, without a quote; -1 for NULL. */
  readonly starts: Int32Array;
  /** The byte after each field. */
  readonly ends: Int32Array;
  /** Where each row starts, and where the last one ends. */
  readonly lines: Int32Array;
  /**
   * 1 for each row that fast code is not sure about. It has to be parsed by itself, and its places in
   * `starts` and `ends` mean nothing.
   */
  readonly odd: Uint8Array;
}
