/**
 * Runs every test module: workers, each with servers of its own, take shards from one queue.
 *
 * @module
 */
import { readResults, type Results, sum, summary } from "./results.ts";
import { readSeconds, rememberSeconds } from "./seconds.ts";
import { shardsOf, testModules } from "./shards.ts";
import { runTests, startServers } from "./worker.ts";

/** How to run the suite. */
export interface SuiteOptions {
  /** The folder of the tests. */
  readonly folder: string;
  /** Runs the slow tests, too. */
  readonly all: boolean;
  /** Flags for `deno test`. */
  readonly flags: readonly string[];
}

const WORKERS = Math.max(2, navigator.hardwareConcurrency);

/** Runs the suite, prints a summary at its end, and returns whether every test passed. */
export async function runSuite({ folder, all, flags }: SuiteOptions): Promise<boolean> {
  const started = Date.now();
  const queue = shardsOf(testModules(folder), await readSeconds());
  const results: Results[] = [];
  const cut: string[] = [];
  let shards = 0;
  const work = async () => {
    await using servers = await startServers();
    const environment = { ...servers.environment, TEST_QUICK: all ? "" : "1" };
    for (let modules = queue.shift(); modules; modules = queue.shift()) {
      const own = flagsOf(flags, shards++);
      const { success, output } = await runTests([...own, ...modules], environment);
      const result = readResults(output);
      if (result) results.push(result);
      else cut.push(...modules);
      console.log(success ? modules.map((path) => `ok     ${path}`).join("\n") : output);
    }
  };
  using _ = onSignal(() => queue.splice(0));
  await Promise.all(Array.from({ length: WORKERS }, work));
  const total = sum(results);
  await rememberSeconds(total.seconds);
  console.log(summary(total, cut, (Date.now() - started) / 60_000));
  return total.failed === 0 && cut.length === 0;
}

/** A run empties its folder of coverage first, so that every shard needs a folder of its own. */
function flagsOf(flags: readonly string[], shard: number): string[] {
  return flags.map((flag) => flag.startsWith("--coverage=") ? `${flag}/${shard}` : flag);
}

/** The shards that run receive the signal themselves, and end. */
function onSignal(action: () => void): Disposable {
  const signals: Deno.Signal[] = ["SIGINT", "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, action);
  return {
    [Symbol.dispose]: () => {
      for (const signal of signals) Deno.removeSignalListener(signal, action);
    },
  };
}
