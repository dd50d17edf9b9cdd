/**
 * The loader's own table in the warehouse: which commits it has applied. It is written in the same
 * transaction as their rows, and that is what makes loading exactly once.
 *
 * @module
 */
import { WarehouseError } from "../errors.ts";
import type { ProcessedCommit } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { relationExists } from "../postgres/relation.ts";

/** The last commit a warehouse has taken in. */
export interface Applied {
  /** Its place in the processed zone's log. */
  readonly sequence: number;
  /** The run that wrote it: tells apart two lakes that count alike. */
  readonly run: string;
}

/** The loaders of one database take turns by this advisory lock. Its number means nothing else. */
const LOADER_LOCK = 7_074_657_379_730n;

/** Waits for its turn and starts the transaction that one commit is loaded in. */
export async function beginTurn(warehouse: Connection): Promise<void> {
  // Each statement must see what the loader before this one has committed.
  await warehouse.query("BEGIN ISOLATION LEVEL READ COMMITTED");
  await warehouse.query("SELECT pg_advisory_xact_lock($1)", [String(LOADER_LOCK)]);
}

/** Creates the control table when it is absent. */
export async function createControl(warehouse: Connection): Promise<void> {
  // Even when it is there, IF NOT EXISTS would ask for the right to create one.
  const [{ exists }] = await warehouse.query("SELECT to_regnamespace('etl') IS NOT NULL AS exists");
  if (!exists) await warehouse.query("CREATE SCHEMA etl");
  await warehouse.query(`CREATE TABLE IF NOT EXISTS etl.applied_commit (
  sequence bigint PRIMARY KEY,
  ingestion_sequence bigint NOT NULL,
  run text NOT NULL,
  taken_at timestamptz NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  skipped text
)`);
  await warehouse.query(`CREATE TABLE IF NOT EXISTS etl.quarantine (
  table_name text,
  key text,
  reason text NOT NULL,
  waiting boolean NOT NULL,
  content jsonb NOT NULL,
  sequence bigint NOT NULL,
  since timestamptz NOT NULL,
  PRIMARY KEY (table_name, key)
)`);
  await warehouse.query(`CREATE TABLE IF NOT EXISTS etl.reconciliation (
  done_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
  deleted jsonb NOT NULL,
  slipped jsonb NOT NULL
)`);
  await upgradeControl(warehouse);
}

/** What was not in the first warehouses. */
const ADDED = [
  ["etl.applied_commit", "mode", "text NOT NULL DEFAULT 'delta'"],
  ["etl.reconciliation", "ingestion_sequence", "bigint NOT NULL DEFAULT 0"],
  ["etl.reconciliation", "tables", "jsonb NOT NULL DEFAULT '[]'"],
  ["etl.reconciliation", "finished", "boolean NOT NULL DEFAULT true"],
  ["etl.reconciliation", "refused", "text"],
] as const;

/** Adds the columns that the control tables of an older warehouse lack. */
export async function upgradeControl(warehouse: Connection): Promise<void> {
  const there = await warehouse.query<{ readonly place: string }>(
    `SELECT concat_ws('.', table_schema, table_name, column_name) AS place
FROM information_schema.columns WHERE table_schema = 'etl'`,
  );
  const places = new Set(there.map(({ place }) => place));
  for (const [table, name, definition] of ADDED) {
    if (places.has(`${table}.${name}`)) continue;
    await warehouse.query(`ALTER TABLE ${table} ADD COLUMN IF NOT EXISTS ${name} ${definition}`);
  }
}

/** How far a comparison of all tables has come, in as many runs as it takes. */
export interface Round {
  /** The ingestion commit that the warehouse had taken in when it began. */
  readonly ingestion_sequence: number;
  /** The warehouse tables that have been compared. */
  readonly tables: readonly string[];
}

/** The round that is under way, if one is. */
export async function unfinishedRound(warehouse: Connection): Promise<Round | undefined> {
  const [last] = await warehouse.query<Round & { readonly finished: boolean } & QueryRow>(
    `SELECT ingestion_sequence::int AS ingestion_sequence, tables, finished
FROM etl.reconciliation ORDER BY done_at DESC LIMIT 1`,
  );
  return last && !last.finished ? last : undefined;
}

