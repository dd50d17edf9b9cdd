/**
 * The command line: `deno task etl <command>`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import { ConfigurationError } from "../sdk/errors.ts";
import type { Progress } from "../sdk/progress.ts";
import { type Command, COMMANDS } from "./commands.ts";
import { Configuration, SETTINGS, TUNING } from "./config.ts";
import { errorRecord, explain, ProgressDisplay } from "./report.ts";

const HELP = `Keeps a star-schema warehouse true to a totesys database, through a lake.

usage: deno task etl <command> [--json] [settings]

commands
${
  Object.entries(COMMANDS).map(([name, { what, usage = "" }]) =>
    `  ${`${name} ${usage}`.padEnd(42)} ${what}`
  ).join("\n")
}

settings, as environment variables or as flags (SOURCE_URL or --source-url)
${
  Object.entries({ ...SETTINGS, ...TUNING }).map(([name, { what, example }]) =>
    `  ${name.padEnd(18)} ${what}\n                     ${example}`
  ).join("\n")
}

--json prints one JSON object. Exit codes: 0 done, 1 failed or different, 2 bad usage or settings.`;

const flagOf = (name: string) => name.toLowerCase().replaceAll("_", "-");

/** Runs the command line and returns its exit code. */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["json", "help"],
    string: Object.keys({ ...SETTINGS, ...TUNING }).map(flagOf),
    alias: { h: "help" },
    unknown: (argument) => {
      if (argument.startsWith("-")) unknown.push(argument);
      return true;
    },
  });
  const [name, ...rest] = flags._.map(String);
  if (flags.help) {
    console.log(HELP);
    return 0;
  }
  const known = Object.hasOwn(COMMANDS, name ?? "") ? COMMANDS[name] : undefined;
  if (!known || unknown.length > 0 || !known.accepts(rest)) {
    const wrong = [...unknown, ...(known ? rest : [name ?? ""])].filter(Boolean).map(withoutValue);
    refuseUsage(wrong.join(" "), flags.json);
    return 2;
  }
  const values = flags as unknown as Record<string, string | undefined>;
  const configuration = new Configuration((setting) =>
    values[flagOf(setting)] ?? Deno.env.get(setting)
  );
  return await execute(known.command, configuration, rest, flags.json);
}

/** What is said of an argument: its value may hold a password. */
function withoutValue(argument: string): string {
  return argument.replace(/=.*/s, "").replace(/:\/\/.*@/s, "://…@");
}

function refuseUsage(wrong: string, json: boolean): void {
  const message = wrong ? `etl does not know: ${wrong}` : "etl needs a command";
  if (!json) return console.error(`${message}\n\n${HELP}`);
  const next = "deno task etl --help";
  const error = new ConfigurationError(message, { stage: "configuration", next });
  console.log(JSON.stringify(errorRecord(error)));
}

async function execute(
  command: Command,
  configuration: Configuration,
  args: readonly string[],
  json: boolean,
) {
  const encoder = new TextEncoder();
  const display = new ProgressDisplay(
    (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    Deno.stderr.isTerminal(),
  );
  try {
    const onProgress = (progress: Progress) => json || display.update(progress);
    const outcome = await command(configuration, onProgress, args);
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
