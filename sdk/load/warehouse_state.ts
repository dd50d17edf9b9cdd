/**
 * What a load has to know about the warehouse, in one query: a far server answers each of them late.
 *
 * @module
 */
import { DATABASE } from "../derive/source_model.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { isUndefined } from "../postgres/relation.ts";
import type { Statement } from "../postgres/statement.ts";
import { type Applied, lastApplied } from "./applied_commit.ts";
import { LATEST, migrate, refuseNewerVersion } from "./migrate.ts";

/** A warehouse's maintenance state. */
export interface WarehouseStatus {
  /** Rows in quarantine. */
  readonly quarantined: number;
  /** Milliseconds since the last reconciliation, or since the first load; null before that. */
  readonly reconciled_ms_ago: number | null;
  /**
   * Whether a reconciliation is needed: every row was read again since the last one, a batch was
   * skipped, or a comparison is unfinished.
   */
  readonly reconcile_needed: boolean;
}

/** The state of a warehouse's control tables. */
export interface WarehouseState extends WarehouseStatus {
  /** The number of the last applied migration. */
  readonly version: number;
  /** The last applied commit of the source; null before the first. */
  readonly applied: Applied | null;
  /** The tables that have orphans in quarantine. */
  readonly orphaned: readonly string[];
}

/** The commits that a comparison of the database with the warehouse is about. */
const DATABASE_COMMITS = `etl.applied_commit WHERE source = '${DATABASE}'`;

/**
 * Returns the statement that selects the {@linkcode WarehouseState} for a source. It fails in a warehouse
 * without the control tables of this release.
 */
export function selectState(source: string): Statement {
  return { text: SELECT_STATE, values: [source] };
}

const SELECT_STATE = `SELECT
  (SELECT coalesce(max(version), 0) FROM etl.migration) AS version,
  (SELECT jsonb_build_object('sequence', sequence, 'run', run)
    FROM etl.applied_commit WHERE source = $1 ORDER BY sequence DESC LIMIT 1) AS applied,
  (SELECT coalesce(jsonb_agg(DISTINCT table_name), '[]')
    FROM etl.quarantine WHERE orphaned) AS orphaned,
  (SELECT count(*) FROM etl.quarantine)::int AS quarantined,
  (extract(epoch FROM clock_timestamp() - coalesce(
    (SELECT max(done_at) FROM etl.reconciliation WHERE finished),
    (SELECT applied_at FROM ${DATABASE_COMMITS} ORDER BY sequence LIMIT 1)
  )) * 1000)::float8 AS reconciled_ms_ago,
  EXISTS (SELECT FROM ${DATABASE_COMMITS}
    AND (skipped IS NOT NULL
      OR mode = 'full' AND sequence > (SELECT min(sequence) FROM ${DATABASE_COMMITS}))
    AND ingestion_sequence >
      (SELECT coalesce(max(ingestion_sequence), 0) FROM etl.reconciliation WHERE finished)
  ) OR coalesce(
    (SELECT NOT finished FROM etl.reconciliation ORDER BY done_at DESC LIMIT 1), false
  ) AS reconcile_needed`;

/**
 * Returns the row of {@linkcode selectState}.
 *
 * @throws {WarehouseError} when a newer release has migrated the warehouse.
 */
export function stateOf([row]: readonly QueryRow[]): WarehouseState {
  const state = row as unknown as WarehouseState;
  refuseNewerVersion(state.version, "load");
  return state;
}

/** The state of a warehouse, and the answers to questions that were asked with it. */
export interface Answer {
  readonly state: WarehouseState;
  /** The rows of each question. */
  readonly answers: readonly QueryRow[][];
}

/** Returns the answer to {@linkcode selectState} and the questions after it. */
export function answerOf([state, ...answers]: readonly QueryRow[][]): Answer {
  return { state: stateOf(state), answers };
}

/**
 * Reads the state of a warehouse for a source, and migrates it first if an earlier release made it.
 * Returns undefined when it has no control tables, or not the tables that the questions are about.
 *
 * @throws {WarehouseError} when a newer release has migrated the warehouse.
 */
export async function currentState(
  warehouse: Connection,
  source: string,
  questions: readonly Statement[],
): Promise<Answer | undefined> {
  const ask = async () => {
    const rows = await warehouse.batch([selectState(source), ...questions]).catch(onlyUndefined);
    return rows && answerOf(rows);
  };
  const answer = await ask();
  if (answer?.state.version === LATEST) return answer;
  if (await lastApplied(warehouse, [source]) === undefined) return undefined;
  await migrate(warehouse);
  return await ask();
}

/** Throws an error unless something in the statement does not exist. */
function onlyUndefined(error: unknown): undefined {
  if (!isUndefined(error)) throw error;
}

/** Returns the part of a warehouse's state that concerns its maintenance. */
export function statusOf(
  { quarantined, reconciled_ms_ago, reconcile_needed }: WarehouseState,
): WarehouseStatus {
  return { quarantined, reconciled_ms_ago, reconcile_needed };
}
