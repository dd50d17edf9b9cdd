/**
 * Runs every check that a change must pass, the same ones as CI.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { COVERAGE, type Gate, GATES } from "./check/gates.ts";
import { runGates, summary } from "./check/run.ts";

const ROOT = new URL("../", import.meta.url);

const USAGE = `Runs every check that a change must pass, the same ones as CI.

  deno task check              every check
  deno task check --quick      the checks that take seconds: no tests, no scanners
  deno task check --only NAME  one check; repeat it for more

  --install  install missing scanners into the cache folder of this user (needs go and python3)
  --no-skip  count a check that cannot run on this machine as failed
  --help     show this text

Checks:
${Object.entries(GATES).map(([name, { what }]) => `  ${name.padEnd(18)} ${what}`).join("\n")}`;

const OPTIONS = {
  quick: { type: "boolean", default: false },
  only: { type: "string", multiple: true, default: [] as string[] },
  install: { type: "boolean", default: false },
  "no-skip": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

async function main(args: readonly string[]): Promise<number> {
  const values = parse(args);
  if (typeof values === "string") {
    console.error(`${values}\n\n${USAGE}`);
    return 2;
  }
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const chosen = choose(values.only, values.quick);
  const left = Object.keys(GATES).filter((name) => !(name in chosen));
  // Data of an earlier run would count as well.
  if ("tests" in chosen) await removeIfExists(new URL(COVERAGE, ROOT));
  const outcomes = await runGates(chosen, { cwd: ROOT, install: values.install });
  console.log(`\n${summary(outcomes, values.only.length > 0 ? [] : left)}`);
  const bad = outcomes.filter(({ state, partly }) =>
    state === "failed" || values["no-skip"] && (state === "skipped" || partly.length > 0)
  );
  return bad.length === 0 ? 0 : 1;
}

/** Returns the flags, or what is wrong with them. */
export function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    const unknown = values.only.find((name) => !(name in GATES));
    return unknown === undefined ? values : `there is no check called ${unknown}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function choose(only: readonly string[], quick: boolean): Record<string, Gate> {
  return Object.fromEntries(
    Object.entries(GATES).filter(([name, gate]) =>
      only.length > 0 ? only.includes(name) : !(quick && gate.slow)
    ),
  );
}

async function removeIfExists(path: URL): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
