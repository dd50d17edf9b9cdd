import type { CommandSpec } from "../command_spec.ts";
import { ENDS } from "./ends.ts";

/** The settings of a source that is not the database. */
const LOADING = [
  "WAREHOUSE_URL",
  "INGESTION_URL",
  "PROCESSED_URL",
  "QUARANTINE_LIMIT",
  "REFERENCE_CURRENCY",
] as const;

/** The commands that move rows. */
export const PIPELINE_COMMANDS = {
  run: {
    group: "Run the pipeline",
    summary: "Extract, transform and load what changed in the source",
    description: [
      "Extracts the rows that changed since the last run, transforms them and loads them into the " +
      "warehouse. Once an hour, it also compares every row with the source and repairs what differs.",
      "Use it on a schedule, every minute or so. A run that failed or was interrupted needs no " +
      "cleaning up: the next run continues from there. etl rates and etl files load the other sources.",
    ],
    examples: [
      ["run", "Bring the warehouse up to date."],
      ["run --quarantine-limit 20", "Accept up to 20 % invalid rows in each table of a batch."],
    ],
    settings: [
      ...ENDS,
      "RECONCILE_MINUTES",
      "QUARANTINE_LIMIT",
      "CHUNK_ROWS",
      "REFERENCE_CURRENCY",
    ],
  },
  extract: {
    group: "Run the pipeline",
    summary: "Extract what changed in the source into the ingestion zone",
    description: [
      "Reads the rows that changed since the last extraction, in one snapshot, and commits them to the " +
      "ingestion zone as JSON Lines.",
      "Use it to run the stages one by one, or with --full to read every row again: after the source " +
      "was moved or restored, or when a damaged object of the lake must be replaced.",
    ],
    options: {
      "--full": "Read every row again, even if the source is another database than before",
    },
    examples: [
      ["extract", "Extract the changes; transform and load them later."],
      ["extract --full", "Read every row again."],
    ],
    settings: ["SOURCE_URL", "INGESTION_URL", "CHUNK_ROWS"],
  },
  transform: {
    group: "Run the pipeline",
    summary: "Transform new ingestion commits into Parquet",
    description: [
      "Transforms every ingestion commit that has no processed commit yet, in order, and commits the " +
      "result to the processed zone as Parquet. Needs no database.",
      "Use it to run the stages one by one, for example on another machine than the extraction.",
    ],
    examples: [
      ["transform", "Transform what was extracted."],
      ["transform --quarantine-limit 100", "Accept any number of invalid rows in a batch."],
    ],
    settings: ["INGESTION_URL", "PROCESSED_URL", "QUARANTINE_LIMIT"],
  },
  load: {
    group: "Run the pipeline",
    summary: "Load new processed commits into the warehouse",
    description: [
      "Applies every processed commit that the warehouse does not have yet, each in one transaction. " +
      "Creates the tables of an empty warehouse.",
      "Use it to run the stages one by one, or to load the same lake into another warehouse.",
    ],
    examples: [
      ["load", "Load what was transformed."],
      ["load --warehouse-url secretsmanager://totesys/warehouse_2", "Load another warehouse."],
    ],
    settings: ["PROCESSED_URL", "WAREHOUSE_URL", "REFERENCE_CURRENCY"],
  },
  rates: {
    group: "Run the pipeline",
    summary: "Load new exchange rates",
    description: [
      "Fetches the exchange rates of each day since the last one, and loads them into " +
      "fact_exchange_rate through the lake. A day without rates is tried again for three days, then " +
      "recorded as a gap.",
      "Use it on a schedule, a few times a day. With --from, it loads earlier days, and asks again for days " +
      "with a gap or a rate in quarantine. After a failure, the next run continues.",
    ],
    options: {
      "--from <date>": "Load every day from this one on, YYYY-MM-DD",
    },
    examples: [
      ["rates", "Load the rates of the days since the last run."],
      ["rates --from 2026-11-01", "Load the rates since the first of November 2026."],
    ],
    settings: ["RATES_URL", "RATES_BASE", ...LOADING],
  },
  files: {
    group: "Run the pipeline",
    summary: "Load new and changed files",
    description: [
      "Loads the new and changed files of a folder or bucket, each exactly once. A new version of a " +
      "file replaces the rows of the old one. A file that cannot be read goes to quarantine as a whole.",
      "Use it on a schedule, every few minutes, or after you dropped a file. A file that is still " +
      "being written is left for the next run.",
    ],
    examples: [
      ["files", "Load what is new in the folder."],
      ["files --json", "Print what became of each file, as one JSON object."],
    ],
    settings: ["FILES_URL", ...LOADING],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;
