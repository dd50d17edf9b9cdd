/**
 * Deploys the pipeline to AWS and Deno Deploy: `deno task deploy`. A repeated deployment changes only
 * what differs.
 *
 * @module
 */
import { explain } from "../functions/format.ts";
import { deploy, type Terminal } from "./deploy.ts";
import { abortable, handleSignals, interruption } from "./interruption.ts";
import { readOptions, USAGE } from "./options.ts";
import { Redaction } from "./redaction.ts";

const INTERRUPTED = 130;

async function main(args: string[]): Promise<number> {
  const options = attempt(() => readOptions(args));
  if (options instanceof TypeError) {
    console.error(`${options.message}\n\n${USAGE}`);
    return 2;
  }
  if (!options) {
    console.log(USAGE);
    return 0;
  }
  handleSignals();
  const redaction = new Redaction();
  const print = (line: string) => console.log(redaction.apply(line));
  const terminal: Terminal = { redaction, print, confirm };
  const workspace = await Deno.makeTempDir({ prefix: "totesys-deploy-" });
  try {
    await deploy(options, (name) => Deno.env.get(name), terminal, workspace);
    return 0;
  } catch (error) {
    console.error(redaction.apply(explain(error)));
    return interruption.aborted ? INTERRUPTED : 1;
  } finally {
    await Deno.remove(workspace, { recursive: true });
  }
}

/** Asks without blocking, so that a signal can interrupt the question. */
async function confirm(question: string): Promise<boolean> {
  if (!Deno.stdin.isTerminal()) {
    console.error("Cannot ask for confirmation without a terminal. next: deno task deploy --yes");
    return false;
  }
  await Deno.stdout.write(new TextEncoder().encode(`${question} [y/N] `));
  const reader = Deno.stdin.readable.getReader();
  const { value } = await abortable(reader.read());
  reader.releaseLock();
  return /^y(es)?\s*$/i.test(new TextDecoder().decode(value));
}

function attempt<T>(read: () => T): T | TypeError {
  try {
    return read();
  } catch (error) {
    if (error instanceof TypeError) return error;
    throw error;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
