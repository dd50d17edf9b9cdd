/**
 * Runs the commands: settings in, the SDK called, the result in words out. Each command imports only
 * its own part of the SDK: most of a short run is start-up.
 *
 * @module
 */
import type { ExtractResult, ReconcileOptions, ReconcileResult } from "../../sdk/mod.ts";
import { DELETION_LIMIT } from "../../sdk/operate/compare/mass_deletion.ts";
import { printableLines } from "../format.ts";
import {
  PIPELINE_OPTIONS,
  PIPELINE_SETTINGS,
  type PipelineOption,
  type PipelineSettings,
  readPipeline,
} from "../settings/pipeline.ts";
import { calendarDate } from "../settings/parsers.ts";
import { type Environment, parseSetting, readAll } from "../settings/read.ts";
import { readSource, type SourceName } from "../settings/sources.ts";
import type { Call, Outcome } from "./call.ts";
import { COMMANDS, type PipelineCommand } from "./command_table.ts";
import {
  describeExtraction,
  describeLoad,
  describeQuarantine,
  describeReconciliation,
  describeRetry,
  describeRun,
  describeStatus,
  describeTransform,
  describeVerification,
} from "./describe.ts";
import { describeSourceRun } from "./describe_source_run.ts";
import { describePreview, describeReplay } from "./describe_replay.ts";
import { recorded, recordProof } from "./recorded.ts";
import { readReplayOptions } from "./replay_options.ts";

/** Runs a command. */
type Handler = (call: Call) => Promise<Outcome>;

/** The handler of each command. */
export const HANDLERS: Readonly<Record<PipelineCommand, Handler>> = {
  run: async ({ environment, onProgress, onWarning }) => {
    const { run } = await import("../../sdk/operate/run.ts");
    const { factsOfRun } = await import("../../sdk/operate/run_facts.ts");
    const options = { ...settingsOf("run", environment), onProgress };
    const result = await recorded(
      "extract",
      { ...options, onWarning },
      (onStart) => run({ ...options, onStart }),
      factsOfRun,
    );
    return { record: result, text: describeRun(result), code: codeOf(result.extract) };
  },
  extract: async ({ environment, options: { full }, onProgress }) => {
    const { extract } = await import("../../sdk/extract/extract.ts");
    const result = await extract({
      ...settingsOf("extract", environment),
      full: full === true,
      onProgress,
    });
    return { record: result, text: describeExtraction(result), code: codeOf(result) };
  },
  transform: async ({ environment, onProgress }) => {
    const { transform } = await import("../../sdk/transform/transform.ts");
    const result = await transform({ ...settingsOf("transform", environment), onProgress });
    return { record: result, text: describeTransform(result), code: 0 };
  },
  load: async ({ environment, onProgress, onWarning }) => {
    const { load } = await import("../../sdk/load/load.ts");
    const { factsOfLoad } = await import("../../sdk/operate/run_facts.ts");
    const options = { ...settingsOf("load", environment), onProgress };
    const recording = { ...options, onWarning };
    const result = await recorded("load", recording, () => load(options), factsOfLoad);
    return { record: result, text: describeLoad(result), code: 0 };
  },
  rates: async (call) => {
    const { from } = call.options as Readonly<Record<string, string | undefined>>;
    const first = from === undefined ? undefined : parseSetting("--from", FROM, from);
    return await loadSource("rates", call, first);
  },
  files: async (call) => await loadSource("files", call),
  status: async ({ environment }) => {
    const { status } = await import("../../sdk/operate/status.ts");
    const result = await status(settingsOf("status", environment));
    return { record: result, text: describeStatus(result), code: 0 };
  },
  verify: async ({ environment, onProgress, onWarning }) => {
    const { verify } = await import("../../sdk/operate/compare/verify.ts");
    const settings = settingsOf("verify", environment);
    const result = await verify({ ...settings, onProgress });
    await recordProof({ ...settings, onWarning }, result);
    return { record: result, text: describeVerification(result), code: result.equal ? 0 : 1 };
  },
  catalogue: async (call) => {
    const { runCatalogue } = await import("./catalogue/run_catalogue.ts");
    return runCatalogue(call);
  },
  reconcile: async (call) => {
    const scope = call.options.keys === true ? "keys" : "rows";
    const result = await reconcileRecorded(call, {
      ...settingsOf("reconcile", call.environment),
      scope,
    });
    return { record: result, text: describeReconciliation(result), code: codeAfter(result) };
  },
  replay: runReplay,
  "quarantine list": async ({ environment }) => {
    const { listQuarantine } = await import("../../sdk/operate/quarantine.ts");
    const entries = await listQuarantine(settingsOf("quarantine list", environment));
    return { record: { entries }, text: describeQuarantine(entries), code: 0 };
  },
  "quarantine show": async ({ environment, args: [table, key] }) => {
    const { listQuarantine } = await import("../../sdk/operate/quarantine.ts");
    const entries = await listQuarantine(settingsOf("quarantine show", environment), {
      table,
      key,
    });
    const isFound = entries.length > 0;
    const text = isFound
      ? printableLines(JSON.stringify(entries, null, 2))
      : "this row is not in quarantine.";
    return { record: { entries }, text: { notes: [text] }, code: isFound ? 0 : 1 };
  },
  "quarantine retry": async (call) => {
    // A person who retries rows has not confirmed that many rows were deleted.
    const result = await reconcileRecorded(call, {
      ...settingsOf("quarantine retry", call.environment),
      deletionLimit: DELETION_LIMIT,
    });
    return { record: result, text: describeRetry(result), code: codeAfter(result) };
  },
};

