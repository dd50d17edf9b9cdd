/**
 * How a tool of this folder begins and ends.
 *
 * @module
 */
import { explain } from "../functions/format.ts";
import { interruptible } from "./sandbox.ts";

/** A tool's work. What it puts on the stack is released at its end, however it ends. */
export type Job = (stack: AsyncDisposableStack) => Promise<void>;

/**
 * Runs the job that `prepare` makes of the arguments. Without one it prints the usage; a TypeError
 * says what is wrong with the arguments, and exits with 2; a failed job exits with 1.
 */
export async function runTool(prepare: () => Job | undefined, usage: string): Promise<void> {
  const job = attempt(prepare, usage);
  if (!job) return console.log(usage);
  try {
    await interruptible(job);
  } catch (error) {
    console.error(explain(error));
    Deno.exit(1);
  }
}

function attempt(prepare: () => Job | undefined, usage: string): Job | undefined {
  try {
    return prepare();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`${error.message}\n\n${usage}`);
    Deno.exit(2);
  }
}
