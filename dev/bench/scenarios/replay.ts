import { workIn } from "../child.ts";
import { type Bench, newPipeline, settle } from "../context.ts";
import { costOf, type Group, type Measurement, timesOf } from "../measurement.ts";
import { CHANGES } from "../options.ts";
import type { Loaded } from "./first_load.ts";

const COMMITS = 10;

/** Replays the first load, in both ways, then the commits of some ticks on top of it. */
export async function replays(bench: Bench, { live, floor }: Loaded): Promise<Group[]> {
  const { rows } = bench.options;
  const full = await newTarget(bench, "replay_processed");
  bench.report("replay of the processed zone");
  await settle(bench);
  const loaded = await workIn(bench, live.far, "replay", [full]);
  bench.report("replay of the ingestion zone");
  await settle(bench);
  const again = await workIn(bench, live.far, "replayFromIngestion", [
    await newTarget(bench, "replay_ingestion"),
  ]);
  await settle(bench);
  const { elapsed_ms, bytes } = await floor.firstLoad();
  await floor.vacuum();
  const [transform_ms, load_ms] = timesOf(again.spans);
  const of = (name: string, ms: number, cost: Partial<Measurement>): Measurement => ({
    name,
    runs_ms: [ms],
    rows,
    ...cost,
  });
  const { peak_rss } = again.cost;
  return [{
    floor: { name: "floor: two COPYs, then foreign keys", runs_ms: [elapsed_ms], rows, bytes },
    measured: [
      of("replay of the processed zone", loaded.spans[0].elapsed_ms, costOf(loaded.cost)),
      of("replay of the ingestion zone", transform_ms + load_ms, costOf(again.cost)),
      of("replay of the ingestion zone: transform", transform_ms, { peak_rss }),
      of("replay of the ingestion zone: load", load_ms, { peak_rss }),
    ],
  }, await commitByCommit(bench, { live, floor }, full)];
}

/** Makes commits and replays them into a target that has every commit before them. */
async function commitByCommit(
  bench: Bench,
  { live, floor }: Pick<Loaded, "live" | "floor">,
  into: string,
): Promise<Group> {
  bench.report("replay of small commits");
  const floors = [];
  for (let i = 0; i < COMMITS; i++) {
    const condition = await bench.changes.make(live.near.SOURCE_URL, CHANGES);
    await workIn(bench, live.near, "run");
    floors.push((await floor.move(condition)).elapsed_ms);
  }
  const { spans, cost } = await workIn(bench, live.far, "replay", [into]);
  return {
    floor: {
      name: `floor: two COPYs of ${CHANGES} rows, and a merge`,
      runs_ms: floors,
      rows: CHANGES,
    },
    measured: [{
      name: `replay, per commit of ${CHANGES} changes`,
      runs_ms: timesOf(spans).map((ms) => ms / COMMITS),
      rows: CHANGES,
      peak_rss: cost.peak_rss,
    }],
  };
}

async function newTarget(bench: Bench, name: string): Promise<string> {
  return (await newPipeline(bench, name)).far.WAREHOUSE_URL;
}
