/**
 * What each command of the command line does.
 *
 * @module
 */
import {
  extract,
  type ExtractResult,
  listQuarantine,
  load,
  previewReplay,
  type Progress,
  reconcile,
  type ReconcileResult,
  replay,
  run,
  status,
  transform,
  verify,
} from "../../sdk/mod.ts";
import { DELETION_LIMIT } from "../../sdk/operate/compare/mass_deletion.ts";
import type { Configuration } from "../settings/pipeline.ts";
import {
  describeExtraction,
  describeQuarantine,
  describeReconciliation,
  describeRun,
  describeSchema,
  describeVerification,
  skipNotes,
} from "./describe.ts";
import { describePreview, describeReplay } from "./describe_replay.ts";
import { plural, printableLines, sumOfRows, table as layOut } from "../format.ts";

/** What a command found: what to print, and the exit code. */
export interface Outcome {
  readonly record: unknown;
  readonly text: string;
  readonly code: 0 | 1;
}

/** The flags that only some commands take, as given: `from-ingestion` is true, `from` is `"12"`. */
export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/** Runs a command. */
export type Command = (
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
  args: readonly string[],
  flags: Flags,
) => Promise<Outcome>;

/** A command as the help lists it. */
interface Listed {
  readonly what: string;
  readonly usage?: string;
  readonly command: Command;
  /** The databases it asks for; all when omitted. What it does not use may be out of reach. */
  readonly databases?: readonly ("SOURCE_URL" | "WAREHOUSE_URL")[];
  /** The flags that are its own: those that are there or not, and those with a value. */
  readonly flags?: { readonly boolean?: readonly string[]; readonly string?: readonly string[] };
  /** Whether it takes these arguments. */
  accepts(args: readonly string[]): boolean;
}

const alone = (args: readonly string[]) => args.length === 0;

/** Every command, by name. */
export const COMMANDS: Readonly<Record<string, Listed>> = {
  run: { what: "one tick: extract, transform, load", command: runTick, accepts: alone },
  extract: {
    usage: "[--full]",
    what: "read what changed in the source into the ingestion zone, or everything",
    command: runExtract,
    databases: ["SOURCE_URL"],
    flags: { boolean: ["full"] },
    accepts: alone,
  },
  transform: {
    what: "turn new ingestion commits into Parquet",
    command: runTransform,
    databases: [],
    accepts: alone,
  },
  load: {
    what: "apply new processed commits to the warehouse",
    command: runLoad,
    databases: ["WAREHOUSE_URL"],
    accepts: alone,
  },
  verify: {
    what: "compare the warehouse with the source, row by row",
    command: runVerify,
    accepts: alone,
  },
  reconcile: {
    what: "compare, and repair what deltas cannot see: deleted rows",
    command: runReconcile,
    accepts: alone,
  },
  quarantine: {
    usage: "list | show TABLE KEY | retry",
    what: "rows that could not be loaded, and why",
    command: runQuarantine,
    accepts: ([verb, ...rest]) =>
      verb === "show" ? rest.length === 2 : ["list", "retry"].includes(verb) && alone(rest),
  },
  replay: {
    usage: "--into URL [--from-ingestion] [--from N] [--dry-run]",
    what: "build a warehouse anew from the lake, as it was processed or transformed again",
    command: runReplay,
    flags: { boolean: ["from-ingestion", "dry-run"], string: ["into", "from"] },
    accepts: alone,
  },
  status: { what: "say how far each stage has come", command: runStatus, accepts: alone },
};

async function runTick(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
): Promise<Outcome> {
  const result = await run({ ...configuration.pipeline, onProgress });
  return { record: result, text: describeRun(result), code: codeOf(result.extract) };
}

/** Tables that cannot be read fail a command, whatever it did about the others. */
function codeOf({ schema }: Pick<ExtractResult, "schema">): 0 | 1 {
  return schema.some(({ stops }) => stops) ? 1 : 0;
}

