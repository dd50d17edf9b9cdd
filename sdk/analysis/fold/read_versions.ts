import type { Value } from "../../../schemas/columns.ts";
import type { WarehouseTableSpec } from "../../../schemas/table.ts";
import type { ColumnBatch } from "../../columns/column.ts";
import { gather } from "../../columns/gather.ts";
import { openParquetColumns, type ParquetColumns } from "../../lake/parquet/columns_reader.ts";
import { rowReader } from "../../lake/parquet/read_parquet.ts";
import { conformed } from "./conform.ts";
import type { PlacedObject } from "./fold_lake.ts";
import type { FoundRows } from "./versions.ts";

/** Rows that are yielded together. */
const BATCH_ROWS = 1_000;

/** A row of a table and its place among the versions. */
export interface PlacedRows {
  readonly rows: Record<string, Value>[];
  /** The place of the first of them; the others follow. */
  readonly place: number;
}

/**
 * Yields the rows of versions, in the order of their objects. One row group is in memory at a time.
 *
 * @throws {DamagedObjectError} when an object has been damaged since the versions were found.
 * @throws {LakeError} when the lake cannot be read.
 */
export async function* readVersions(
  table: WarehouseTableSpec,
  objects: readonly PlacedObject[],
  found: FoundRows,
): AsyncGenerator<PlacedRows> {
  const read = rowReader(table);
  const opened = openInOrder(table, objects, numbersOf(found));
  for (let place = 0; place < found.count;) {
    const number = found.object(place);
    let first = 0;
    for await (const batch of conformed(await opened(), table)) {
      const start = place;
      while (isIn(found, place, number, first + batch.rows)) place++;
      const indexes = Int32Array.from(
        { length: place - start },
        (_, i) => found.row(start + i) - first,
      );
      first += batch.rows;
      if (indexes.length === 0) continue;
      const selected = indexes.length === batch.rows ? batch : select(batch, indexes);
      for (let from = 0; from < selected.rows; from += BATCH_ROWS) {
        const count = Math.min(BATCH_ROWS, selected.rows - from);
        yield { rows: read(selected, from, count), place: start + from };
      }
    }
  }
}

/** Returns the numbers of the objects that have versions, in order. */
function numbersOf(found: FoundRows): number[] {
  const numbers: number[] = [];
  for (let place = 0; place < found.count; place++) {
    const number = found.object(place);
    if (number !== numbers.at(-1)) numbers.push(number);
  }
  return numbers;
}

/** Objects that are read at the same time: each read of a remote store takes a round trip. */
const OPENED = 8;
/** Larger objects are read when it is their turn. */
const SMALL_BYTES = 2 ** 20;

/** Returns a function that returns the next object each time. Small ones are read ahead. */
function openInOrder(
  table: WarehouseTableSpec,
  objects: readonly PlacedObject[],
  numbers: readonly number[],
): () => Promise<ParquetColumns> {
  const opening: Promise<ParquetColumns>[] = [];
  let next = 0;
  const open = () => {
    const { store, object } = objects[numbers[next++]];
    const columns = openParquetColumns(store, object, table);
    columns.catch(() => {}); // thrown when it is its turn
    opening.push(columns);
  };
  return () => {
    if (opening.length === 0) open();
    while (
      opening.length < OPENED && next < numbers.length &&
      objects[numbers[next]].object.bytes <= SMALL_BYTES
    ) open();
    return opening.shift()!;
  };
}

function isIn(found: FoundRows, place: number, object: number, end: number): boolean {
  return place < found.count && found.object(place) === object && found.row(place) < end;
}

function select({ columns }: ColumnBatch, indexes: Int32Array): ColumnBatch {
  const rows = indexes.length;
  return { rows, columns: columns.map((column) => gather(column, indexes, rows)) };
}
