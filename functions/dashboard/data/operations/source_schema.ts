import type { RecordedChange, RecordedRun } from "../../../../sdk/mod.ts";
import type { Warehouse } from "../warehouse.ts";
import { ask, utc } from "./ask.ts";
import type { SchemaChange } from "./operations.ts";

/** The runs that found the same differences. */
interface Findings {
  readonly changes: readonly RecordedChange[];
  readonly first: string;
  readonly last: string;
  /** The newest snapshot that the tables which are not stopped reflected. */
  readonly read_as_of: string | null;
}

/** What the runs of the history found in the source. */
export interface SourceSchema {
  /** The differences that the newest of them found, those that stop a table first. */
  readonly changes: readonly SchemaChange[];
  /** Returns the newest snapshot that was read of a source table; null when unknown. */
  readonly readAsOf: (table: string) => string | null;
}

/**
 * Reads what the runs of the history found in the source. `runs` are the newest of `extract`: if the last one that
 * looked found nothing, the others do not matter.
 */
export async function readSourceSchema(
  warehouse: Warehouse,
  runs: readonly RecordedRun[],
): Promise<SourceSchema> {
  const isClean = runs.find(({ schema_changes }) => schema_changes !== null)
    ?.schema_changes?.length === 0;
  if (isClean) {
    const read_as_of = latest(runs.map(({ read_as_of }) => read_as_of));
    return { changes: [], readAsOf: () => read_as_of };
  }
  const text = `SELECT schema_changes AS changes, ${utc("min(started_at)")} AS first,
  ${utc("max(started_at)")} AS last, ${utc("max(read_as_of)")} AS read_as_of
FROM etl.run WHERE job = 'extract' AND schema_changes IS NOT NULL
GROUP BY schema_changes ORDER BY max(started_at) DESC`;
  const findings = await ask<Findings>(warehouse, { text });
  const current = findings[0]?.changes ?? [];
  return {
    changes: current.map((change) => ({
      ...change,
      column: change.column ?? null,
      message: change.message ?? null,
      since: sinceOf(change, findings),
    })).sort((a, b) => Number(b.stops) - Number(a.stops)),
    readAsOf: (table) => {
      const reading = findings.filter(({ changes }) =>
        !changes.some((change) => change.stops && change.table === table)
      );
      return latest(reading.map(({ read_as_of }) => read_as_of));
    },
  };
}

/** Returns the start of the last run that did not find a difference, or of the oldest run. */
function sinceOf(change: RecordedChange, findings: readonly Findings[]): string {
  const isSame = (other: RecordedChange) =>
    other.table === change.table && other.column === change.column && other.kind === change.kind;
  const without = findings.filter(({ changes }) => !changes.some(isSame)).map(({ last }) => last);
  return latest(without) ?? findings.map(({ first }) => first).sort()[0];
}

/** Returns the latest of some times; null without one. */
export function latest(times: readonly (string | null)[]): string | null {
  return times.filter((time) => time !== null).sort().at(-1) ?? null;
}