/** The options that the settings of a command give. */
type OptionOf<Name extends PipelineCommand> = {
  [Option in PipelineOption]: typeof PIPELINE_SETTINGS[Option] extends
    typeof COMMANDS[Name]["settings"][number] ? Option : never;
}[PipelineOption];

function settingsOf<Name extends PipelineCommand>(
  name: Name,
  environment: Environment,
): Pick<PipelineSettings, OptionOf<Name>> {
  const used: readonly string[] = COMMANDS[name].settings;
  const options = PIPELINE_OPTIONS.filter((option) => used.includes(PIPELINE_SETTINGS[option]));
  return readPipeline(environment, options as OptionOf<Name>[]);
}

/** The first day of a backfill. */
const FROM = {
  group: "sources",
  what: "the first day to load",
  example: "2026-11-01",
  parse: calendarDate,
} as const;

async function reconcileRecorded(
  { onProgress, onWarning }: Call,
  options: ReconcileOptions,
): Promise<ReconcileResult> {
  const { reconcile } = await import("../../sdk/operate/compare/reconcile.ts");
  const { factsOfReconcile } = await import("../../sdk/operate/run_facts.ts");
  const recording = { ...options, onWarning };
  const work = () => reconcile({ ...options, onProgress });
  return await recorded("reconcile", recording, work, (result) => factsOfReconcile(result));
}

async function loadSource(
  name: SourceName,
  { environment, onProgress, onWarning }: Call,
  from?: string,
): Promise<Outcome> {
  const [open, settings] = readAll(
    () => readSource(name, environment),
    () => settingsOf(name, environment),
  );
  const { runSource } = await import("../../sdk/operate/run_source.ts");
  const { factsOfSource } = await import("../../sdk/operate/run_facts.ts");
  const result = await recorded(
    name,
    { ...settings, onWarning },
    async (onStart) =>
      await runSource({ ...settings, source: await open({ from }), onProgress, onStart }),
    factsOfSource,
  );
  return { record: result, text: describeSourceRun(result), code: 0 };
}

/** Returns 1 if a table cannot be read, even if the others succeeded. */
function codeOf({ schema }: Pick<ExtractResult, "schema">): 0 | 1 {
  return schema.some(({ stops }) => stops) ? 1 : 0;
}

function codeAfter(result: ReconcileResult): 0 | 1 {
  return result.outcome === "overtaken" ? 1 : codeOf(result);
}

async function runReplay({ environment, options, onProgress }: Call): Promise<Outcome> {
  const replaying = { ...readReplayOptions(environment, options), onProgress };
  if (options["dry-run"]) {
    const { previewReplay } = await import("../../sdk/operate/replay/preview.ts");
    const plan = await previewReplay(replaying);
    return { record: plan, text: describePreview(plan), code: plan.missing.length > 0 ? 1 : 0 };
  }
  const { replay } = await import("../../sdk/operate/replay/replay.ts");
  const result = await replay(replaying);
  return { record: result, text: describeReplay(result), code: 0 };
}