/** Records how far a round has come, and what this run of it found, by table. */
export async function recordReconciliation(
  warehouse: Connection,
  { ingestion_sequence, tables }: Round,
  { finished, deleted, slipped, refused = null }: {
    readonly finished: boolean;
    readonly deleted: unknown;
    readonly slipped: unknown;
    /** Why nothing was repaired, though something is amiss. */
    readonly refused?: string | null;
  },
): Promise<void> {
  const [compared, gone, missed] = [tables, deleted, slipped].map((part) => JSON.stringify(part));
  await warehouse.query(
    `INSERT INTO etl.reconciliation
  (ingestion_sequence, tables, finished, deleted, slipped, refused)
VALUES ($1, $2::text::jsonb, $3, $4::text::jsonb, $5::text::jsonb, $6)`,
    [ingestion_sequence, compared, finished, gone, missed, refused],
  );
}

/** What a warehouse's operator wants to know. */
export interface Upkeep {
  /** Rows in quarantine. */
  readonly quarantined: number;
  /** Milliseconds since the last reconciliation, or else since the first load; null before that. */
  readonly reconciled_ms_ago: number | null;
  /**
   * Whether rows may be missing or left over that only a reconciliation sees: every row was read again
   * since the last one, or a batch was skipped; or one is under way.
   */
  readonly reconcile_needed: boolean;
}

/** Reads what a warehouse's operator wants to know. */
export async function readUpkeep(warehouse: Connection): Promise<Upkeep> {
  const [upkeep] = await warehouse.query<Upkeep & QueryRow>(
    `SELECT (SELECT count(*) FROM etl.quarantine)::int AS quarantined,
  (extract(epoch FROM clock_timestamp() - coalesce(
    (SELECT max(done_at) FROM etl.reconciliation WHERE finished),
    (SELECT min(applied_at) FROM etl.applied_commit)
  )) * 1000)::float8 AS reconciled_ms_ago,
  EXISTS (SELECT FROM etl.applied_commit
    WHERE (skipped IS NOT NULL
      OR mode = 'full' AND sequence > (SELECT min(sequence) FROM etl.applied_commit))
    AND ingestion_sequence >
      (SELECT coalesce(max(ingestion_sequence), 0) FROM etl.reconciliation WHERE finished)
  ) OR coalesce(
    (SELECT NOT finished FROM etl.reconciliation ORDER BY done_at DESC LIMIT 1), false
  ) AS reconcile_needed`,
  );
  return upkeep;
}

/** The last commit applied; null before the first, undefined when there is no control table yet. */
export async function lastApplied(warehouse: Connection): Promise<Applied | null | undefined> {
  if (!await relationExists(warehouse, "etl.applied_commit")) return undefined;
  const [row] = await warehouse.query<{ sequence: string; run: string }>(
    "SELECT sequence, run FROM etl.applied_commit ORDER BY sequence DESC LIMIT 1",
  );
  return row ? { sequence: Number(row.sequence), run: row.run } : null;
}

/** Records a commit as applied, in the transaction that applies it. */
export async function recordApplied(warehouse: Connection, commit: ProcessedCommit): Promise<void> {
  await warehouse.query(
    `INSERT INTO etl.applied_commit (sequence, ingestion_sequence, run, taken_at, mode, skipped)
VALUES ($1, $2, $3, $4, $5, $6)`,
    [
      commit.sequence,
      commit.ingestion_sequence,
      commit.run,
      commit.taken_at,
      commit.mode,
      commit.skipped ?? null,
    ],
  );
}

/** The commit of this log that a warehouse has taken in last; undefined when it is not of this log. */
export async function appliedCommit(
  log: CommitLog<ProcessedCommit>,
  { sequence, run }: Applied,
): Promise<ProcessedCommit | undefined> {
  const head = await log.head();
  if (!head || head.sequence < sequence) return undefined;
  const commit = await log.read(sequence);
  return commit.run === run ? commit : undefined;
}

/**
 * Two lakes both count 1, 2, 3: going on from another one would mix two histories.
 *
 * @throws {WarehouseError} when the log is not the one the warehouse was loaded from.
 */
export async function refuseOtherLake(
  log: CommitLog<ProcessedCommit>,
  applied: Applied,
): Promise<void> {
  if (await appliedCommit(log, applied)) return;
  throw new WarehouseError(
    `the warehouse was loaded from another lake: its commit ${applied.sequence} is of run ` +
      `${applied.run}, which this processed zone does not have`,
    {
      stage: "load",
      next: "set PROCESSED_URL to that lake, or WAREHOUSE_URL to an empty database",
    },
  );
}
