/**
 * Runs in words, and runs that went alike as one: a quiet night and an outage are a line each.
 *
 * @module
 */
import type { Tone } from "../../assets.ts";
import { STAGES } from "../../charts/strip.tsx";
import type { RecordedRun } from "../../../../sdk/mod.ts";

/** Runs in a row, the newest first. */
export type RunGroup = readonly [RecordedRun, ...RecordedRun[]];

/** Groups runs, the newest first. A run that changed rows is a group of its own. */
export function groupRuns(runs: readonly RecordedRun[]): RunGroup[] {
  const groups: [RecordedRun, ...RecordedRun[]][] = [];
  for (const run of runs) {
    const group = groups.at(-1);
    if (group && isAlike(group[0], run)) group.push(run);
    else groups.push([run]);
  }
  return groups;
}

function isAlike(a: RecordedRun, b: RecordedRun): boolean {
  if (a.outcome === "changed" || a.outcome !== b.outcome) return false;
  return a.error === b.error && failedStage(a) === failedStage(b);
}

/** Returns the stage in which a run failed; null when it is unknown. */
export function failedStage({ outcome, stage_ms }: RecordedRun): string | null {
  if (outcome !== "failed") return null;
  return STAGES.findLast((stage) => stage_ms[stage] !== undefined) ?? null;
}

/** Returns how a run ended, and the tone of that. */
export function outcomeWords(run: RecordedRun): readonly [Tone, string] {
  switch (run.outcome) {
    case "changed":
      return ["ok", "loaded"];
    case "unchanged":
      return ["idle", "nothing new"];
    case "overtaken":
      return ["idle", "skipped, another run was first"];
    case "stopped":
      return ["warn", "stopped, the next run continues"];
    case "failed": {
      const stage = failedStage(run);
      return ["bad", stage === null ? "failed" : `failed in ${stage}`];
    }
  }
}
