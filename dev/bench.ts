/**
 * Measures speed, memory and bytes: `deno task bench --help`. What a bare COPY or scan costs is measured
 * in the same run, so that ratios are comparable between machines.
 *
 * @module
 */
import { type Bench, openBench } from "./bench/context.ts";
import { type BenchOptions, readBenchOptions, type ScenarioName, USAGE } from "./bench/options.ts";
import { benchRecord, type BenchResult, benchText } from "./bench/report.ts";
import type { Group } from "./bench/measurement.ts";
import { firstLoad, type Loaded } from "./bench/scenarios/first_load.ts";
import { pages } from "./bench/scenarios/pages.ts";
import { reconcileProof } from "./bench/scenarios/reconcile.ts";
import { replays } from "./bench/scenarios/replay.ts";
import { stages } from "./bench/scenarios/stages.ts";
import { startUp } from "./bench/scenarios/start_up.ts";
import { ticks } from "./bench/scenarios/ticks.ts";
import { lakeSize } from "./bench/zones.ts";
import { describeMachine } from "./measure/machine.ts";
import { publish, type TableLayout } from "./measure/publish.ts";
import { runTool } from "./run_tool.ts";

type Scenario = (bench: Bench, loaded: Loaded) => Promise<Group[]>;

const SCENARIOS: Readonly<Record<ScenarioName, Scenario>> = {
  stages,
  replay: replays,
  reconcile: reconcileProof,
  ticks,
  start: startUp,
  pages,
};

async function measure(options: BenchOptions, stack: AsyncDisposableStack): Promise<BenchResult> {
  const bench = await openBench(options, stack);
  const machine = await describeMachine(bench.sandbox.environment.SOURCE_URL);
  const loaded = await firstLoad(bench, stack);
  const lake = await lakeSize(loaded.live);
  const groups = [loaded.group];
  for (const name of options.scenarios) groups.push(...await SCENARIOS[name](bench, loaded));
  return { options, machine, groups, lake };
}

if (import.meta.main) {
  await runTool(() => {
    const options = readBenchOptions(Deno.args);
    return options && (async (stack) => {
      const result = await measure(options, stack);
      const text = (layOut: TableLayout) => benchText(result, layOut);
      await publish({ record: benchRecord(result), text }, options.format, "bench", Deno.args);
    });
  }, USAGE);
}
