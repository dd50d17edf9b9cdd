/**
 * Runs other programs, each with only the secrets that it needs.
 *
 * @module
 */
import { SECRET_SETTINGS } from "../functions/settings/table.ts";
import { interruption } from "./interruption.ts";

/** The outcome of a program. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called with each line of standard output as it arrives. */
  readonly onLine?: (line: string) => void;
}

/** Variables that hold secrets by their name. */
const SECRET_NAMES = /^(SOURCE|WAREHOUSE|AWS|PG)|TOKEN|SECRET|PASSWORD|CREDENTIAL|_KEY$/i;

/** Returns the environment without secrets, except those whose names match `needed`. */
export function environmentFor(needed: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject())
      .filter(([name]) => !holdsSecret(name) || needed.test(name)),
  );
}

function holdsSecret(name: string): boolean {
  return SECRET_NAMES.test(name) || SECRET_SETTINGS.includes(name);
}

/**
 * Runs a program to its end, without standard input. It runs in a separate process group, so that only
 * this process interrupts it: a second interrupt, from the terminal, would make Terraform exit at once.
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  { cwd, env, onLine }: CommandOptions,
): Promise<Output> {
  interruption.throwIfAborted();
  const child = new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { ...env },
    clearEnv: true,
    detached: true,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const interrupt = () => {
    try {
      child.kill("SIGINT");
    } catch {
      // It has just ended.
    }
  };
  interruption.addEventListener("abort", interrupt);
  const [stdout, stderr, { code }] = await Promise.all([
    readLines(child.stdout, onLine),
    readLines(child.stderr),
    child.status,
  ]);
  interruption.removeEventListener("abort", interrupt);
  interruption.throwIfAborted();
  return { code, stdout, stderr };
}

async function readLines(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine?: (line: string) => void,
): Promise<string> {
  let text = "";
  let reported = 0;
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end; onLine && (end = text.indexOf("\n", reported)) >= 0; reported = end + 1) {
      onLine(text.slice(reported, end));
    }
  }
  if (onLine && reported < text.length) onLine(text.slice(reported));
  return text;
}
