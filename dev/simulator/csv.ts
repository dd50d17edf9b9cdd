/**
 * Opens the CSV files of a dump: one per table, with a header line.
 *
 * @module
 */
import { ConfigurationError } from "../../sdk/errors.ts";
import { join } from "node:path";
import type { SourceTableSpec } from "../../schemas/table.ts";

/** An open file of a table. */
export interface CsvFile {
  /** The columns, in the file's order. */
  readonly columns: readonly string[];
  /** The file's bytes, header included. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Closes it unless it was read to its end. */
  close(): void;
}

const HEADER_BYTES = 65_536;

/**
 * Opens the file of a table.
 *
 * @throws {ConfigurationError} when the file is missing or its columns are not the table's.
 */
export async function openCsv(dir: string, table: SourceTableSpec): Promise<CsvFile> {
  const path = join(dir, `${table.name}.csv`);
  const columns = await header(path);
  const problems = [
    ...Object.keys(table.columns).filter((name) => !columns.includes(name)).map((name) =>
      `no column ${name}`
    ),
    ...columns.filter((name) => !(name in table.columns)).map((name) => `unknown column ${name}`),
  ];
  if (problems.length > 0) throw new ConfigurationError(`${path}: ${problems.join(", ")}`);
  const file = await Deno.open(path);
  let open = true;
  return {
    columns,
    chunks: async function* () {
      open = false; // the stream closes it
      yield* file.readable;
    }(),
    close: () => {
      if (open) file.close();
      open = false;
    },
  };
}

async function header(path: string): Promise<string[]> {
  using file = await Deno.open(path).catch((cause) => {
    throw new ConfigurationError(`cannot read ${path}: ${cause.message}`, { cause });
  });
  const buffer = new Uint8Array(HEADER_BYTES);
  const length = await file.read(buffer) ?? 0;
  // Some programs quote column names although they need no quotes.
  const [line] = new TextDecoder().decode(buffer.subarray(0, length)).split(/\r?\n/, 1);
  return line.split(",").map((name) => name.replace(/^"(.*)"$/, "$1"));
}
