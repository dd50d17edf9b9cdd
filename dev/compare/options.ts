import { parseArgs } from "node:util";

/** What to compare, and how to print it. */
export interface CompareOptions {
  /** Sales orders to load. */
  readonly rows: number;
  /** First loads of each tool to take the median of. */
  readonly runs: number;
  /** The format of the result. */
  readonly format: "text" | "json" | "markdown";
  /** Compares only tools whose names contain one of these words. */
  readonly only: readonly string[];
}

/** How to call the comparison. */
export const USAGE = `usage: deno task compare [options]

  --rows N      sales orders to load (default 1000000, at least 10000)
  --runs N      first loads of each tool to take the median of (default 3)
  --only WORDS  compare tools whose names contain one of these words, separated by commas
  --json        print one JSON document
  --markdown    print the table in Markdown`;

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
      markdown: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  if (values.json && values.markdown) throw new TypeError("--json or --markdown, not both");
  return {
    rows: whole("--rows", values.rows, LEAST_ROWS),
    runs: whole("--runs", values.runs, 1),
    format: values.json ? "json" : values.markdown ? "markdown" : "text",
    only: values.only.split(",").map((word) => word.trim()).filter(Boolean),
  };
}

function whole(option: string, text: string, least: number): number {
  const number = /^\d+$/.test(text) ? Number(text) : NaN;
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new TypeError(`${option} is a number from ${least} up`);
}
