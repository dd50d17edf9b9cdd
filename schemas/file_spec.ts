/** How the records of a file are written. */
export type FileFormat = "csv" | "json" | "jsonl" | "parquet";

/** The character encoding of a text file. */
export type FileEncoding = "utf-8" | "utf-16le" | "utf-16be" | "windows-1252";

/** A column of a table, as files have it. */
export interface FileColumn {
  /** Its headers in files; the column's name when omitted. Case, spaces, `-` and `_` do not count. */
  readonly header?: string | readonly string[];
  /**
   * The format of a date, of `YYYY`, `MM` and `DD` and any characters between them: `DD/MM/YYYY`. `YYYY-MM` is
   * the first day of the month. `YYYY-MM-DD` when omitted.
   */
  readonly date?: string;
}

/** One kind of file. Everything that is not said here follows from the table. */
export interface FileSpec {
  /** The source table of the records. */
  readonly table: string;
  /**
   * The names of the files, from the folder: `*` is any part of a name, `**` also any folders, `?` a character,
   * and `{csv,txt}` a choice. Capital and small letters are the same.
   */
  readonly pattern: string;
  /** The format; when omitted, the end of the name says it: `.csv`, `.json.gz`. */
  readonly format?: FileFormat;
  /** Columns whose header or format is not the default. The key is never in the file. */
  readonly columns?: Readonly<Record<string, FileColumn>>;
  /** Headers that are left out. Any other header that is no column refuses the file. */
  readonly ignore?: readonly string[];
  /** The delimiter of a CSV file; when omitted, the one that its header has. */
  readonly delimiter?: "," | ";" | "\t" | "|";
  /** The decimal separator of numbers; when omitted, the first number that leaves no doubt says it. */
  readonly decimal?: "." | ",";
  /** The encoding of a text file without a byte order mark; UTF-8 when omitted. */
  readonly encoding?: FileEncoding;
}
