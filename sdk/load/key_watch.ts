/**
 * Watches the keys of rows on their way into a table, in the order in which a first load reads keys:
 * numbers by value, texts by their bytes.
 *
 * @module
 */
import type { ColumnSpec } from "../../schemas/columns.ts";
import type { Column } from "../columns/column.ts";
import type { TextsColumn } from "../columns/texts.ts";

/** What was seen of the keys. */
export interface KeyWatch {
  /** Whether each key is greater than the greatest one of the table. */
  readonly isNew: boolean;
  /** Whether each key is greater than those before it: then none repeats. */
  readonly isAscending: boolean;
  /** The greatest key so far, as text; null when there is none. */
  readonly greatest: string | null;
  /** Looks at the keys of rows. */
  add(column: Column, rows: number): void;
}

/** Returns a key as SQL that sorts in this order; undefined for a type that has none here. */
export function orderedKey({ type }: ColumnSpec, key: string): string | undefined {
  if (type === "integer" || type === "bigint") return key;
  return type === "text" ? `${key}::text COLLATE "C"` : undefined;
}

/** Returns what watches keys. `greatest` is the table's greatest key as text; null when it is empty. */
export function keyWatch({ type }: ColumnSpec, greatest: string | null): KeyWatch {
  if (type === "text") return new TextWatch(greatest);
  if (greatest === null) return new NumberWatch(-Infinity);
  return new NumberWatch(type === "bigint" ? BigInt(greatest) : Number(greatest));
}

class NumberWatch implements KeyWatch {
  isNew = true;
  isAscending = true;
  readonly #loaded: number | bigint;
  #greatest: number | bigint;

  constructor(loaded: number | bigint) {
    this.#loaded = this.#greatest = loaded;
  }

  get greatest(): string | null {
    return this.#greatest === -Infinity ? null : String(this.#greatest);
  }

  add(column: Column, rows: number): void {
    const { values } = column as Column & { readonly storage: "int32" | "int64" };
    let greatest = this.#greatest;
    for (let row = 0; row < rows; row++) {
      const key = values[row];
      if (key > greatest) greatest = key;
      else {
        this.isAscending = false;
        this.isNew &&= key > this.#loaded;
      }
    }
    this.#greatest = greatest;
  }
}

class TextWatch implements KeyWatch {
  isNew = true;
  isAscending = true;
  readonly #loaded: Uint8Array | null;
  #greatest: Uint8Array | null;

  constructor(loaded: string | null) {
    this.#loaded = this.#greatest = loaded === null ? null : new TextEncoder().encode(loaded);
  }

  get greatest(): string | null {
    return this.#greatest && new TextDecoder().decode(this.#greatest);
  }

  add(column: Column, rows: number): void {
    for (let row = 0; row < rows; row++) {
      const key = bytesAt(column as TextsColumn, row);
      if (isGreater(key, this.#greatest)) this.#greatest = key;
      else {
        this.isAscending = false;
        this.isNew &&= isGreater(key, this.#loaded);
      }
    }
    // The column's memory is used again for the next rows.
    this.#greatest &&= this.#greatest.slice();
  }
}

function bytesAt(column: TextsColumn, row: number): Uint8Array {
  if (column.storage === "dictionary") return bytesAt(column.values, column.codes[row]);
  return column.bytes.subarray(column.offsets[row], column.offsets[row + 1]);
}

/** Returns whether bytes sort after others; null sorts first. */
function isGreater(bytes: Uint8Array, other: Uint8Array | null): boolean {
  if (other === null) return true;
  for (let i = 0; i < bytes.length; i++) {
    if (i === other.length) return true;
    if (bytes[i] !== other[i]) return bytes[i] > other[i];
  }
  return false;
}
