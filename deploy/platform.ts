/**
 * Deno Deploy, by `deno deploy`: what it is asked, and what its answers mean. The token is in its
 * environment and never among its arguments, which every process of this machine may read.
 *
 * @see https://docs.deno.com/runtime/reference/cli/deploy/#agent--ci-usage
 * @module
 */
import { EtlError } from "../sdk/errors.ts";
import { environmentFor, type Output, runCommand } from "./command.ts";
import type { AppNames } from "./outputs.ts";
import { ENTRY_POINT } from "./bundle.ts";

/** What an exit code means, and what helps. */
const FAILURES: Readonly<Record<number, readonly [problem: string, next: string]>> = {
  2: ["Deno Deploy does not understand the call", "deno upgrade, and try again"],
  3: [
    "Deno Deploy does not accept the token",
    "make a new one at https://console.deno.com/account/tokens and set DENO_DEPLOY_TOKEN",
  ],
  4: [
    "Deno Deploy does not find the organization or the app",
    "check deno_org and deno_app in terraform.tfvars, and that the token's owner is a member",
  ],
  5: [
    "Deno Deploy has something of this name already",
    "choose another deno_app in terraform.tfvars: names are unique within an organization",
  ],
  6: ["Deno Deploy cannot be reached", "look at https://denostatus.com, and try again"],
};

const NOT_FOUND = 4;
const ALREADY = 5;
const MACHINE = ["--json", "--non-interactive"];

const named = ({ org, app }: AppNames) => ["--org", org, "--app", app];

/** Asks what the app's environment variables are. */
export const listVariables = (names: AppNames): string[] => [
  "deploy",
  "env",
  "list",
  ...MACHINE,
  ...named(names),
];

/** Sets a variable that is not there yet. */
export const addVariable = (names: AppNames, name: string, value: string): string[] => [
  "deploy",
  "env",
  "add",
  name,
  value,
  ...MACHINE,
  ...named(names),
];

/** Sets a variable that is there. */
export const updateVariable = (names: AppNames, name: string, value: string): string[] => [
  "deploy",
  "env",
  "update-value",
  name,
  value,
  ...MACHINE,
  ...named(names),
];

/** Makes the app. Its first build is not waited for: it has no settings yet. */
export const createApp = (names: AppNames, awsRegion: string): string[] => [
  "deploy",
  "create",
  ...MACHINE,
  ...named(names),
  "--no-wait",
  "--source",
  "local",
  "--app-directory",
  ".",
  "--do-not-use-detected-build-config",
  "--runtime-mode",
  "dynamic",
  "--entrypoint",
  ENTRY_POINT,
  "--install-command",
  "deno install",
  "--build-timeout",
  "5",
  "--build-memory-limit",
  "1024",
  "--region",
  platformRegion(awsRegion),
  ".",
];

/** Uploads the folder it is run in, and sends production's requests and crons there. */
export const deployApp = (names: AppNames): string[] => [
  "deploy",
  ...MACHINE,
  ...named(names),
  "--prod",
  ".",
];

/** Asks whose the token is. */
export const WHO: readonly string[] = ["deploy", "whoami", ...MACHINE];

/** Where Deno Deploy is nearest to a region of AWS. */
function platformRegion(awsRegion: string): "eu" | "us" | "global" {
  const area = awsRegion.split("-")[0];
  return area === "eu" || area === "us" ? area : "global";
}

/** Runs `deno <args>` in a folder. */
export async function runDeno(args: readonly string[], cwd: string): Promise<Output> {
  return await runCommand("deno", args, { cwd, env: environmentFor(/^DENO_DEPLOY_TOKEN$/) });
}

/** Runs `deno <args>` in a folder and returns the object it printed. @throws {EtlError} */
export async function ask(args: readonly string[], cwd: string): Promise<unknown> {
  const output = await runDeno(args, cwd);
  if (output.code !== 0) throw failureOf(args, output);
  return lastJson(output.stdout);
}

/** The app's environment variables, null for one that cannot be read; null when there is no app. */
export async function readVariables(
  names: AppNames,
  cwd: string,
): Promise<Record<string, string | null> | null> {
  const args = listVariables(names);
  const output = await runDeno(args, cwd);
  if (output.code === NOT_FOUND) return null;
  if (output.code !== 0) throw failureOf(args, output);
  const listed = lastJson(output.stdout);
  if (!Array.isArray(listed)) throw unreadable(args);
  const variables = listed as { readonly key: string; readonly value: string | null }[];
  return Object.fromEntries(variables.map(({ key, value }) => [key, value]));
}

/** What went wrong, by the exit code and what Deno Deploy said itself. */
export function failureOf(args: readonly string[], { code, stderr }: Output): EtlError {
  const [problem, next] = FAILURES[code] ??
    [`deno deploy failed with exit code ${code}`, "the build's log at https://console.deno.com"];
  const said = envelope(stderr);
  const again = args.includes("env") && code === ALREADY;
  return new EtlError(`${problem}: ${said.message}`, {
    stage: ["deno", ...args.slice(0, 3).filter((word) => /^[a-z][a-z-]*$/.test(word))].join(" "),
    next: again ? "deno task deploy: it looks again" : said.hint ? `${next}. ${said.hint}` : next,
    retryable: code === 6,
  });
}

/** Where production is, as a finished deployment says. @throws {EtlError} */
export function productionUrl(deployment: unknown): string {
  const { productionUrl, timelines } = (deployment ?? {}) as {
    readonly productionUrl?: string | null;
    readonly timelines?: readonly { partition: string; domains: readonly string[] }[];
  };
  const production = timelines?.find(({ partition }) => /^production$/i.test(partition));
  const url = productionUrl ?? production?.domains[0];
  if (url !== undefined && URL.canParse(url)) return url;
  throw new EtlError("deno deploy does not say where production is", {
    stage: "deno deploy",
    next: "open the app at https://console.deno.com, and its /health",
  });
}

interface Envelope {
  readonly message: string;
  readonly hint?: string;
}

/** The last line of what `deno deploy --json` says about a failure; anything else as it is. */
function envelope(stderr: string): Envelope {
  const last = stderr.trim().split("\n").at(-1) ?? "";
  try {
    const { error } = JSON.parse(last) as { error: Envelope };
    return { message: error.message, hint: error.hint };
  } catch {
    // Deno prints the causes of an error after the line that says it.
    const [, error] = /^error: (.*)$/m.exec(stderr) ?? [];
    return { message: error ?? (last || "it does not say why") };
  }
}

/** Whatever a build prints before it, the answer is the last thing. */
function lastJson(stdout: string): unknown {
  const text = stdout.trim();
  for (const candidate of [text, text.split("\n").at(-1) ?? ""]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // The next one, or none.
    }
  }
  throw unreadable(["deploy"]);
}

function unreadable(args: readonly string[]): EtlError {
  return new EtlError("deno deploy answers something that is not JSON", {
    stage: `deno ${args[0]}`,
    next: "deno upgrade, and try again",
  });
}
