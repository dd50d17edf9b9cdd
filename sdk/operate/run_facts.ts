/**
 * What the history says about a run, from the result of the operation. Does no I/O.
 *
 * @module
 */
import { type Model, totesys } from "../../schemas/model.ts";
import { everyTable } from "../derive/source_model.ts";
import type { SchemaChange } from "../extract/schema_changes.ts";
import { objectsOf, type ProcessedCommit, shownAsOf } from "../lake/commit.ts";
import type { LoadResult } from "../load/load.ts";
import type { ReconcileResult } from "./compare/reconcile.ts";
import { freshAsOf, readAsOf } from "./freshness.ts";
import type { RunResult } from "./run.ts";
import type { RunSourceResult } from "./run_source.ts";

/**
 * How a run of a job ended. `changed`: it moved rows. `unchanged`: it found nothing new. `overtaken`: another
 * run committed first. `stopped`: it was asked to stop, and the next one does the rest. `failed`: it threw an
 * error.
 */
export type RunOutcome = "changed" | "unchanged" | "overtaken" | "stopped" | "failed";

/** What a run did. */
export interface RunFacts {
  /** The run's id, as in its object keys, if the job has one. */
  readonly run?: string;
  /** How it ended. */
  readonly outcome: RunOutcome;
  /** Rows written to the warehouse or removed from it. */
  readonly rows?: number;
  /** Bytes of these rows in the processed zone. */
  readonly bytes?: number;
  /** Milliseconds of each stage. */
  readonly stage_ms?: RunResult["stage_ms"];
  /** Rows, by warehouse table. */
  readonly tables?: Readonly<Record<string, number>>;
  /** Milliseconds from the source snapshot of the last loaded batch to its commit in the warehouse. */
  readonly lag_ms?: number | null;
  /** Time of the source snapshot that every table now reflects (RFC 3339, UTC); null if not advanced. */
  readonly fresh_as_of?: string | null;
  /** The same for the tables that are not stopped. */
  readonly read_as_of?: string | null;
  /** Rows in quarantine. */
  readonly quarantined?: number;
  /** Differences between the source and the specs. */
  readonly schema_changes?: readonly SchemaChange[];
}

/** Returns the facts of a `run()` that began at `started`. */
export function factsOfRun(
  result: RunResult,
  started: Date,
  model: Model = totesys,
): RunFacts {
  const { extract, load, reconcile } = result;
  const repaired = reconcile ? repairedRows(reconcile, model) : {};
  const moved = movedRows(load.commits, repaired);
  return {
    ...moved,
    run: result.run,
    outcome: result.stopped
      ? "stopped"
      : moved.outcome === "unchanged" && extract.outcome === "overtaken"
      ? "overtaken"
      : moved.outcome,
    stage_ms: result.stage_ms,
    lag_ms: result.lag_ms,
    fresh_as_of: freshAsOf(result, started),
    read_as_of: readAsOf(result, started),
    quarantined: reconcile?.quarantined ?? load.quarantined,
    schema_changes: extract.schema,
  };
}

/** Returns the facts of a `load()`. */
export function factsOfLoad({ commits, quarantined }: LoadResult): RunFacts {
  const shown = shownAsOf(commits);
  return { ...movedRows(commits), fresh_as_of: shown, read_as_of: shown, quarantined };
}

/** Returns the facts of a `runSource()`. */
export function factsOfSource({ run, load, stopped }: RunSourceResult): RunFacts {
  const moved = movedRows(load.commits);
  const outcome = stopped ? "stopped" : moved.outcome;
  return { ...moved, run, outcome, quarantined: load.quarantined };
}

/** Returns the facts of a `reconcile()`. Its rows are those that it repaired. */
export function factsOfReconcile(result: ReconcileResult, model: Model = totesys): RunFacts {
  const { outcome, finished, quarantined, schema } = result;
  const moved = movedRows([], repairedRows(result, model));
  return {
    ...moved,
    outcome: outcome === "overtaken" ? "overtaken" : finished ? moved.outcome : "stopped",
    quarantined,
    schema_changes: schema,
  };
}

function movedRows(
  commits: readonly ProcessedCommit[],
  repaired: Readonly<Record<string, number>> = {},
): RunFacts & Required<Pick<RunFacts, "rows" | "bytes" | "tables">> {
  const tables = new Map(Object.entries(repaired));
  let bytes = 0;
  for (const commit of commits) {
    for (const { table, object } of objectsOf({ ...commit, quarantined: {} })) {
      tables.set(table, (tables.get(table) ?? 0) + object.rows);
      bytes += object.bytes;
    }
  }
  const rows = [...tables.values()].reduce((sum, rows) => sum + rows, 0);
  return {
    outcome: rows > 0 ? "changed" : "unchanged",
    rows,
    bytes,
    tables: Object.fromEntries(tables),
  };
}

/** Returns the repaired rows by warehouse table: a row of the source is one row of each. */
function repairedRows(
  { deleted, missed }: ReconcileResult,
  model: Model,
): Record<string, number> {
  const repaired: Record<string, number> = {};
  for (const found of [deleted, missed]) {
    for (const [name, rows] of Object.entries(found)) {
      for (const table of everyTable(model)) {
        if (table.kind === "calendar" || table.from !== name) continue;
        repaired[table.name] = (repaired[table.name] ?? 0) + rows;
      }
    }
  }
  return repaired;
}
