/**
 * Executes the notebooks on sample data and saves what they show: `deno task notebooks`.
 *
 * @module
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openStore } from "../sdk/mod.ts";
import { execute, findPython, type Notebook } from "./notebooks/execute.ts";
import { createSample } from "./notebooks/sample.ts";
import { runTool } from "./run_tool.ts";
import { openSandbox } from "./sandbox.ts";

const USAGE = `Execute the notebooks on sample data, and save what they show.

Usage: deno task notebooks [NAME…]

It needs Python with nbclient: deno task check --install installs it.`;

const FOLDER = fileURLToPath(new URL("../notebooks", import.meta.url));

/** The names of the notebooks, without their endings. */
export const NOTEBOOKS: readonly string[] = [...Deno.readDirSync(FOLDER)]
  .flatMap(({ name }) => name.endsWith(".ipynb") ? [name.slice(0, -6)] : []).sort();

/** Returns the file of a notebook. */
export function fileOf(name: string): string {
  return join(FOLDER, `${name}.ipynb`);
}

async function refresh(names: readonly string[], stack: AsyncDisposableStack): Promise<void> {
  const found = await findPython();
  if ("missing" in found) throw new Error(found.missing);
  const { environment, lake } = stack.use(await openSandbox());
  const { SOURCE_URL: source, WAREHOUSE_URL: warehouse } = environment;
  const [ingestion, processed] = [environment.INGESTION_URL, environment.PROCESSED_URL].map(
    openStore,
  );
  await createSample({ source, warehouse, ingestion, processed }, join(lake, "files"));
  for (const name of names) {
    const notebook = await execute(fileOf(name), found.python, environment);
    await Deno.writeTextFile(fileOf(name), render(notebook));
    console.log(`wrote notebooks/${name}.ipynb`);
  }
}

/** Returns a notebook's file. What the kernel says of itself depends on the machine. */
function render(notebook: Notebook): string {
  const { kernelspec } = notebook.metadata;
  const metadata = { kernelspec, language_info: { name: "typescript" } };
  return JSON.stringify({ ...notebook, metadata }, null, 1) + "\n";
}

if (import.meta.main) {
  await runTool(() => {
    const { values, positionals } = parseArgs({
      args: Deno.args,
      options: { help: { type: "boolean", short: "h" } },
      allowPositionals: true,
    });
    if (values.help) return undefined;
    const unknown = positionals.find((name) => !NOTEBOOKS.includes(name));
    if (unknown) throw new TypeError(`there is no notebook ${unknown}`);
    return (stack) => refresh(positionals.length > 0 ? positionals : NOTEBOOKS, stack);
  }, USAGE);
}
