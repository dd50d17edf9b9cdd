/**
 * The result of the comparison, for people, for programs and for the README.
 *
 * @module
 */
import { duration, thousands } from "../../functions/format.ts";
import { type Machine, machineLine } from "../measure/machine.ts";
import type { TableLayout } from "../measure/publish.ts";
import { median } from "../measure/statistics.ts";
import { LOSSES, type Verdicts } from "./losses.ts";
import { CHANGES, type PeerResult, type Runs, type SkippedPeer } from "./measure_peer.ts";

/** Everything that was measured. */
export interface Comparison {
  readonly rows: number;
  readonly machine: Machine;
  /** Milliseconds of a bare COPY | COPY into a table with a primary key, then foreign keys. */
  readonly floor_ms: readonly number[];
  readonly peers: readonly PeerResult[];
  readonly skipped: readonly SkippedPeer[];
}

const HEADINGS = [
  "",
  "first load",
  "× floor",
  "CPU",
  "peak memory",
  `${thousands(CHANGES)} changes`,
  "no change",
  "equal",
];

/** Returns the result as tables. */
export function comparisonText(result: Comparison, layOut: TableLayout): string {
  const floor_ms = median(result.floor_ms);
  const floor = ["floor: COPY | COPY, then foreign keys", seconds(floor_ms), "1.00"];
  const costs = result.peers.map((peer) => costLine(peer, floor_ms));
  const blank = HEADINGS.slice(floor.length).map(() => "");
  return [
    `${thousands(result.rows)} sales orders. ${machineLine(result.machine)}`,
    layOut(HEADINGS, [[...floor, ...blank], ...costs]),
    layOut(["", ...Object.values(LOSSES)], result.peers.map(lossLine)),
    ...result.skipped.map(({ name, reason }) => `skipped ${name}: ${reason}`),
  ].join("\n\n");
}

function costLine(peer: PeerResult, floor_ms: number): string[] {
  const { first_load, increment, no_change } = peer;
  const all = [first_load, increment, no_change];
  return [
    peer.name,
    seconds(median(first_load.elapsed_ms)),
    (median(first_load.elapsed_ms) / floor_ms).toFixed(2),
    seconds(median(first_load.cpu_ms)),
    peakMemory(all),
    seconds(median(increment.elapsed_ms)),
    seconds(median(no_change.elapsed_ms)),
    peer.equal.every(Boolean) ? "yes" : "NO",
  ];
}

function lossLine({ name, losses }: PeerResult): string[] {
  return [name, ...(Object.keys(LOSSES) as (keyof Verdicts)[]).map((loss) => losses[loss])];
}

function peakMemory(runs: readonly Runs[]): string {
  const peaks = runs.flatMap(({ peak_rss }) => peak_rss).filter((peak) => peak !== null);
  return peaks.length === 0 ? "?" : `${thousands(Math.round(Math.max(...peaks) / 1e6))} MB`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${(ms / 1000).toFixed(2)} s` : duration(ms);
}
