import type { SourceTableSpec } from "../../schemas/table.ts";
import type { Fields } from "../columns/fields.ts";
import { jsonScanner } from "../columns/json_scanner.ts";
import { wholeRows } from "../columns/whole_rows.ts";
import type { DataObject } from "../lake/commit.ts";
import { damagedObject } from "../lake/damage.ts";
import { readObject } from "../lake/data_objects.ts";
import type { ObjectStore } from "../lake/store.ts";
import { upgradeRow } from "./upgrade_row.ts";

/** Some rows of a source table. Valid until the next chunk is requested. */
export interface SourceChunk {
  /** The places of the rows' fields, and which rows are odd. */
  readonly fields: Fields;
  /**
   * Returns a row as an object, in the shape of the current spec but not validated.
   *
   * @throws {DamagedObjectError} when the row is not JSON.
   */
  parse(row: number): unknown;
}

/** Returns the bytes of a chunk's rows. */
export function bytesOf({ fields: { rows, lines } }: SourceChunk): number {
  return lines[rows] - lines[0];
}

/**
 * Yields the rows of a JSONL object, given the columns that its batch `read`.
 *
 * @throws {DamagedObjectError} when the object is not what the commit names. The check comes after the
 * last chunk.
 * @throws {LakeError} when the store cannot be read.
 */
export async function* sourceChunks(
  store: ObjectStore,
  object: DataObject,
  table: SourceTableSpec,
  read: readonly string[],
): AsyncGenerator<SourceChunk> {
  const scan = jsonScanner(table, read);
  const upgrade = upgradeRow(table, read);
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const damaged = (problem: string, cause?: unknown) => damagedObject(object.key, problem, cause);
  let before = 0;
  for await (const rows of wholeRows(readObject(store, object), damaged)) {
    const fields = scan(rows);
    const parse = (row: number) => {
      const { bytes, lines } = fields;
      const text = decoder.decode(bytes.subarray(lines[row], lines[row + 1] - 1));
      try {
        return upgrade(JSON.parse(text));
      } catch (cause) {
        throw damaged(`has a line that is not JSON: line ${before + row + 1}`, cause);
      }
    };
    yield { fields, parse };
    before += fields.rows;
  }
}
