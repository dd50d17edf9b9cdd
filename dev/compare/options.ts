import { parseArgs } from "node:util";
import { type Format, formatOf, wholeNumber } from "../measure/options.ts";

/** What to compare, and how to print it. */
export interface CompareOptions {
  /** Sales orders to load. */
  readonly rows: number;
  /** First loads of each tool to take the median of. */
  readonly runs: number;
  /** The format of the result. */
  readonly format: Format;
  /** Compares only tools whose names contain one of these words. */
  readonly only: readonly string[];
}

/** How to call the comparison. */
export const USAGE = `usage: deno task compare [options]

  --rows N      sales orders to load (default 1000000, at least 10000)
  --runs N      first loads of each tool to take the median of (default 3)
  --only WORDS  compare tools whose names contain one of these words, separated by commas
  --json        print one JSON document
  --write       put the tables into the pages that quote this command`;

const LEAST_ROWS = 10_000;

/**
 * Reads the options. Returns undefined for `--help`.
 *
 * @throws {TypeError} when an option is unknown or has a wrong value.
 */
export function readCompareOptions(args: readonly string[]): CompareOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: "string", default: "1000000" },
      runs: { type: "string", default: "3" },
      only: { type: "string", default: "" },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  return {
    rows: wholeNumber("--rows", values.rows, LEAST_ROWS),
    runs: wholeNumber("--runs", values.runs, 1),
    format: formatOf(values),
    only: values.only.split(",").map((word) => word.trim()).filter(Boolean),
  };
}
