import type { Cost } from "../measure/measured_command.ts";
import type { Contender } from "./contender.ts";
import { findLosses, type Verdicts } from "./losses.ts";
import { KEY, TABLE, WATERMARK } from "./peer.ts";

/** What one tool took, and what it lost. */
export interface PeerResult {
  readonly name: string;
  readonly first_load: Runs;
  /** Each copies {@linkcode CHANGES} rows whose watermark moved. */
  readonly increment: Runs;
  readonly no_change: Runs;
  /** Whether every row was equal after the first load, and after the increments. */
  readonly equal: readonly [boolean, boolean];
  readonly losses: Verdicts;
}

/** The cost of each run. */
export interface Runs {
  readonly elapsed_ms: readonly number[];
  readonly cpu_ms: readonly number[];
  readonly peak_rss: readonly (number | null)[];
}

/** A tool that could not be measured. */
export interface SkippedPeer {
  readonly name: string;
  readonly reason: string;
}

/** Rows that an increment changes. */
export const CHANGES = 1000;
const TIMES = 3;

/** A run that failed. */
export class ToolFailure extends Error {}

/** Returns the runs that succeeded. Throws {@linkcode ToolFailure} for one that did not. */
export function runsOf(costs: readonly Cost[]): Runs {
  for (const { code, stdout, stderr } of costs) {
    if (code === 0) continue;
    const lines = `${stdout}\n${stderr}`.trim().split("\n");
    throw new ToolFailure(`exit code ${code}: ${lines.at(-1)}`);
  }
  return {
    elapsed_ms: costs.map(({ elapsed_ms }) => elapsed_ms),
    cpu_ms: costs.map(({ cpu_ms }) => cpu_ms),
    peak_rss: costs.map(({ peak_rss }) => peak_rss),
  };
}

/** Measures increments and losses after the first loads. */
export async function measureIncrements(
  contender: Contender,
  firstLoads: readonly Cost[],
): Promise<PeerResult> {
  const first_load = runsOf(firstLoads);
  const afterFirst = await contender.isEqual();
  const increments: Cost[] = [];
  await contender.again(); // whatever a first increment sets up
  for (let i = 0; i < TIMES; i++) {
    const first = 1_000_001 + CHANGES * i;
    await contender.inSource(
      `UPDATE ${TABLE} SET units_sold = units_sold + 1,
        ${WATERMARK} = date_trunc('milliseconds', clock_timestamp()::timestamp)
      WHERE ${KEY} BETWEEN ${first} AND ${first + CHANGES - 1}`,
    );
    increments.push(await contender.again());
  }
  const quiet: Cost[] = [];
  for (let i = 0; i < TIMES; i++) quiet.push(await contender.again());
  return {
    name: contender.peer.name,
    first_load,
    increment: runsOf(increments),
    no_change: runsOf(quiet),
    equal: [afterFirst, await contender.isEqual()],
    losses: await findLosses(contender),
  };
}
