import type { FileFormat } from "../../../schemas/file_spec.ts";
import type { ByteRange } from "../../lake/store.ts";
import { readCsv } from "./csv.ts";
import type { FileKind } from "./file_kind.ts";
import { readJson, readJsonLines } from "./json.ts";
import { readParquetFile } from "./parquet.ts";
import type { RecordBatch } from "./records.ts";
import { readText } from "./text.ts";

/** The content of a file. */
export interface FileContent {
  /** Size in bytes. */
  readonly bytes: number;
  /** Reads it, or a part of it. */
  read(range?: ByteRange): AsyncIterable<Uint8Array>;
}

/**
 * Yields the records of a file.
 *
 * @throws {RefusedDocumentError} when the file is not of this format.
 */
export function readFile(
  { bytes, read }: FileContent,
  format: FileFormat,
  { spec, table, headers }: Pick<FileKind, "spec" | "table" | "headers">,
): AsyncIterable<RecordBatch> {
  const text = () => readText(read(), spec.encoding);
  switch (format) {
    case "csv": {
      const isKnown = (header: string) => headers.columnOf(header) !== undefined;
      return readCsv(text(), { delimiter: spec.delimiter, isKnown });
    }
    case "json":
      return readJson(text());
    case "jsonl":
      return readJsonLines(text());
    case "parquet": {
      const columnOf = (header: string) => table.columns[headers.columnOf(header) ?? ""];
      return readParquetFile({ bytes, read, columnOf });
    }
  }
}
