import type { FileFormat, FileSpec } from "../../../schemas/file_spec.ts";
import type { Model } from "../../../schemas/model.ts";
import type { SourceTableSpec } from "../../../schemas/table.ts";
import { sourceTable } from "../../derive/source_table.ts";
import { ConfigurationError } from "../../errors.ts";
import { dateReader } from "./dates.ts";
import { HeaderMap } from "./header.ts";
import { matcher } from "./pattern.ts";

/** A kind of file, ready to be used. */
export interface FileKind {
  readonly spec: FileSpec;
  readonly table: SourceTableSpec;
  readonly headers: HeaderMap;
  /** Returns whether a file of this name is of this kind. */
  matches(name: string): boolean;
}

/**
 * Returns the kinds of files of a model, whose tables are those of a source.
 *
 * @throws {ConfigurationError} when a kind names a table or a column that does not exist, or a format of
 * dates is not one.
 */
export function fileKinds(specs: readonly FileSpec[], model: Model): FileKind[] {
  return specs.map((spec) => {
    const table = sourceTable(model, spec.table);
    for (const [name, { date }] of Object.entries(spec.columns ?? {})) {
      const column = Object.hasOwn(table.columns, name) ? table.columns[name] : undefined;
      if (!column || name === table.key) fail(spec, `${name} is not a column of ${table.name}`);
      if (date === undefined) continue;
      if (column?.type !== "date") fail(spec, `${name} is not a date`);
      if (!dateReader(date)) fail(spec, `${date} is not a format of dates`);
    }
    const headers = new HeaderMap(spec, table);
    return { spec, table, headers, matches: matcher(spec.pattern) };
  });
}

function fail({ pattern }: FileSpec, problem: string): never {
  throw new ConfigurationError(`the files ${pattern}: ${problem}`, { stage: "configuration" });
}

const FORMATS: Readonly<Partial<Record<string, FileFormat>>> = {
  csv: "csv",
  tsv: "csv",
  tab: "csv",
  txt: "csv",
  json: "json",
  jsonl: "jsonl",
  ndjson: "jsonl",
  parquet: "parquet",
};

/** Returns the format of a file of a kind; undefined when its name does not say it. */
export function formatOf({ format }: FileSpec, name: string): FileFormat | undefined {
  const ending = /\.([^./]+)(?:\.gz)?$/i.exec(name)?.[1] ?? "";
  return format ?? FORMATS[ending.toLowerCase()];
}
