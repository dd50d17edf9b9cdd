/**
 * Calls `deno deploy` and reads its output. The token is passed in the environment and never as an
 * argument, which every process on this machine can read.
 *
 * @see https://docs.deno.com/runtime/reference/cli/deploy/#agent--ci-usage
 * @module
 */
import { EtlError } from "../sdk/errors.ts";
import { environmentFor, type Output, runCommand } from "./command.ts";
import type { AppNames } from "./outputs.ts";
import { ENTRY_POINT } from "./bundle.ts";

/** The meaning of each exit code, and what to do. */
const FAILURES: Readonly<Record<number, readonly [problem: string, next: string]>> = {
  2: ["Deno Deploy rejected the arguments", "deno upgrade, then deploy again"],
  3: [
    "Deno Deploy rejected the token",
    "create a token at https://console.deno.com/account/tokens and set DENO_DEPLOY_TOKEN",
  ],
  4: [
    "Deno Deploy cannot find the organization or the app",
    "check deno_org and deno_app in terraform.tfvars; the token's owner must be a member",
  ],
  5: [
    "the name already exists on Deno Deploy",
    "choose another deno_app in terraform.tfvars: names are unique in an organization",
  ],
  6: ["cannot reach Deno Deploy", "check https://denostatus.com, then deploy again"],
};

const NOT_FOUND = 4;
const ALREADY_EXISTS = 5;
const MACHINE_READABLE = ["--json", "--non-interactive"];

/** Returns the arguments of a command of `deno deploy` about the app. */
function appCommand({ org, app }: AppNames, command: string[], ...options: string[]): string[] {
  return ["deploy", ...command, ...MACHINE_READABLE, "--org", org, "--app", app, ...options];
}

/** Arguments that list the app's environment variables. */
export const listVariables = (names: AppNames): string[] => appCommand(names, ["env", "list"]);

/** Arguments that add a variable. */
export const addVariable = (names: AppNames, name: string, value: string): string[] =>
  appCommand(names, ["env", "add", name, value]);

/** Arguments that change an existing variable. */
export const updateVariable = (names: AppNames, name: string, value: string): string[] =>
  appCommand(names, ["env", "update-value", name, value]);

/** Arguments that deploy the current folder to production. */
export const deployApp = (names: AppNames): string[] => appCommand(names, [], "--prod", ".");

/** Arguments that create the app, without waiting for its first build, which has no settings yet. */
export function createApp(names: AppNames, awsRegion: string): string[] {
  const options = {
    "--source": "local",
    "--app-directory": ".",
    "--runtime-mode": "dynamic",
    "--entrypoint": ENTRY_POINT,
    "--install-command": "deno install",
    "--build-timeout": "5",
    "--build-memory-limit": "1024",
    "--region": platformRegion(awsRegion),
  };
  const flags = ["--no-wait", "--do-not-use-detected-build-config"];
  return appCommand(names, ["create"], ...flags, ...Object.entries(options).flat(), ".");
}

/** Arguments that show the token's owner. */
export const WHOAMI: readonly string[] = ["deploy", "whoami", ...MACHINE_READABLE];

/** Returns the region of Deno Deploy nearest to a region of AWS. */
function platformRegion(awsRegion: string): "eu" | "us" | "global" {
  const area = awsRegion.split("-")[0];
  return area === "eu" || area === "us" ? area : "global";
}

/** Runs `deno <args>` in a folder. */
export async function runDeno(args: readonly string[], cwd: string): Promise<Output> {
  return await runCommand("deno", args, { cwd, env: environmentFor(/^DENO_DEPLOY_TOKEN$/) });
}

/** Runs `deno <args>` in a folder and returns the JSON that it prints. @throws {EtlError} */
export async function runDenoJson(args: readonly string[], cwd: string): Promise<unknown> {
  const output = await runDeno(args, cwd);
  if (output.code !== 0) throw failureOf(args, output);
  return lastJson(output.stdout);
}

/** Returns the app's variables, null for one that cannot be read; null when there is no app. */
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

/** Returns the error for an exit code, with the message of `deno deploy`. */
export function failureOf(args: readonly string[], { code, stderr }: Output): EtlError {
  const [problem, next] = FAILURES[code] ??
    [
      `deno deploy failed with exit code ${code}`,
      "check the build's log at https://console.deno.com",
    ];
  const { message, hint } = parseFailure(stderr);
  const isOutdated = args.includes("env") && code === ALREADY_EXISTS;
  return new EtlError(`${problem}: ${message}`, {
    stage: ["deno", ...args.slice(0, 3).filter((word) => /^[a-z][a-z-]*$/.test(word))].join(" "),
    next: isOutdated ? "deno task deploy" : hint ? `${next}. ${hint}` : next,
    retryable: code === 6,
  });
}

/** Returns the URL of production in the output of a deployment. @throws {EtlError} */
export function productionUrl(deployment: unknown): string {
  const { productionUrl, timelines } = (deployment ?? {}) as {
    readonly productionUrl?: string | null;
    readonly timelines?: readonly { partition: string; domains: readonly string[] }[];
  };
  const production = timelines?.find(({ partition }) => /^production$/i.test(partition));
  const url = productionUrl ?? production?.domains[0];
  if (url !== undefined && URL.canParse(url)) return url;
  throw new EtlError("the output of deno deploy has no production URL", {
    stage: "deno deploy",
    next: "open the app at https://console.deno.com and check its /health",
  });
}

interface Failure {
  readonly message: string;
  readonly hint?: string;
}

/** Returns the failure in the last line of `deno deploy --json`, or the output itself if it is not JSON. */
function parseFailure(stderr: string): Failure {
  const last = stderr.trim().split("\n").at(-1) ?? "";
  try {
    const { error } = JSON.parse(last) as { error: Failure };
    return { message: error.message, hint: error.hint };
  } catch {
    // Deno prints the causes of an error after its message.
    const [, error] = /^error: (.*)$/m.exec(stderr) ?? [];
    return { message: error ?? (last || "no error message") };
  }
}

/** Returns the JSON at the end of the output, after what a build prints. */
function lastJson(stdout: string): unknown {
  const text = stdout.trim();
  for (const candidate of [text, text.split("\n").at(-1) ?? ""]) {
    try {
      return JSON.parse(candidate);
    } catch {
      // Not JSON: try the next candidate.
    }
  }
  throw unreadable(["deploy"]);
}

function unreadable(args: readonly string[]): EtlError {
  return new EtlError("the output of deno deploy is not JSON", {
    stage: `deno ${args[0]}`,
    next: "deno upgrade, then deploy again",
  });
}
