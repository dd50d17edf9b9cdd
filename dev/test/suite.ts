/**
 * Runs every test module: workers, each with servers of its own, take shards from one queue.
 *
 * @module
 */
import { readResults, type Results, sum, summary } from "./results.ts";
import { readSeconds, secondsFileOf, writeSeconds } from "./seconds.ts";
import { shardsOf, testModules } from "./shards.ts";
import { runTests, type Servers, startServers } from "./worker.ts";

/** How to run the suite. */
export interface SuiteOptions {
  /** The folder of the tests. */
  readonly folder: string;
  /** Whether slow tests run, too. */
  readonly all: boolean;
  /** Flags for `deno test`. */
  readonly flags: readonly string[];
  /** Starts the servers of a worker. */
  readonly start?: () => Promise<Servers>;
  /** The file with the times of earlier runs. */
  readonly secondsFile?: string;
  /** Receives the output of failed shards, a line for each module of the others, and the summary. */
  readonly print?: (text: string) => void;
}

/** One more than there are processors: tests wait for servers and disks. */
const WORKERS = navigator.hardwareConcurrency + 1;

/** Runs the suite and returns whether every test passed. */
export async function runSuite(options: SuiteOptions): Promise<boolean> {
  const { all, start = startServers, print = console.log } = options;
  const { secondsFile = secondsFileOf(all) } = options;
  const started = Date.now();
  const queue = shardsOf(testModules(options.folder), await readSeconds(secondsFile));
  const results: Results[] = [];
  const cut: string[] = [];
  let shards = 0;
  const work = async () => {
    await using servers = await start();
    const environment = { ...servers.environment, TEST_QUICK: all ? "" : "1" };
    for (let modules = queue.shift(); modules; modules = queue.shift()) {
      const flags = flagsOf(options.flags, shards++);
      const { success, output } = await runTests([...flags, ...modules], environment);
      const result = readResults(output);
      const isWhole = result !== null && success === (result.failed === 0);
      if (isWhole) results.push(result);
      else cut.push(...modules);
      print(isWhole && success ? passed(result) : output);
    }
  };
  using _ = onSignal(() => cut.push(`${queue.splice(0).flat().length} modules: interrupted`));
  await Promise.all(Array.from({ length: Math.min(WORKERS, queue.length) }, work));
  const total = sum(results);
  await writeSeconds(secondsFile, total.seconds);
  print(summary(total, cut, (Date.now() - started) / 60_000));
  return total.failed === 0 && cut.length === 0;
}

/** A run empties its folder of coverage first, so that every shard needs a folder of its own. */
function flagsOf(flags: readonly string[], shard: number): string[] {
  return flags.map((flag) => flag.startsWith("--coverage=") ? `${flag}/${shard}` : flag);
}

function passed({ seconds }: Results): string {
  return Object.entries(seconds)
    .map(([path, time]) => `ok     ${path} (${time.toFixed(1)} s)`)
    .join("\n");
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
