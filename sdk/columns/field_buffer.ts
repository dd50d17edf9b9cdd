import type { Fields } from "./fields.ts";

/** The places of a chunk's fields. One buffer serves many chunks, one after another. */
export class FieldBuffer implements Fields {
  readonly width: number;
  bytes: Uint8Array = new Uint8Array(0);
  rows = 0;
  starts: Int32Array;
  ends: Int32Array;
  lines: Int32Array;
  odd: Uint8Array;

  /** Creates a buffer for rows of `width` fields. */
  constructor(width: number, rows = 256) {
    this.width = width;
    this.starts = new Int32Array(rows * width);
    this.ends = new Int32Array(rows * width);
    this.lines = new Int32Array(rows + 1);
    this.odd = new Uint8Array(rows);
  }

  /** Doubles the rows that there is room for. */
  grow(): void {
    const larger = new FieldBuffer(this.width, this.odd.length * 2);
    larger.starts.set(this.starts);
    larger.ends.set(this.ends);
    larger.lines.set(this.lines);
    larger.odd.set(this.odd);
    this.starts = larger.starts;
    this.ends = larger.ends;
    this.lines = larger.lines;
    this.odd = larger.odd;
  }
}
