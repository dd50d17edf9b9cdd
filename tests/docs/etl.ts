/**
 * Runs the command line in this process, with an environment of its own.
 *
 * @module
 */
import { main } from "../../functions/cli/etl.ts";
import { ADDRESSES } from "./installation.ts";
import type { Answer } from "./shell.ts";

/** Runs `etl <args>` to its end. One call at a time: console and environment are those of the process. */
export async function etl(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<Answer> {
  let [stdout, stderr] = ["", ""];
  const { log, error } = console;
  const before = Deno.env.toObject();
  const { writeSync } = Deno.stderr;
  console.log = (text) => void (stdout += `${text}\n`);
  console.error = (text) => void (stderr += `${text}\n`);
  Deno.stderr.writeSync = (bytes) => {
    stderr += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  for (const name of Object.keys(ADDRESSES)) Deno.env.delete(name);
  for (const [name, value] of Object.entries(environment)) Deno.env.set(name, value);
  try {
    return { code: await main(args), stdout, stderr };
  } finally {
    Object.assign(console, { log, error });
    Deno.stderr.writeSync = writeSync;
    for (const name of Object.keys(environment)) Deno.env.delete(name);
    for (const [name, value] of Object.entries(before)) Deno.env.set(name, value);
  }
}

/** Returns why the command line refuses its arguments, or undefined. Nothing is run. */
export async function refusal(args: readonly string[]): Promise<string | undefined> {
  const { code, stderr } = await etl(args, {});
  return code === 2 && /^usage: /m.test(stderr ?? "") ? stderr!.split("\n")[0] : undefined;
}
