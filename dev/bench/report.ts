/**
 * The result of a benchmark, for people and for programs.
 *
 * @module
 */
import { byteSize, duration, plural, thousands } from "../../functions/format.ts";
import { type Machine, machineLine } from "../measure/machine.ts";
import type { TableLayout } from "../measure/publish.ts";
import { median } from "../measure/statistics.ts";
import type { Group, Measurement } from "./measurement.ts";
import type { BenchOptions } from "./options.ts";
import type { LakeSize } from "./zones.ts";

/** Everything that was measured. */
export interface BenchResult {
  readonly options: BenchOptions;
  readonly machine: Machine;
  readonly groups: readonly Group[];
  /** The size of the lake after the first load. */
  readonly lake: LakeSize;
}

/** Returns the result as the object that `--json` prints. */
export function benchRecord({ options, machine, groups, lake }: BenchResult) {
  return {
    options,
    machine,
    measurements: groups.flatMap(({ floor, measured }) =>
      [floor, ...measured].map((one) => ({
        ...one,
        elapsed_ms: median(one.runs_ms),
        ratio: ratio(one, floor),
        ...(one === floor ? {} : { floor: floor.name }),
      }))
    ),
    lake,
  };
}

/** Returns the result as tables. */
export function benchText(
  { options, machine, groups, lake }: BenchResult,
  layOut: TableLayout,
): string {
  const isFar = options.distance_ms > 0;
  const headings = ["", "time", "rows/s", "ratio", "CPU", "peak RSS", "bytes"];
  const lines = groups.flatMap(({ floor, measured }) =>
    [floor, ...measured].map((one) => [
      one.name,
      duration(median(one.runs_ms)),
      one.rows ? Math.round(one.rows / (median(one.runs_ms) / 1000)) : "",
      ratio(one, floor).toFixed(2),
      one.cpu_ms ? duration(one.cpu_ms) : "",
      one.peak_rss ? byteSize(one.peak_rss) : "",
      one.bytes ? byteSize(one.bytes) : "",
      ...(isFar ? [one.trips === undefined ? "" : `${one.trips}, ${one.chain} in a row`] : []),
    ])
  );
  return [
    machineLine(machine),
    "",
    layOut(isFar ? [...headings, "trips"] : headings, lines),
    "",
    zoneTable(lake, groups[0].floor.bytes!, layOut),
  ].join("\n");
}

function ratio(one: Measurement, floor: Measurement): number {
  return median(one.runs_ms) / median(floor.runs_ms);
}

function zoneTable(lake: LakeSize, floor_bytes: number, layOut: TableLayout): string {
  const line = (name: string, rows: string, bytes: number) =>
    [name, rows, byteSize(bytes), (bytes / floor_bytes).toFixed(2)] as const;
  const zones = (["ingestion", "processed"] as const).map((name) => {
    const { commits, objects, rows, bytes } = lake[name];
    const what = `${plural(commits, "commit")}, ${plural(objects, "object")}, ${
      thousands(rows)
    } rows`;
    return [...line(`${name} zone`, what, bytes)];
  });
  const floor = [...line("floor: COPY text of the table", "", floor_bytes)];
  return layOut(["after the first load", "", "bytes", "ratio"], [floor, ...zones]);
}
