import type { ColumnSpec } from "../../../schemas/columns.ts";
import { assertNever } from "../../assert_never.ts";
import { DOT, ZERO } from "../../columns/ascii.ts";
import type { Column, ColumnBatch, Nulls } from "../../columns/column.ts";
import { withRoom } from "../../columns/growing_arrays.ts";
import { type TextsColumn, textsOf } from "../../columns/texts.ts";

/** What NULL counts as in each half. No value is both. */
const NULL_LOW = 0x5bd1_e995, NULL_HIGH = 0x1b87_3593;

/**
 * The contents of rows as 64 bits each. Rows that Postgres finds equal have the same: `3.9` is `3.90`. Two
 * versions of a row that differ have another one, but for one pair in 10^19.
 */
export class RowHashes {
  /** The halves of each row's hash. The next call of {@linkcode RowHashes.read} overwrites them. */
  low = new Int32Array(0);
  high = new Int32Array(0);

  /** Hashes the rows of a batch with columns of these specs. */
  read({ rows, columns }: ColumnBatch, specs: readonly ColumnSpec[]): void {
    this.low = withRoom(this.low, rows).fill(0);
    this.high = withRoom(this.high, rows).fill(0);
    columns.forEach((column, i) => this.#add(column, specs[i], rows));
  }

  #add(column: Column, spec: ColumnSpec, rows: number): void {
    switch (column.storage) {
      case "int32":
      case "boolean":
        return this.#addNumbers(column.values, column.nulls, 1, 0, rows);
      case "int64":
        this.#addNumbers(column.words, column.nulls, 2, 0, rows);
        return this.#addNumbers(column.words, column.nulls, 2, 1, rows);
      case "text":
      case "dictionary":
        return this.#addTexts(column, spec.type === "numeric", rows);
      default:
        return assertNever(column);
    }
  }

  #addNumbers(
    values: Int32Array | Uint8Array,
    nulls: Nulls,
    step: number,
    first: number,
    rows: number,
  ): void {
    const { low, high } = this;
    for (let row = 0, place = first; row < rows; row++, place += step) {
      const isNull = nulls !== null && nulls[row] === 1;
      low[row] = mixLow(low[row], isNull ? NULL_LOW : values[place]);
      high[row] = mixHigh(high[row], isNull ? NULL_HIGH : values[place]);
    }
  }

  #addTexts(column: TextsColumn, isNumeric: boolean, rows: number): void {
    const { low, high } = this;
    const { nulls } = column;
    const { bytes, offsets, codes } = textsOf(column);
    for (let row = 0; row < rows; row++) {
      if (nulls !== null && nulls[row] === 1) {
        low[row] = mixLow(low[row], NULL_LOW);
        high[row] = mixHigh(high[row], NULL_HIGH);
        continue;
      }
      const text = codes === null ? row : codes[row];
      const start = offsets[text];
      const end = isNumeric ? endOfDecimal(bytes, start, offsets[text + 1]) : offsets[text + 1];
      let a = low[row], b = high[row];
      let word = end - start;
      for (let i = start; i < end; i++) {
        word = (word << 8 ^ word >>> 24) ^ bytes[i];
        if ((i - start & 3) !== 3) continue;
        a = mixLow(a, word);
        b = mixHigh(b, word);
        word = 0;
      }
      low[row] = mixLow(a, word);
      high[row] = mixHigh(b, word ^ end - start);
    }
  }
}

/** Returns where a decimal ends without the zeros at the end of its fraction. */
function endOfDecimal(bytes: Uint8Array, start: number, end: number): number {
  if (!bytes.subarray(start, end).includes(DOT)) return end;
  while (bytes[end - 1] === ZERO) end--;
  return bytes[end - 1] === DOT ? end - 1 : end;
}

// The mixing steps of MurmurHash3, with constants of their own for each half.
function mixLow(hash: number, value: number): number {
  const mixed = Math.imul(value, 0xcc9e_2d51);
  hash ^= Math.imul(mixed << 15 | mixed >>> 17, 0x1b87_3593);
  return Math.imul(hash << 13 | hash >>> 19, 5) + 0xe654_6b64 | 0;
}

function mixHigh(hash: number, value: number): number {
  const mixed = Math.imul(value, 0x85eb_ca6b);
  hash ^= Math.imul(mixed << 17 | mixed >>> 15, 0xc2b2_ae35);
  return Math.imul(hash << 11 | hash >>> 21, 5) + 0x561c_cd1b | 0;
}
