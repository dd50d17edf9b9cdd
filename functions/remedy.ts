/**
 * Remedies of the SDK as text for an operator: operations become commands, options become settings.
 *
 * @module
 */
import type { Operation, Remedy } from "../sdk/remedy.ts";
import { assertNever } from "../sdk/assert_never.ts";
import { PIPELINE_SETTINGS } from "./settings/pipeline.ts";

/** The settings of the command line, by option of the SDK. */
const SETTING_OF: Readonly<Record<string, string>> = {
  ...PIPELINE_SETTINGS,
  urls: "RATES_URL",
  base: "RATES_BASE",
  url: "FILES_URL",
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
    case "runSource":
      return operation.source;
    case "extract":
      return "extract --full";
    case "replay":
      return "replay --from-ingestion --into-env TARGET_URL";
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

/** A remedy without its alternatives. */
export interface RemedyStep {
  /** When it applies: the clause after "if". */
  readonly condition?: string;
  /** What to do by hand, as an imperative clause. */
  readonly advice?: string;
  /** The commands to run after that, in order. */
  readonly commands: readonly string[];
}

/** Returns a remedy and its alternatives, in order. */
export function remedySteps({ condition, advice, operations = [], or }: Remedy): RemedyStep[] {
  const words = advice?.replace(/`(\w+)`/g, (quoted, name) => SETTING_OF[name] ?? quoted);
  const step = { condition, advice: words, commands: operations.map(commandOf) };
  return or ? [step, ...remedySteps(or)] : [step];
}

/** Returns a remedy and its alternatives, a line each. */
export function remedyLines(remedy: Remedy): string[] {
  return remedySteps(remedy).map(({ condition, advice, commands }, place) => {
    const steps = [advice, commands.join(" && ")].filter(Boolean).join(", then: ");
    const own = condition === undefined ? steps : `if ${condition}: ${steps}`;
    if (place === 0) return own;
    return condition === undefined ? `or ${own}` : `or, ${own}`;
  });
}

/** Returns a remedy in one line. */
export function remedyText(remedy: Remedy): string {
  return remedyLines(remedy).join("; ");
}
