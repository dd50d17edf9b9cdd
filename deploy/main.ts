/**
 * Puts the pipeline into AWS and onto Deno Deploy: `deno task deploy`. Done again, it changes only what
 * is not as it should be.
 *
 * @module
 */
import { explain } from "../functions/format.ts";
import { type Console, deploy } from "./deploy.ts";
import { heedSignals, interruption, unlessInterrupted } from "./interruption.ts";
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
  heedSignals();
  const redaction = new Redaction();
  const talk: Console = { redaction, say: (line) => console.log(redaction.apply(line)), confirm };
  const workspace = await Deno.makeTempDir({ prefix: "totesys-deploy-" });
  try {
    await deploy(options, (name) => Deno.env.get(name), talk, workspace);
    return 0;
  } catch (error) {
    // Of errors nobody foresaw too, only the text is shown, and of that nothing that is secret.
    console.error(redaction.apply(explain(error)));
    return interruption.aborted ? INTERRUPTED : 1;
  } finally {
    await Deno.remove(workspace, { recursive: true });
  }
}

/** Asks without blocking, so that whoever is asked may interrupt as well. */
async function confirm(question: string): Promise<boolean> {
  if (!Deno.stdin.isTerminal()) {
    console.error("Nobody is there to answer. --yes answers for everything.");
    return false;
  }
  await Deno.stdout.write(new TextEncoder().encode(`${question} [y/N] `));
  const reader = Deno.stdin.readable.getReader();
  const { value } = await unlessInterrupted(reader.read());
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
