import type { CommandSpec } from "../command_spec.ts";
import { ENDS } from "./ends.ts";

/** The commands that repair the warehouse. */
export const REPAIR_COMMANDS = {
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
} as const satisfies Readonly<Record<string, CommandSpec>>;
