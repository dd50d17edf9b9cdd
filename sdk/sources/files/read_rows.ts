import type { FileFormat, FileSpec } from "../../../schemas/file_spec.ts";
import type { AnyRow, SourceTableSpec } from "../../../schemas/table.ts";
import type { Value } from "../../../schemas/columns.ts";
import { RefusedDocumentError } from "../../errors.ts";
import { dateReader } from "./dates.ts";
import type { HeaderMap } from "./header.ts";
import { NumberReader } from "./numbers.ts";
import type { Cell, RecordBatch } from "./records.ts";
import { refused } from "./refused.ts";
import { converter } from "./values.ts";

/** What {@linkcode readRows} needs to know about a file. */
export interface RowsOptions {
  /** The name of the file. */
  readonly name: string;
  readonly spec: FileSpec;
  readonly table: SourceTableSpec;
  readonly headers: HeaderMap;
  readonly format: FileFormat;
}

/** Digits of the number of a record in a key. */
const KEY_DIGITS = 12;

/**
 * Yields the rows of a file's records. The key of a row is the file's name and the number of the record.
 *
 * @throws {RefusedDocumentError} when the header does not fit the table, or numbers contradict one another.
 */
export async function* readRows(
  batches: AsyncIterable<RecordBatch>,
  { name, spec, table, headers, format }: RowsOptions,
): AsyncGenerator<AnyRow[]> {
  const numbers = new NumberReader(spec.decimal);
  const columns = Object.entries(table.columns).filter(([column]) => column !== table.key)
    .map(([column, columnSpec]) => {
      const pattern = spec.columns?.[column]?.date;
      const date = pattern === undefined
        ? undefined
        : { format: pattern, read: dateReader(pattern)! };
      const syntax = { numbers, date, emptyIsNull: format === "csv" };
      return { column, convert: converter(columnSpec, syntax) };
    });
  let count = 0;
  let known:
    | { readonly header: readonly string[]; readonly places: Map<string, number> }
    | undefined;
  const rowOf = (record: readonly Cell[], fields: readonly Field[]): AnyRow => {
    const row: Record<string, Value> = { [table.key]: `${name}/${padded(++count)}` };
    try {
      for (const { column, convert, place } of fields) row[column] = convert(record[place]);
    } catch (error) {
      if (!(error instanceof RefusedDocumentError)) throw error;
      throw refused(`record ${count}: ${error.message}`, error);
    }
    return row;
  };
  for await (const batch of batches) {
    if (known?.header.length !== batch.header.length) {
      known = { header: batch.header, places: headers.places(batch) };
    }
    const { places } = known;
    const fields = columns.map((field) => ({ ...field, place: places.get(field.column) ?? -1 }));
    if (batch.records.length > 0) yield batch.records.map((record) => rowOf(record, fields));
  }
}

interface Field {
  readonly column: string;
  readonly convert: (cell: Cell) => Value;
  /** The place in the record; -1 if the file does not have the column. */
  readonly place: number;
}

function padded(number: number): string {
  return String(number).padStart(KEY_DIGITS, "0");
}
