import { assertEquals } from "@std/assert";
import { resolve } from "node:path";

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
      ["csv-parse", "currency-codes", "hyparquet", "hyparquet-writer", "postgres", "valibot"],
    ],
  };

for (const [what, [modules, packages]] of Object.entries(STARTS)) {
  Deno.test(`${what} starts with these packages: ${packages.join(", ")}`, async () => {
    const reached = await Promise.all(modules.map(packagesOf));
    assertEquals([...new Set(reached.flat())].sort(), packages);
  });
}

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
  const names = [...reached].map((path) => /^npm:\/?((?:@[^/]+\/)?[^@/]+)/.exec(path)?.[1]);
  return [...new Set(names.filter((name) => name !== undefined))];
}
