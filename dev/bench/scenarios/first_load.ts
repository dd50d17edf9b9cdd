import { thousands } from "../../../functions/format.ts";
import { workIn } from "../child.ts";
import { type Bench, dropPipeline, newPipeline, type Pipeline, settle } from "../context.ts";
import { FloorWarehouse } from "../floor.ts";
import { costOf, type Group, timesOf } from "../measurement.ts";

/** What later scenarios continue with. */
export interface Loaded {
  readonly group: Group;
  /** The pipeline that has loaded everything. */
  readonly live: Pipeline;
  /** A warehouse that a bare COPY has filled. */
  readonly floor: FloorWarehouse;
}

/** Loads everything into an empty warehouse, in turns with the floor. */
export async function firstLoad(bench: Bench, stack: AsyncDisposableStack): Promise<Loaded> {
  const { options, subject } = bench;
  const name = `first load of ${thousands(options.rows)} ${subject.what}`;
  const costs = [];
  const floors = [];
  let loaded: Omit<Loaded, "group"> | undefined;
  for (let run = 1; run <= options.runs; run++) {
    bench.report(`${name}, ${run} of ${options.runs}`);
    const live = await newPipeline(bench, `first_${run}`);
    await settle(bench);
    costs.push(await workIn(bench, live.far, "run"));
    if (loaded) await dropPipeline(bench, `first_${run - 1}`);
    const floor = loaded?.floor ?? stack.use(await FloorWarehouse.open(bench, live));
    await settle(bench);
    floors.push(await floor.firstLoad());
    loaded = { live, floor };
  }
  const { live, floor } = loaded!;
  await floor.vacuum();
  const last = costs.at(-1)!;
  const group = {
    floor: {
      name: "floor: COPY | COPY, then foreign keys",
      runs_ms: floors.map(({ elapsed_ms }) => elapsed_ms),
      rows: options.rows,
      bytes: floors[0].bytes,
    },
    measured: [{
      name,
      runs_ms: timesOf(costs.flatMap(({ spans }) => spans)),
      rows: options.rows,
      ...costOf(last.cost),
    }],
  };
  return { group, live, floor };
}
