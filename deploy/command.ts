/**
 * Runs other programs, each with no more of the environment than is its business.
 *
 * @module
 */

import { interruption } from "./interruption.ts";

/** What a program came to. */
export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How to run a program. */
export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Is told every line of standard output when it comes. */
  readonly onLine?: (line: string) => void;
}

/** What a program is not told unless it is its business: passwords, and the keys to whatever cloud. */
const PRIVATE = /^(SOURCE|WAREHOUSE|AWS|PG)|TOKEN|SECRET|PASSWORD|CREDENTIAL|_KEY$/i;

/** The environment without secrets, but with those whose names match. */
export function environmentFor(business: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject())
      .filter(([name]) => !PRIVATE.test(name) || business.test(name)),
  );
}

/**
 * Runs a program to its end. It gets nothing to read, and an interruption from this process alone: a
 * terminal's would be its second one, at which Terraform lets everything go.
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
      // It has just ended by itself.
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
  let told = 0;
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end; onLine && (end = text.indexOf("\n", told)) >= 0; told = end + 1) {
      onLine(text.slice(told, end));
    }
  }
  if (onLine && told < text.length) onLine(text.slice(told));
  return text;
}
