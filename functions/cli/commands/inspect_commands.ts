import type { CommandSpec } from "../command_spec.ts";
import { ENDS } from "./ends.ts";

/** The commands that show something and change nothing. */
export const INSPECT_COMMANDS = {
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
  catalogue: {
    group: "Inspect",
    summary: "Show every table and column with its meaning and lineage",
    description: [
      "Prints the tables of the sources and of the warehouse as Markdown: what they hold, their columns with " +
      "type, meaning and the source columns that they are made of, diagrams, and example queries. It " +
      "connects to nothing.",
      "Use it to look up a column, or with --openlineage to give the lineage to a data catalogue. Datasets " +
      "are named after SOURCE_URL and WAREHOUSE_URL where these are set: host, port, database, and the schema " +
      "in search_path, else public.",
    ],
    options: {
      "--openlineage": "Print the lineage as OpenLineage events, a JSON object a line",
    },
    examples: [
      ["catalogue > catalogue.md", "Write the catalogue as a page."],
      ["catalogue --openlineage > lineage.jsonl", "Write the lineage for a data catalogue."],
    ],
    settings: [],
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
} as const satisfies Readonly<Record<string, CommandSpec>>;
