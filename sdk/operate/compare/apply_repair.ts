import type { Keys } from "../../extract/repair.ts";
import type { SchemaChange } from "../../extract/schema_changes.ts";
import { type DatabaseCommit, isPartial } from "../../lake/commit.ts";
import type { CommitLog } from "../../lake/commit_log.ts";
import { databaseZone } from "../../lake/zone.ts";
import { load } from "../../load/load.ts";
import type { PipelineOptions } from "../../options.ts";
import { transform } from "../../transform/transform.ts";
import { type AlertListener, reconcileAlerts } from "../alerts.ts";
import { throwIfStopped } from "../stop.ts";
import { type FoundRepair, rebaseRepair } from "./find_repair.ts";

/** What a reconciliation compares. `rows`: every value of every table. `keys`: only keys. */
export type ReconcileScope = "rows" | "keys";

/** The options of {@linkcode reconcile}. */
export interface ReconcileOptions extends PipelineOptions {
  /**
   * Percent of a table's rows that can be missing in the source before the source itself must be
   * wrong. 100 missing rows are always accepted. Default: no limit.
   */
  readonly deletionLimit?: number;
  /**
   * What to compare: every value of every row, or only which rows there are, which is several times
   * faster. Default: `rows`.
   */
  readonly scope?: ReconcileScope;
  /** Receives an alert about rows that deltas missed, as soon as their repair is committed. */
  readonly onAlert?: AlertListener;
}

/**
 * How a reconciliation ended. `clean`: there was nothing to repair. `repaired`: the repair is in
 * the warehouse. `overtaken`: another reconciliation was faster, or every row is being read again;
 * nothing was done.
 */
export type ReconcileOutcome = "clean" | "repaired" | "overtaken";

/** The result of a reconciliation. */
export interface ReconcileResult {
  /** How it ended. */
  readonly outcome: ReconcileOutcome;
  /** What was compared. A tick compares the keys of tables whose numbers of rows differ. */
  readonly scope: ReconcileScope;
  /** Whether every table has been compared. If not, the next reconciliation compares the others. */
  readonly finished: boolean;
  /** Rows deleted in the source, by source table. */
  readonly deleted: Readonly<Record<string, number>>;
  /** Rows that every extraction had missed, by source table. Any such row is a bug. */
  readonly missed: Readonly<Record<string, number>>;
  /** Rows that differ because they changed since the last extraction. The next one extracts them. */
  readonly in_flight: number;
  /** Rows in quarantine now. */
  readonly quarantined: number;
  /** The commit that carries the repair through the lake. */
  readonly commit: DatabaseCommit | null;
  /** Differences between the source and the specs. A table that one stops was not compared. */
  readonly schema: readonly SchemaChange[];
}

/** Options for the same run in every stage. */
type RepairOptions = Omit<ReconcileOptions, "run"> & { readonly run: string };

/** Attempts to commit a repair while other runs commit first. A retry takes a moment. */
const MAX_ATTEMPTS = 10;

/**
 * Commits the repair of differences that a comparison with the commit `compared` found, and loads
 * it. `signal` stops it between attempts to commit; the stages run to their end.
 *
 * @throws {StoppedError} when the signal was aborted with one.
 */
export async function applyRepair(
  { signal, ...options }: RepairOptions,
  compared: DatabaseCommit,
  found: FoundRepair,
  quarantined: number,
): Promise<Omit<ReconcileResult, "scope">> {
  const { log } = databaseZone(options.ingestion);
  for (let attempt = 1; found.commit && !await log.append(found.commit); attempt++) {
    const newest = (await log.head())!;
    if (attempt === MAX_ATTEMPTS || !await onlyDeltasSince(compared, log)) {
      return { outcome: "overtaken", ...resultOf(found), quarantined, commit: null };
    }
    throwIfStopped(signal);
    found = { ...found, ...await rebaseRepair(options, found.repair, newest) };
  }
  const result = resultOf(found);
  if (!found.commit) return { outcome: "clean", ...result, quarantined };
  for (const alert of reconcileAlerts(result.missed)) await options.onAlert?.(alert);
  await transform(options);
  const loaded = await load(options);
  return { outcome: "repaired", ...result, quarantined: loaded.quarantined };
}

function resultOf(
  { repair: { changed, deleted }, finished, in_flight, commit, schema }: FoundRepair,
): Omit<ReconcileResult, "outcome" | "scope" | "quarantined"> {
  return {
    finished,
    deleted: counts(deleted),
    missed: counts(changed),
    in_flight,
    commit,
    schema,
  };
}

/** Returns whether a comparison is still valid: no other repair since, and no full reload. */
async function onlyDeltasSince(
  { sequence }: DatabaseCommit,
  log: CommitLog<DatabaseCommit>,
): Promise<boolean> {
  for await (const commit of log.after(sequence)) {
    if (commit.mode !== "delta" || isPartial(commit)) return false;
  }
  return true;
}

function counts(keys: Keys): Record<string, number> {
  return Object.fromEntries([...keys].map(([table, { size }]) => [table, size]));
}
