import { openDistance } from "../../distance.ts";
import { type Environment, runEtl, runScript } from "../child.ts";
import type { Bench } from "../context.ts";
import type { Cost } from "../../measure/measured_command.ts";
import { costOf, type Group } from "../measurement.ts";
import { CHANGES } from "../options.ts";
import type { Loaded } from "./first_load.ts";

const TIMES = 5;

/** Runs the command line in fresh processes. */
export async function startUp(bench: Bench, { live, floor }: Loaded): Promise<Group[]> {
  bench.report("start-up");
  const least = (env: Environment) => runScript(bench, env, "dev/bench/select_one.ts");
  const tick = (env: Environment) => runEtl(bench, env, "run", "--quiet");
  const firstQueries = { floor: [] as number[], tick: [] as number[] };
  for (let i = 0; i < TIMES; i++) {
    firstQueries.floor.push(await firstQuery(live.near, least));
    firstQueries.tick.push(await firstQuery(live.near, tick));
  }
  const fresh: Cost[] = [];
  const floors: number[] = [];
  for (let i = 0; i < TIMES; i++) {
    await bench.changes.make(live.near.SOURCE_URL, CHANGES);
    fresh.push(await tick(live.far));
    const condition = await bench.changes.make(live.near.SOURCE_URL, CHANGES);
    floors.push((await least(live.far)).elapsed_ms + (await floor.tick(condition)).elapsed_ms);
    await tick(live.far);
  }
  return [{
    floor: {
      name: "floor: a process starts and connects to Postgres",
      runs_ms: firstQueries.floor,
    },
    measured: [{ name: "start of a quiet tick to its first query", runs_ms: firstQueries.tick }],
  }, {
    floor: {
      name: `floor: a process that sends one query, and the floor of a tick`,
      runs_ms: floors,
      rows: CHANGES,
    },
    measured: [{
      name: `fresh process: tick of ${CHANGES} changes`,
      runs_ms: fresh.map(({ elapsed_ms }) => elapsed_ms),
      rows: CHANGES,
      ...costOf(fresh.at(-1)!),
    }],
  }];
}

/** Returns the milliseconds from the start of a process to the first bytes that it sends a database. */
async function firstQuery(
  near: Environment,
  program: (env: Environment) => Promise<Cost>,
): Promise<number> {
  await using proxies = openDistance({ delay_ms: 0 });
  const SOURCE_URL = await proxies.to(near.SOURCE_URL);
  const WAREHOUSE_URL = await proxies.to(near.WAREHOUSE_URL);
  const { started_at } = await program({ ...near, SOURCE_URL, WAREHOUSE_URL });
  return proxies.traffic().requests[0].sent_at - started_at;
}
