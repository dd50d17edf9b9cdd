/**
 * The command line: `deno task etl <command>`.
 *
 * @module
 */
import { stripVTControlCharacters } from "node:util";
import { ConfigurationError } from "../../sdk/errors.ts";
import type { Stage } from "../../sdk/progress.ts";
import { errorRecord, explain, printableLines } from "../format.ts";
import type { Environment } from "../settings/read.ts";
import { withSecrets } from "../settings/secrets.ts";
import { highlight, paintFor } from "./color.ts";
import { flagOf, SECRET_SETTINGS, type SettingName } from "../settings/table.ts";
import { COMMANDS } from "./command_table.ts";
import type { ExitCode } from "./exit_codes.ts";
import type { Call, Outcome } from "./call.ts";
import { type Io, processIo } from "./io.ts";
import { type CommandLine, type Options, parseCommandLine } from "./parse_command_line.ts";
import { MOVING, ProgressDisplay } from "./progress_display.ts";
import { readUrlOptions } from "./url_options.ts";

/** Runs the command line and returns its exit code. */
export async function main(args: readonly string[], io: Io): Promise<ExitCode> {
  const look = { columns: io.stdout.columns, paint: paintFor(io.stdout, args, io) };
  try {
    const line = parseCommandLine(args, look);
    if (line.kind === "run") return await execute(line, args, io);
    if (line.kind === "print") {
      io.stdout.write(`${line.text.trimEnd()}\n`);
      return 0;
    }
    if (isJson(args)) throw new ConfigurationError("a command is missing", HELP);
    io.stderr.write(stripVTControlCharacters(line.help));
    return 2;
  } catch (error) {
    fail(error, args, io);
    return error instanceof ConfigurationError ? 2 : 1;
  }
}

const HELP = { stage: "configuration", next: "deno task etl help" };

/** Returns whether `--json` is given, even if the arguments cannot be parsed. */
function isJson(args: readonly string[]): boolean {
  return args.includes("--json");
}

function fail(error: unknown, args: readonly string[], io: Io): void {
  if (isJson(args)) return io.stdout.write(`${JSON.stringify(errorRecord(error))}\n`);
  io.stderr.write(`${highlight(explain(error), paintFor(io.stderr, args, io))}\n`);
}

type Run = Extract<CommandLine, { kind: "run" }>;

async function execute(line: Run, args: readonly string[], io: Io): Promise<ExitCode> {
  const options = await readUrlOptions(line.options, io);
  const display = new ProgressDisplay(io.stderr, paintFor(io.stderr, args, io), planOf(line));
  const isShown = !options.json && !options.quiet;
  const warnings: string[] = [];
  const interrupted = Promise.withResolvers<null>();
  io.onInterrupt(() => interrupted.resolve(null));
  try {
    const outcome = await Promise.race([
      runCommand(line, options, io, {
        onProgress: (progress) => isShown && display.update(progress),
        onWarning: (message) => warnings.push(message),
      }),
      interrupted.promise,
    ]);
    display.end();
    if (!outcome) return interruption(args, io);
    for (const warning of warnings) io.stderr.write(`warning: ${printableLines(warning)}\n`);
    print(outcome, options, args, io);
    return outcome.code;
  } catch (error) {
    display.end();
    throw error;
  }
}

/** Returns the stages that a command goes through. */
function planOf({ name, options }: Run): readonly Stage[] {
  if (name === "extract" || name === "transform" || name === "load") return [name];
  if (name === "replay") return options["from-ingestion"] ? ["transform", "load"] : ["load"];
  return MOVING;
}

async function runCommand(
  { name, args }: Run,
  options: Options,
  io: Io,
  listeners: Pick<Call, "onProgress" | "onWarning">,
): Promise<Outcome> {
  const environment: Environment = (setting) =>
    options[flagOf(setting as SettingName)] as string | undefined ?? io.env(setting);
  const used: readonly string[] = COMMANDS[name].settings;
  const secrets = await withSecrets(
    environment,
    SECRET_SETTINGS.filter((url) => used.includes(url)),
  );
  const target = await withSecrets(() => options.into as string | undefined, ["--into"]);
  // The SDK takes a while to start: help and a refused call do without it.
  const { HANDLERS } = await import("./handlers.ts");
  return await HANDLERS[name]({
    environment: secrets,
    args,
    options: { ...options, into: target("--into") },
    ...listeners,
  });
}

function print({ record, text }: Outcome, options: Options, args: readonly string[], io: Io): void {
  if (options.json) return io.stdout.write(`${JSON.stringify(record)}\n`);
  const { summary, notes } = text;
  const shown = summary === undefined || options.quiet ? notes : [summary, ...notes];
  const paint = paintFor(io.stdout, args, io);
  if (shown.length > 0) io.stdout.write(`${highlight(shown.join("\n"), paint)}\n`);
}

/**
 * Reports an interruption. Every command can be killed anywhere: its commits stay, and the next run
 * continues.
 */
function interruption(args: readonly string[], io: Io): ExitCode {
  const message = "interrupted; run the same command again to continue";
  if (isJson(args)) {
    io.stdout.write(`${JSON.stringify({ error: "Interrupted", message, retryable: true })}\n`);
  } else io.stderr.write(`${message}\n`);
  return 130;
}

if (import.meta.main) Deno.exit(await main(Deno.args, processIo()));