async function runExtract(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
  _args: readonly string[],
  { full }: Flags,
): Promise<Outcome> {
  const result = await extract({ ...configuration.extraction, full: full === true, onProgress });
  return { record: result, text: describeExtraction(result), code: codeOf(result) };
}

async function runTransform(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
): Promise<Outcome> {
  const result = await transform({ ...configuration.zones, onProgress });
  const text = `transformed ${plural(result.commits.length, "commit")}, ${
    plural(sumOfRows(result.commits), "row")
  }.`;
  return { record: result, text: [text, ...skipNotes(result.skipped)].join("\n"), code: 0 };
}

async function runLoad(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
): Promise<Outcome> {
  const result = await load({ ...configuration.loading, onProgress });
  const text = `loaded ${plural(result.commits.length, "commit")}, ${
    plural(sumOfRows(result.commits), "row")
  }; the warehouse is at commit ${result.sequence}.`;
  return { record: result, text: [text, ...skipNotes(result.skipped)].join("\n"), code: 0 };
}

async function runVerify(configuration: Configuration): Promise<Outcome> {
  const result = await verify(configuration.databases);
  return { record: result, text: describeVerification(result), code: result.equal ? 0 : 1 };
}

async function runReconcile(configuration: Configuration): Promise<Outcome> {
  return outcomeOf(await reconcile(configuration.pipeline));
}

function outcomeOf(result: ReconcileResult): Outcome {
  const code = result.outcome === "overtaken" ? 1 : codeOf(result);
  return { record: result, text: describeReconciliation(result), code };
}

async function runQuarantine(
  configuration: Configuration,
  _onProgress: unknown,
  [verb, table, key]: readonly string[],
): Promise<Outcome> {
  if (verb === "retry") return await retryQuarantined(configuration);
  const entries = await listQuarantine(configuration.warehouse, { table, key });
  const record = { entries };
  if (verb === "list") return { record, text: describeQuarantine(entries), code: 0 };
  return entries.length === 0
    ? { record, text: "no such row is in quarantine.", code: 1 }
    : { record, text: printableLines(JSON.stringify(entries, null, 2)), code: 0 };
}

async function retryQuarantined({ pipeline }: Configuration): Promise<Outcome> {
  // Who asks for rows to be let go of does not say that rows may vanish.
  const result = await reconcile({ ...pipeline, deletionLimit: DELETION_LIMIT });
  const outcome = outcomeOf(result);
  if (result.quarantined === 0) return outcome;
  const left = `still in quarantine: ${plural(result.quarantined, "row")}.`;
  return { ...outcome, text: `${outcome.text}\n${left}` };
}

async function runReplay(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
  _args: readonly string[],
  flags: Flags,
): Promise<Outcome> {
  const options = { ...configuration.replaying(flags), onProgress };
  if (flags["dry-run"]) {
    const plan = await previewReplay(options);
    return { record: plan, text: describePreview(plan), code: plan.missing.length > 0 ? 1 : 0 };
  }
  const result = await replay(options);
  return { record: result, text: describeReplay(result), code: 0 };
}

async function runStatus(configuration: Configuration): Promise<Outcome> {
  const result = await status(configuration.pipeline);
  const age = result.loaded === 0
    ? "nothing has been loaded yet"
    : result.fresh_as_of === null
    ? "a first load is under way"
    : `the warehouse shows the source as of ${result.fresh_as_of}`;
  const stages: [string, number][] = [
    ["extracted", result.extracted],
    ["transformed", result.transformed],
    ["loaded", result.loaded],
  ];
  const schema = result.schema === null
    ? `the source cannot be asked: ${result.source_error}`
    : describeSchema(result.schema);
  return {
    record: result,
    text: `${layOut(["stage", "ingestion commit"], stages)}\n${age}.\n${schema}`,
    code: 0,
  };
}
