import { workIn } from "../child.ts";
import { type Bench, settle } from "../context.ts";
import { costOf, type Group, timesOf } from "../measurement.ts";
import { tickIn } from "./ticks.ts";
import type { Loaded } from "./first_load.ts";

const TIMES = 3;

const DELETES = 10;

/**
 * Proves that the warehouse has the rows of the source, and that it equals the source. Finds deleted rows,
 * when there are some.
 */
export async function reconcileProof(bench: Bench, { live, floor }: Loaded): Promise<Group[]> {
  bench.report("reconcile");
  const { rows } = bench.options;
  const keys = [];
  const proofs = [];
  const floors = [];
  await settle(bench);
  for (let i = 0; i < TIMES; i++) {
    keys.push(await workIn(bench, live.far, "reconcileKeys"));
    proofs.push(await workIn(bench, live.far, "reconcile"));
    floors.push((await floor.readKeys()).elapsed_ms);
  }
  const deletes = { times: TIMES, deletes: DELETES };
  const found = await tickIn(bench, live.far, `tick that finds ${DELETES} deletes`, deletes);
  return [{
    floor: { name: "floor: two ordered key scans, one after the other", runs_ms: floors, rows },
    measured: [
      ...([["reconcile, keys only", keys], ["reconcile, every value", proofs]] as const).map((
        [name, works],
      ) => ({
        name,
        runs_ms: timesOf(works.flatMap(({ spans }) => spans)),
        rows,
        ...costOf(works.at(-1)!.cost),
      })),
      found,
    ],
  }];
}
