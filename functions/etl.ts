/**
 * The command line: `deno task etl <command>`.
 *
 * @module
 */
import { parseArgs } from "@std/cli/parse-args";
import {
  ConfigurationError,
  extract,
  load,
  type Progress,
  reconcile,
  run,
  status,
  transform,
  verify,
} from "../sdk/mod.ts";
import { Configuration, type Setting, SETTINGS } from "./config.ts";
import {
  describeReconciliation,
  describeRun,
  describeVerification,
  sumOfRows,
} from "./describe.ts";
import { errorRecord, explain, ProgressDisplay, table, thousands } from "./report.ts";

/** What a command found: what to print, and the exit code. */
interface Outcome {
  readonly record: unknown;
  readonly text: string;
  readonly code: 0 | 1;
}

type Command = (
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
) => Promise<Outcome>;

const COMMANDS: Readonly<Record<string, { readonly what: string; readonly command: Command }>> = {
  run: { what: "one tick: extract, transform, load", command: runTick },
  extract: { what: "read what changed in the source into the ingestion zone", command: runExtract },
  transform: { what: "turn new ingestion commits into Parquet", command: runTransform },
  load: { what: "apply new processed commits to the warehouse", command: runLoad },
  verify: { what: "compare the warehouse with the source, row by row", command: runVerify },
  reconcile: {
    what: "compare everything, and repair what deltas cannot see: deleted rows",
    command: runReconcile,
  },
  status: { what: "say how far each stage has come", command: runStatus },
};

async function runTick(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
): Promise<Outcome> {
  const result = await run({ ...configuration.pipeline, onProgress });
  return { record: result, text: describeRun(result), code: 0 };
}

async function runExtract(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
): Promise<Outcome> {
  const result = await extract({ ...configuration.extraction, onProgress });
  const text = result.outcome === "committed"
    ? `extracted ${result.commit.mode} batch ${result.commit.sequence}: ` +
      `${thousands(sumOfRows([result.commit]))} rows of ` +
      `${Object.keys(result.commit.tables).length} tables.`
    : result.outcome === "unchanged"
    ? "nothing changed."
    : `another run committed batch ${result.sequence} first; the next run goes on from there.`;
  return { record: result, text, code: 0 };
}

async function runTransform(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
): Promise<Outcome> {
  const result = await transform({ ...configuration.zones, onProgress });
  const text = `transformed ${result.commits.length} commits, ${
    thousands(sumOfRows(result.commits))
  } rows.`;
  return { record: result, text, code: 0 };
}

async function runLoad(
  configuration: Configuration,
  onProgress: (progress: Progress) => void,
): Promise<Outcome> {
  const result = await load({ ...configuration.loading, onProgress });
  const text = `loaded ${result.commits.length} commits, ${
    thousands(sumOfRows(result.commits))
  } rows; the warehouse is at commit ${result.sequence}.`;
  return { record: result, text, code: 0 };
}

async function runVerify(configuration: Configuration): Promise<Outcome> {
  const result = await verify(configuration.databases);
  return { record: result, text: describeVerification(result), code: result.equal ? 0 : 1 };
}

async function runReconcile(configuration: Configuration): Promise<Outcome> {
  const result = await reconcile(configuration.pipeline);
  return { record: result, text: describeReconciliation(result), code: 0 };
}

async function runStatus(configuration: Configuration): Promise<Outcome> {
  const result = await status(configuration.pipeline);
  const age = result.fresh_as_of === null
    ? "nothing has been loaded yet"
    : `the warehouse shows the source as of ${result.fresh_as_of}`;
  const stages: [string, number][] = [
    ["extracted", result.extracted],
    ["transformed", result.transformed],
    ["loaded", result.loaded],
  ];
  return {
    record: result,
    text: `${table(["stage", "batch"], stages)}\n${age}.`,
    code: 0,
  };
}

const HELP = `Keeps a star-schema warehouse true to a totesys database, through a lake.

usage: deno task etl <command> [--json] [settings]

commands
${Object.entries(COMMANDS).map(([name, { what }]) => `  ${name.padEnd(10)} ${what}`).join("\n")}

settings, as environment variables or as flags (SOURCE_URL or --source-url)
${
  Object.entries(SETTINGS).map(([name, { what, example }]) =>
    `  ${name.padEnd(14)} ${what}\n                 ${example}`
  ).join("\n")
}

--json prints one JSON object. Exit codes: 0 done, 1 failed or different, 2 bad usage or settings.`;

const flagOf = (name: string) => name.toLowerCase().replaceAll("_", "-");

/** Runs the command line and returns its exit code. */
export async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const unknown: string[] = [];
  const flags = parseArgs([...args], {
    boolean: ["json", "help"],
    string: Object.keys(SETTINGS).map(flagOf),
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
  if (!known || unknown.length > 0 || rest.length > 0) {
    const wrong = [...unknown, ...(known ? rest : [name ?? ""])].filter(Boolean).map(withoutValue);
    refuseUsage(wrong.join(" "), flags.json);
    return 2;
  }
  const values = flags as unknown as Record<string, string | undefined>;
  const configuration = new Configuration((setting) =>
    values[flagOf(setting as Setting)] ?? Deno.env.get(setting)
  );
  return await execute(known.command, configuration, flags.json);
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

async function execute(command: Command, configuration: Configuration, json: boolean) {
  const encoder = new TextEncoder();
  const display = new ProgressDisplay(
    (text) => void Deno.stderr.writeSync(encoder.encode(text)),
    Deno.stderr.isTerminal(),
  );
  try {
    const outcome = await command(configuration, (p) => json || display.update(p));
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
