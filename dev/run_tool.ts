/**
 * Runs the command-line tools of this folder: usage, exit codes and cleanup.
 *
 * @module
 */
import { explain } from "../functions/format.ts";
import { interruptible } from "./sandbox.ts";

/** A tool's work. What it puts on the stack is released when it ends, fails or is interrupted. */
export type Job = (stack: AsyncDisposableStack) => Promise<void>;

/**
 * Runs the job that `prepare` returns for the arguments. Prints the usage when it returns none. A
 * TypeError means wrong arguments and exits with 2; a failed job exits with 1.
 */
export async function runTool(prepare: () => Job | undefined, usage: string): Promise<void> {
  const job = prepareOrExit(prepare, usage);
  if (!job) return console.log(usage);
  try {
    await interruptible(job);
  } catch (error) {
    console.error(explain(error));
    Deno.exit(1);
  }
}

function prepareOrExit(prepare: () => Job | undefined, usage: string): Job | undefined {
  try {
    return prepare();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    Deno.exit(2);
  }
}
