import type { FileFormat, FileSpec } from "../../../schemas/file_spec.ts";
import { salesTarget } from "../../../schemas/source/sales_target.ts";
import type { AnyRow, SourceTableSpec } from "../../../schemas/table.ts";
import { RefusedDocumentError } from "../../../sdk/errors.ts";
import { fileKinds } from "../../../sdk/sources/files/file_kind.ts";
import { readFile } from "../../../sdk/sources/files/read_file.ts";
import { readRows } from "../../../sdk/sources/files/read_rows.ts";

/** What is read, and how. */
export interface ReadingOptions {
  readonly format?: FileFormat;
  readonly spec?: Partial<FileSpec>;
  readonly table?: SourceTableSpec;
  /** The bytes of each chunk; all at once when omitted. */
  readonly chunk?: number;
}

/** The kind of file of the sales targets, in any table. */
export const TARGETS: Partial<FileSpec> = { columns: { month: { date: "YYYY-MM" } } };

/** Returns the rows of a file's content, without the key. */
export async function rowsOfContent(
  content: string | Uint8Array,
  options: ReadingOptions = {},
): Promise<AnyRow[]> {
  const { format = "csv", table = salesTarget, chunk = Infinity } = options;
  const spec: FileSpec = { table: table.name, pattern: "**", ...options.spec ?? TARGETS };
  const [kind] = fileKinds([spec], { source: [table], warehouse: [] });
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const file = {
    bytes: bytes.length,
    async *read({ start, end } = { start: 0, end: bytes.length }) {
      const size = Math.min(chunk, Math.max(end - start, 1));
      for (let at = start; at < end; at += size) yield bytes.slice(at, Math.min(at + size, end));
    },
  };
  const batches = readFile(file, format, kind);
  const rows = await Array.fromAsync(readRows(batches, { name: "f", format, ...kind }));
  return rows.flat().map(({ [table.key]: _key, ...row }) => row);
}

/** Returns why a file is refused; its rows if it is not. */
export async function refusalOf(
  content: string | Uint8Array,
  options?: ReadingOptions,
): Promise<string | AnyRow[]> {
  try {
    return await rowsOfContent(content, options);
  } catch (error) {
    if (error instanceof RefusedDocumentError) return error.message;
    throw error;
  }
}
