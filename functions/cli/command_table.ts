/**
 * Every command, once: parsing, help, shell completion and docs/cli.md derive from this table.
 *
 * @module
 */
import type { CommandSpec } from "./command_spec.ts";

/** The words that several commands share as their first one. */
export const COMMAND_GROUPS: Readonly<Record<string, Pick<CommandSpec, "group" | "summary">>> = {
  quarantine: { group: "Inspect", summary: "List, show or retry rows that could not be loaded" },
};

/** Shells that a completion script can be written for. */
export const SHELLS = ["bash", "zsh", "fish"] as const;

const ENDS = ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL", "PROCESSED_URL"] as const;
/** Of a source that is not the database. */
const LOADING = [
  "WAREHOUSE_URL",
  "INGESTION_URL",
  "PROCESSED_URL",
  "QUARANTINE_LIMIT",
  "REFERENCE_CURRENCY",
] as const;

/** The commands by name, in the order of the help. */
export const COMMANDS = {
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
  status: {
    group: "Inspect",
    summary: "Show how far each stage is and what differs from the specs",
    description: [
      "Shows the last commit that was extracted, transformed and loaded, the time of the source " +
      "snapshot that the warehouse reflects, how far exchange rates and files are, and every " +
      "difference between the source's schema and the specs.",
      "Use it first when something looks wrong. It changes nothing.",
    ],
    examples: [
      ["status", "Show the state of the pipeline."],
      ["status --json", "Print it for a script, as one JSON object."],
    ],
    settings: ENDS,
  },
  verify: {
    group: "Inspect",
    summary: "Compare every row and column of the warehouse with the source",
    description: [
      "Compares the current rows of the warehouse with the source, and with the documents of other " +
      "sources in the lake. Names the rows that differ. Exits with 1 if any row differs. It changes nothing.",
      "Use it after a change to the pipeline, after a replay, or to prove that nothing is missing. Rows " +
      "that changed since the last run count as different: use etl run first.",
    ],
    examples: [
      ["verify", "Compare the warehouse with the source."],
      ["verify --json", "Print the differences for a script, as one JSON object."],
    ],
    settings: ["SOURCE_URL", "WAREHOUSE_URL", "INGESTION_URL"],
  },
  "quarantine list": {
    group: "Inspect",
    summary: "List the rows in quarantine, with their reasons",
    description: [
      "Lists the rows that could not be loaded: the table, the key, the time and the reason.",
      "Use it when a run warns of rows in quarantine. Fix a row in the source, and the next run loads it. " +
      "A file that cannot be read is listed under its name.",
    ],
    examples: [
      ["quarantine list", "List every row in quarantine."],
      ["quarantine list --json", "Print them with their contents, as one JSON object."],
    ],
    settings: ["WAREHOUSE_URL"],
  },
  "quarantine show": {
    group: "Inspect",
    summary: "Show one row in quarantine, with its contents",
    description: [
      "Shows a row in quarantine as it was read from the source, and why it could not be loaded. Of a " +
      "file that cannot be read, it shows the size and checksum. Exits with 1 if the row is not in " +
      "quarantine.",
      "Use it to find what to fix in the source.",
    ],
    arguments: {
      table: { what: "The warehouse table, as etl quarantine list prints it" },
      key: { what: "The key of the row, as etl quarantine list prints it" },
    },
    examples: [
      ["quarantine show fact_sales_order 7", "Show the row with key 7."],
      ["quarantine show fact_sales_order 7 --json", "Print it as one JSON object."],
    ],
    settings: ["WAREHOUSE_URL"],
  },
  reconcile: {
    group: "Repair",
    summary: "Compare every row with the source and repair what differs",
    description: [
      "Compares every row of the warehouse with the source. Removes rows that were deleted in the " +
      "source and loads rows that are missing, through the lake like any other change. etl run does " +
      "this once an hour, and removes deleted rows every time.",
      "Use it to compare now, or to confirm that many rows were deleted on purpose after etl run " +
      "refused to remove them.",
    ],
    options: {
      "--keys": "Compare only which rows there are, which is several times faster",
    },
    examples: [
      ["reconcile", "Compare every row now."],
      ["reconcile --keys", "Prove that no row is missing, and none too many."],
    ],
    settings: [...ENDS, "QUARANTINE_LIMIT", "REFERENCE_CURRENCY"],
  },
  "quarantine retry": {
    group: "Repair",
    summary: "Try to load the rows in quarantine again",
    description: [
      "Compares every row with the source, releases the rows in quarantine that are valid now and drops " +
      "those that were deleted in the source.",
      "Use it after you fixed a transform or a spec. After a fix in the source, etl run is enough.",
    ],
    examples: [
      ["quarantine retry", "Release the rows that are valid now."],
      ["quarantine retry --json", "Print what was released, as one JSON object."],
    ],
    settings: [...ENDS, "QUARANTINE_LIMIT", "REFERENCE_CURRENCY"],
  },
  replay: {
    group: "Repair",
    summary: "Rebuild the warehouse from the lake, in another database",
    description: [
      "Loads the lake into an empty database: history, surrogate keys and quarantine are the same as in " +
      "the live warehouse, which stays as it is. An interrupted replay continues where it stopped.",
      "Use it after the loss of a warehouse, after damage to the processed zone, or after a change of " +
      "the specs or transforms (with --from-ingestion).",
    ],
    options: {
      "--into <url>": "The empty database to load; - reads its URL from standard input",
      "--into-env <name>": "The environment variable that holds the URL of this database",
      "--from-ingestion": "Transform the ingestion zone again, into a new processed zone",
      "--from <commit>": "Start at this commit of the processed zone",
      "--dry-run": "Print what would be done and check that every object exists",
    },
    examples: [
      ["replay --into-env TARGET_URL", "Load the lake into the database named by TARGET_URL."],
      [
        "replay --from-ingestion --into secretsmanager://totesys/warehouse_2",
        "Transform again with the current specs; take the URL from AWS Secrets Manager.",
      ],
    ],
    settings: [...ENDS, "QUARANTINE_LIMIT", "REFERENCE_CURRENCY"],
  },
  help: {
    group: "Command line",
    summary: "Show help for a command, or for the settings",
    description: [
      "Shows the commands, the help of one command, or every setting (help settings).",
    ],
    arguments: { "command...": { what: "A command, or settings", optional: true } },
    examples: [
      ["help replay", "Show what replay does and its options."],
      ["help settings", "Show every setting with an example."],
    ],
    settings: [],
  },
  completions: {
    group: "Command line",
    summary: "Print a completion script for your shell",
    description: [
      "Prints a script for your shell. It defines the command etl, short for deno task etl, and " +
      "completes its commands and options.",
      "Use it once, and load the script when your shell starts.",
    ],
    arguments: { shell: { what: "Your shell", choices: SHELLS } },
    examples: [
      ["completions bash > etl.bash", "Write the script. Then source it in ~/.bashrc."],
      ["completions fish > etl.fish", "Write the script. Then move it to ~/.config/fish/conf.d."],
    ],
    settings: [],
  },
} as const satisfies Readonly<Record<string, CommandSpec>>;

/** The name of a command. */
export type CommandName = keyof typeof COMMANDS;

/** The commands that work on a pipeline. */
export type PipelineCommand = Exclude<CommandName, "help" | "completions">;

/** Returns every command with its name. */
export function commandEntries(): [CommandName, CommandSpec][] {
  return Object.entries(COMMANDS) as [CommandName, CommandSpec][];
}

/** Returns the first words of all calls: commands of one word, then groups. */
export function topLevelEntries(): [string, Pick<CommandSpec, "group" | "summary">][] {
  const single = commandEntries().filter(([name]) => !name.includes(" "));
  return [...single, ...Object.entries(COMMAND_GROUPS)];
}

/** Returns the commands of a group. */
export function groupEntries(group: string): [CommandName, CommandSpec][] {
  return commandEntries().filter(([name]) => name.startsWith(`${group} `));
}
