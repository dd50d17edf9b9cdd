/**
 * Remedies of the SDK as text for an operator: operations become commands, options become settings.
 *
 * @module
 */
import type { Operation, Remedy } from "../sdk/remedy.ts";
import { assertNever } from "../sdk/assert_never.ts";
import { PIPELINE_SETTINGS } from "./settings/pipeline.ts";

/** What the command line calls the SDK's options. */
const SETTING_OF: Readonly<Record<string, string>> = {
  ...PIPELINE_SETTINGS,
  into: "--into",
  from: "--from",
};

/** Returns the command that runs an operation. */
export function commandOf(operation: Operation): string {
  return `deno task etl ${argumentsOf(operation)}`;
}

function argumentsOf(operation: Operation): string {
  switch (operation.name) {
    case "run":
      return operation.quarantineLimit === undefined
        ? "run"
        : `run --quarantine-limit ${operation.quarantineLimit}`;
    case "extract":
      return "extract --full";
    case "replay":
      return "replay --from-ingestion --into URL";
    case "listQuarantine":
      return "quarantine list";
    case "reconcile":
    case "verify":
    case "status":
      return operation.name;
    default:
      return assertNever(operation);
  }
}

/** Returns a remedy in one line. */
export function remedyText({ condition, advice, operations = [], or }: Remedy): string {
  const words = advice?.replace(/`(\w+)`/g, (quoted, name) => SETTING_OF[name] ?? quoted);
  const commands = operations.map(commandOf).join(" && ");
  const steps = [words, commands].filter(Boolean).join(", then: ");
  const own = condition === undefined ? steps : `if ${condition}: ${steps}`;
  if (!or) return own;
  return `${own}; or${or.condition === undefined ? " " : ", "}${remedyText(or)}`;
}
