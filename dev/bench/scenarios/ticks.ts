import type { Traffic } from "../../distance.ts";
import { median } from "../../measure/statistics.ts";
import { type Environment, workIn } from "../child.ts";
import type { Bench } from "../context.ts";
import { type Group, type Measurement, timesOf } from "../measurement.ts";
import { CHANGES } from "../options.ts";
import type { Span, TickOptions } from "../work.ts";
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
  const measured = await tickIn(bench, live.far, name, { times: TICKS, changes: CHANGES });
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
  const quiet = "tick without changes";
  const busy = "tick without changes, after a transaction elsewhere";
  bench.report(quiet);
  const measured = [
    await tickIn(bench, live.far, quiet, { times: QUIET_TICKS }),
    await tickIn(bench, live.far, busy, { times: QUIET_TICKS, elsewhere: true }),
  ];
  const floors = [];
  for (let i = 0; i < QUIET_TICKS; i++) floors.push((await floor.scan()).elapsed_ms);
  return { floor: { name: "floor: one scan and round trip per table", runs_ms: floors }, measured };
}

/** Runs ticks in a process, each after something has happened in the source. */
export async function tickIn(
  bench: Bench,
  env: Environment,
  name: string,
  { times, changes = 0, deletes = 0, elsewhere = false }: { times: number } & Partial<TickOptions>,
): Promise<Measurement> {
  const { options: { rows, wide }, sandbox, distance } = bench;
  const options: TickOptions = {
    ...{ times, changes, deletes, elsewhere, rows, wide },
    block: bench.changes.block,
  };
  if (changes > 0) bench.changes.block += times + 1;
  distance?.reset();
  const direct = { ...env, DIRECT_SOURCE_URL: sandbox.environment.SOURCE_URL };
  const { spans, cost } = await workIn(bench, direct, "ticks", [JSON.stringify(options)]);
  const trips = distance ? tripsIn(spans, distance.traffic()) : {};
  return {
    name,
    runs_ms: timesOf(spans),
    rows: changes + deletes,
    ...trips,
    peak_rss: cost.peak_rss,
  };
}

/** Counts the trips that began during a tick. */
function tripsIn(spans: readonly Span[], { requests }: Traffic): { trips: number; chain: number } {
  const perTick = spans.map(({ started_at, elapsed_ms }) =>
    requests.filter(({ sent_at }) => sent_at >= started_at && sent_at <= started_at + elapsed_ms)
      .map(({ place }) => place)
  );
  return {
    trips: median(perTick.map((places) => places.length)),
    chain: median(perTick.map(lengthOf)),
  };
}

function lengthOf(places: readonly number[]): number {
  return places.length === 0 ? 0 : 1 + Math.max(...places) - Math.min(...places);
}
