import { parseArgs } from "node:util";
import { type Format, formatOf, wholeNumber } from "../measure/options.ts";

/** Rows that a tick changes. */
export const CHANGES = 1000;

/** What is measured after the first load, in this order. */
export const SCENARIOS = ["stages", "replay", "reconcile", "ticks", "start", "pages"] as const;

/** The name of a scenario. */
export type ScenarioName = typeof SCENARIOS[number];

/** What to measure. */
export interface BenchOptions {
  /** Rows to load. */
  readonly rows: number;
  /** Rows of 20 kB of text instead of orders. */
  readonly wide: boolean;
  /** Milliseconds that a byte takes in each direction; 0 for servers on this machine. */
  readonly distance_ms: number;
  /** Keeps the lake on S3, which moto emulates, instead of in files. */
  readonly s3: boolean;
  /** First loads to take the median of. */
  readonly runs: number;
  /** What to measure after the first load. */
  readonly scenarios: readonly ScenarioName[];
  /** The format of the result. */
  readonly format: Format;
}

/** How to call the bench. */
export const USAGE = `usage: deno task bench [options]

  --rows N       rows to load (default 1000000, or 100000 with --wide; at least ${CHANGES})
  --wide         rows of 20 kB of text instead of orders
  --distance MS  delay every byte to and from the databases and S3 by MS milliseconds
  --s3           keep the lake on S3, which moto_server emulates
  --runs N       first loads to take the median of (default 3; 1 from 2,000,000 rows)
  --only NAMES   after the first load, measure only these: ${SCENARIOS.join(",")}
  --json         print one JSON document
  --write        put the tables into the pages that quote this command`;

/**
 * Reads the options. Returns undefined for `--help`.
 *
 * @throws {TypeError} when an option is unknown or has a wrong value.
 */
export function readBenchOptions(args: readonly string[]): BenchOptions | undefined {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: "string" },
      wide: { type: "boolean", default: false },
      distance: { type: "string", default: "0" },
      s3: { type: "boolean", default: false },
      runs: { type: "string" },
      only: { type: "string", default: SCENARIOS.join(",") },
      json: { type: "boolean", default: false },
      write: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return undefined;
  const { wide, s3 } = values;
  const rows = wholeNumber("--rows", values.rows ?? (wide ? "100000" : "1000000"), CHANGES);
  return {
    rows,
    wide,
    distance_ms: wholeNumber("--distance", values.distance, 0),
    s3,
    runs: wholeNumber("--runs", values.runs ?? (rows >= 2_000_000 || wide ? "1" : "3"), 1),
    scenarios: values.only.split(",").filter(Boolean).map(scenario),
    format: formatOf(values),
  };
}

function scenario(name: string): ScenarioName {
  const found = SCENARIOS.find((scenario) => scenario === name);
  if (found) return found;
  throw new TypeError(`--only takes ${SCENARIOS.join(", ")}`);
}
