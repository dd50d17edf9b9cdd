import { DATABASE } from "../../../../sdk/derive/source_model.ts";
import type { RecordedRun } from "../../../../sdk/mod.ts";
import type { Job } from "./jobs.ts";
import type { SchemaChange, Status, Verdict } from "./operations.ts";
import { latest } from "./source_schema.ts";
import type { TableRows } from "./tables.ts";

/** What a verdict follows from. */
export interface VerdictFacts {
  readonly now: Date;
  readonly objective_ms: number;
  readonly jobs: readonly Job[];
  /** Runs of `extract`, the newest first. */
  readonly runs: readonly RecordedRun[];
  /** When the last commit of each source was taken. */
  readonly sources: ReadonlyMap<string, string>;
  /** The tables of the database. */
  readonly counts: readonly TableRows[];
  /** What the newest run found in the source. */
  readonly changes: readonly SchemaChange[];
}

/** The jobs that move the database. The others are sources of their own. */
const MOVING = ["extract", "load", "reconcile", "heartbeat"];

/** Returns the verdict on a warehouse. Does no I/O. */
export function verdictOf(facts: VerdictFacts): Verdict {
  const { now, objective_ms, jobs, runs } = facts;
  const fresh_as_of = freshAsOf(facts);
  const behind_ms = fresh_as_of === null
    ? null
    : Math.max(0, now.getTime() - Date.parse(fresh_as_of));
  const failing = jobs.filter(({ outcome }) => outcome === "failed");
  return {
    status: statusOf(facts, failing, behind_ms),
    fresh_as_of,
    behind_ms,
    objective_ms,
    failing,
    last_success: runs.find(({ outcome }) => outcome !== "failed" && outcome !== "stopped") ?? null,
  };
}

/**
 * Returns the newest snapshot that every table reflects. Without heartbeats and runs, a release without them
 * has loaded the last commit.
 */
function freshAsOf({ jobs, runs, sources, counts }: VerdictFacts): string | null {
  const known = latest([
    ...jobs.map(({ fresh_as_of }) => fresh_as_of),
    ...runs.map(({ fresh_as_of }) => fresh_as_of),
  ]);
  if (known !== null) return known;
  const isComplete = counts.length > 0 && counts.every(({ is_keyed }) => is_keyed);
  return isComplete ? sources.get(DATABASE) ?? null : null;
}

function statusOf(
  { jobs, runs, sources, objective_ms, changes }: VerdictFacts,
  failing: readonly Job[],
  behind_ms: number | null,
): Status {
  if (jobs.length === 0 && runs.length === 0 && sources.size === 0) return "empty";
  const isBroken = failing.some(({ job }) => MOVING.includes(job));
  if (behind_ms === null) return isBroken ? "failing" : "loading";
  if (behind_ms > objective_ms) return "stale";
  if (isBroken) return "failing";
  return failing.length > 0 || changes.some(({ stops }) => stops) ? "partial" : "fresh";
}
