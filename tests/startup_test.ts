import { assertEquals } from "@std/assert";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const ROOT = resolve(import.meta.dirname!, "..");

/** What is imported at once; the rest is imported by the calls that need it. */
const STARTS: Readonly<Record<string, readonly [modules: readonly string[], packages: string[]]>> =
  {
    "the help": [["functions/cli/etl.ts"], ["commander"]],
    "a tick without changes": [
      ["functions/cli/etl.ts", "functions/cli/handlers.ts", "sdk/operate/run.ts"],
      ["commander", "currency-codes", "postgres"],
    ],
    "the first cron": [
      ["functions/main.ts"],
      ["currency-codes", "hyparquet-writer", "postgres", "valibot"],
    ],
  };

for (const [what, [modules, packages]] of Object.entries(STARTS)) {
  Deno.test(`${what} starts with these packages: ${packages.join(", ")}`, async () => {
    const reached = await Promise.all(modules.map(packagesOf));
    assertEquals([...new Set(reached.flat())].sort(), packages);
  });
}

/** What the crons must not wait for: the code for analysts and, until a page is asked for, the dashboard's. */
const LATER =
  /^(sdk\/(mod\.ts|analysis|derive\/(catalogue|open_lineage|er_diagram))|functions\/dashboard\/(app|serve|access|charts|layout|pages))/;

Deno.test("the first cron starts without the dashboard's pages and without the code for analysts", async () => {
  const modules = await modulesOf("functions/main.ts");
  assertEquals(modules.filter((path) => LATER.test(path)), []);
});

interface Graph {
  readonly roots: readonly string[];
  readonly modules: readonly {
    readonly specifier: string;
    readonly dependencies?: readonly {
      readonly code?: { readonly specifier?: string };
      readonly isDynamic?: boolean;
    }[];
  }[];
}

/** Returns the packages that a module imports statically, itself or by way of others. */
async function packagesOf(module: string): Promise<string[]> {
  const modules = await modulesOf(module);
  const names = modules.map((path) => /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** Returns the modules that one imports statically: files from the root, packages as `npm:…`. */
async function modulesOf(module: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", module],
    cwd: ROOT,
    stderr: "inherit",
  }).output();
  const { roots, modules }: Graph = JSON.parse(new TextDecoder().decode(stdout));
  const byPath = new Map(modules.map((module) => [module.specifier, module]));
  const reached = new Set(roots);
  for (const path of reached) {
    for (const { code, isDynamic } of byPath.get(path)?.dependencies ?? []) {
      if (code?.specifier && !isDynamic) reached.add(code.specifier);
    }
  }
  return [...reached].map((path) => path.replace(`${pathToFileURL(ROOT)}/`, ""));
}
