/**
 * The command line: `deno task etl <command>`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { ConfigurationError } from "../../sdk/errors.ts";
import type { Progress } from "../../sdk/progress.ts";
import { COMMANDS, type Flags, type Outcome } from "./commands.ts";
import { Configuration, PIPELINE_SETTINGS } from "../settings/pipeline.ts";
import { ProgressDisplay } from "./progress_display.ts";
import { errorRecord, explain } from "../format.ts";
import { DATABASES, withSecrets } from "../settings/secrets.ts";
import { flagOf, type SettingName, SETTINGS } from "../settings/table.ts";

const USAGE_WIDTH = 45;

const HELP = `Keeps a star-schema warehouse true to a totesys database, through a lake.

usage: deno task etl <command> [--json] [settings]

commands
${
  Object.entries(COMMANDS).map(([name, { what, usage = "" }]) => {
    const call = `  ${name} ${usage} `;
    const gap = call.length <= USAGE_WIDTH ? "" : `\n${" ".repeat(USAGE_WIDTH)}`;
    return `${call.padEnd(USAGE_WIDTH)}${gap}${what}`;
  }).join("\n")
}

settings, as environment variables or as flags (SOURCE_URL or --source-url)
${
  Object.values(PIPELINE_SETTINGS).map((name) =>
    `  ${name.padEnd(18)} ${SETTINGS[name].what}\n                     ${SETTINGS[name].example}`
  ).join("\n")
}

--json prints one JSON object. Exit codes: 0 done, 1 failed or different, 2 bad usage or settings.`;

/** The flags of single commands. */
const OWN = {
  boolean: Object.values(COMMANDS).flatMap(({ flags }) => flags?.boolean ?? []),
  string: Object.values(COMMANDS).flatMap(({ flags }) => flags?.string ?? []),
};

/** Runs the command line and returns its exit code. */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["json", "help", ...OWN.boolean],
    // As it is written: a key may look like a number.
    string: ["_", ...Object.values(PIPELINE_SETTINGS).map(flagOf), ...OWN.string],
    alias: { h: "help" },
    unknown: (argument) => {
      if (argument.startsWith("-")) unknown.push(argument);
      return true;
    },
  });
  const [name, ...rest] = flags._;
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  const known = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : undefined;
  const given = flags as unknown as Flags;
  if (name && !known) unknown.push(name);
  if (known) unknown.push(...strangeFlags(known, given));
  const problem = unknown.length > 0
    ? `etl does not know: ${unknown.map(withoutValue).join(" ")}`
    : usageProblem(name, known, rest, given);
  if (!known || problem) {
    refuseUsage(problem ?? "etl needs a command", flags.json);
    return 2;
  }
  const environment = (setting: string) =>
    given[flagOf(setting as SettingName)] as string | undefined ?? Deno.env.get(setting);
  const run: Run = async (onProgress) => {
    const secrets = await withSecrets(environment, known.databases ?? DATABASES);
    const target = await withSecrets(() => given.into as string | undefined, ["--into"]);
    const own = { ...given, into: target("--into") };
    return await known.command(new Configuration(secrets), onProgress, rest, own);
  };
  return await execute(run, flags.json);
}

/** The flags given that are another command's. */
function strangeFlags({ flags: own = {} }: typeof COMMANDS[string], given: Flags): string[] {
  const mine = new Set([...own.boolean ?? [], ...own.string ?? []]);
  const isGiven = (flag: string) => given[flag] !== undefined && given[flag] !== false;
  return [...OWN.boolean, ...OWN.string].filter((flag) => isGiven(flag) && !mine.has(flag))
    .map((flag) => `--${flag}`);
}

/** What is wrong with a call whose words are all known. */
function usageProblem(
  name: string | undefined,
  known: typeof COMMANDS[string] | undefined,
  rest: readonly string[],
  given: Flags,
): string | undefined {
  const empty = Object.keys(given).find((flag) => given[flag] === "");
  if (empty !== undefined) return `--${empty} needs a value`;
  if (!known || known.accepts(rest)) return undefined;
  return `etl ${name} is called as: etl ${name} ${known.usage ?? "without arguments"}`;
}

/** What is said of an argument: its value may hold a password. */
function withoutValue(argument: string): string {
  return argument.replace(/=.*/s, "").replace(/:\/\/.*@/s, "://…@");
}

function refuseUsage(message: string, json: boolean): void {
  if (!json) return console.error(`${message}\n\n${HELP}`);
  const next = "deno task etl --help";
  const error = new ConfigurationError(message, { stage: "configuration", next });
  console.log(JSON.stringify(errorRecord(error)));
}

type Run = (onProgress: (progress: Progress) => void) => Promise<Outcome>;

async function execute(run: Run, json: boolean): Promise<0 | 1 | 2> {
  const encoder = new TextEncoder();
  const display = new ProgressDisplay(
    (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    Deno.stderr.isTerminal(),
  );
  try {
    const outcome = await run((progress) => json || display.update(progress));
    display.end();
    console.log(json ? JSON.stringify(outcome.record) : outcome.text);
    return outcome.code;
  } catch (error) {
    display.end();
    if (json) console.log(JSON.stringify(errorRecord(error)));
    else console.error(explain(error));
    return error instanceof ConfigurationError ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
