import type { Traffic } from "../../distance.ts";
import { median } from "../../measure/statistics.ts";
import { type Environment, workIn } from "../child.ts";
import type { Bench } from "../context.ts";
import { costOf, type Group, type Measurement, timesOf } from "../measurement.ts";
import { CHANGES } from "../options.ts";
import type { Span } from "../work.ts";
import type { Loaded } from "./first_load.ts";

const TICKS = 5;
const QUIET_TICKS = 9;

/** Runs ticks in one process, with changes and without. */
export async function ticks(bench: Bench, loaded: Loaded): Promise<Group[]> {
  return [await changedTicks(bench, loaded), await quietTicks(bench, loaded)];
}

async function changedTicks(bench: Bench, { live, floor }: Loaded): Promise<Group> {
  const name = `tick of ${CHANGES} changes`;
  bench.report(name);
  const measured = await tickIn(bench, live.far, name, TICKS, CHANGES);
  const floors = [];
  for (let i = 0; i < TICKS; i++) {
    const condition = await bench.changes.make(live.near.SOURCE_URL, CHANGES);
    floors.push((await floor.tick(condition)).elapsed_ms);
  }
  // The floor's changes are on their way as well: the next scenario is about none.
  await workIn(bench, live.far, "run");
  const floorName = `floor: one scan and round trip per table, ${CHANGES} rows copied and merged`;
  return { floor: { name: floorName, runs_ms: floors, rows: CHANGES }, measured: [measured] };
}

async function quietTicks(bench: Bench, { live, floor }: Loaded): Promise<Group> {
  const name = "tick without changes";
  bench.report(name);
  const measured = await tickIn(bench, live.far, name, QUIET_TICKS, 0);
  const floors = [];
  for (let i = 0; i < QUIET_TICKS; i++) floors.push((await floor.scan()).elapsed_ms);
  const floorName = "floor: one scan and round trip per table";
  return { floor: { name: floorName, runs_ms: floors }, measured: [measured] };
}

async function tickIn(
  bench: Bench,
  env: Environment,
  name: string,
  times: number,
  count: number,
): Promise<Measurement> {
  const { changes, options: { rows, wide } } = bench;
  bench.distance?.reset();
  const direct = { ...env, DIRECT_SOURCE_URL: bench.sandbox.environment.SOURCE_URL };
  const args = [times, count, rows, changes.block, wide ? 1 : 0];
  const { spans, cost } = await workIn(bench, direct, "ticks", args);
  if (count > 0) changes.block += times + 1;
  const trips = bench.distance ? tripsIn(spans, bench.distance.traffic()) : {};
  return { name, runs_ms: timesOf(spans), rows: count, ...trips, ...costOf(cost) };
}

/** Counts the trips that began during a tick. */
function tripsIn(spans: readonly Span[], { requests }: Traffic): { trips: number; chain: number } {
  const perTick = spans.map(({ started_at, elapsed_ms }) =>
    requests.filter(({ sent_at }) => sent_at >= started_at && sent_at <= started_at + elapsed_ms)
      .map(({ place }) => place)
  );
  return {
    trips: median(perTick.map((places) => places.length)),
    chain: median(perTick.map((places) => 1 + Math.max(...places) - Math.min(...places))),
  };
}
