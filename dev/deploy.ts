/**
 * Puts the pipeline into AWS and onto Deno Deploy: `deno task deploy`. Done again, it changes only what
 * is not as it should be.
 *
 * @module
 */
import { explain } from "../functions/report.ts";
import { deploy, type Talk } from "./deploy/deploy.ts";
import { type DeployOptions, readOptions, USAGE } from "./deploy/options.ts";
import { Redaction } from "./deploy/redaction.ts";
import { runTool } from "./tool.ts";

async function main(options: DeployOptions, stack: AsyncDisposableStack): Promise<void> {
  const workspace = await Deno.makeTempDir({ prefix: "totesys-deploy-" });
  stack.defer(() => Deno.remove(workspace, { recursive: true }));
  const redaction = new Redaction();
  const talk: Talk = {
    redaction,
    say: (line) => console.log(redaction.apply(line)),
    confirm: (question) => {
      if (Deno.stdin.isTerminal()) return confirm(question);
      console.error("Nobody is there to answer. --yes answers for everything.");
      return false;
    },
  };
  try {
    await deploy(options, (name) => Deno.env.get(name), talk, workspace);
  } catch (error) {
    // Of errors nobody foresaw too, only the text is shown, and of that nothing that is secret.
    console.error(redaction.apply(explain(error)));
    await stack.disposeAsync();
    Deno.exit(1);
  }
}

if (import.meta.main) {
  await runTool(() => {
    const options = readOptions(Deno.args);
    return options && ((stack) => main(options, stack));
  }, USAGE);
}
