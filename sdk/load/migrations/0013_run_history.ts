import type { Migration } from "./migration.ts";

/** Every run of a job in the last days. */
const RUN = `CREATE TABLE etl.run (
  started_at timestamptz,
  job text,
  run text NOT NULL DEFAULT '',
  outcome text NOT NULL,
  elapsed_ms integer NOT NULL,
  rows bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  stage_ms jsonb NOT NULL DEFAULT '{}',
  tables jsonb NOT NULL DEFAULT '{}',
  lag_ms bigint,
  fresh_as_of timestamptz,
  read_as_of timestamptz,
  behind_ms bigint,
  quarantined integer,
  error text,
  message text,
  next text,
  schema_changes jsonb,
  PRIMARY KEY (started_at, job, run)
)`;

const RUN_FRESHNESS = "CREATE INDEX run_fresh_as_of ON etl.run (fresh_as_of)";

/** The sums of older runs. */
const RUN_HOUR = `CREATE TABLE etl.run_hour (
  hour timestamptz,
  job text,
  outcome text,
  runs bigint NOT NULL,
  rows bigint NOT NULL,
  bytes bigint NOT NULL,
  elapsed_ms bigint NOT NULL,
  worst_lag_ms bigint,
  worst_behind_ms bigint,
  tables jsonb NOT NULL DEFAULT '{}',
  PRIMARY KEY (hour, job, outcome)
)`;

/** Comparisons of every row that a person asked for. */
const VERIFICATION = `CREATE TABLE etl.verification (
  done_at timestamptz PRIMARY KEY DEFAULT clock_timestamp(),
  equal boolean NOT NULL,
  source_rows bigint NOT NULL,
  warehouse_rows bigint NOT NULL,
  differences bigint NOT NULL,
  tables jsonb NOT NULL
)`;

/**
 * The rules that a reason can state, and the patterns of what it says about a column. A reason quotes values
 * of the row, so nothing of it is returned: only the text of the rule.
 */
const RULES: Readonly<Record<string, readonly string[]>> = {
  "refers to a missing row": ["refers to %"],
  "is NULL": ["is NULL, but %", "Invalid type: Expected % but received null%"],
  "is not a date": ["expected a date YYYY-MM-DD, got %", "% is not a date", "not a date: %"],
  "is not a time": ["expected a time HH:MM:SS[.ffffff], got %", "% is not a time"],
  "is not a timestamp": [
    "expected a timestamp YYYY-MM-DD HH:MM:SS[.ffffff], got %",
    "% is not a timestamp",
  ],
  "is too late for Parquet": ["% is too late for Parquet"],
  "is not a finite decimal": [
    "expected a finite decimal number as text, got %",
    "% is not a decimal",
  ],
  "has too many digits": ["more digits than Postgres can hold%"],
  "does not fit its type": ["% does not fit numeric(%"],
  "is not a whole number of 64 bits": [
    "expected a whole number of 64 bits in digits, got %",
    "% is not a whole number of 64 bits",
  ],
  "is not a whole number of 32 bits": [
    "Invalid type: Expected number %",
    "Invalid integer: %",
    "Invalid value: Expected %",
    "% is not a whole number of 32 bits",
  ],
  "has a NUL or half of a character": [
    "expected text without NUL, of whole characters, got %",
    "% has a NUL, or half of a character",
  ],
  "is not text": ["Invalid type: Expected string %", "% is not text"],
  "is not true or false": ["Invalid type: Expected boolean %", "% is not a boolean"],
};

const CASES = Object.entries(RULES).map(([rule, patterns]) =>
  `WHEN ${patterns.map((pattern) => `problem LIKE '${pattern}'`).join(" OR ")}\n    THEN '${rule}'`
);

/**
 * Why rows are in quarantine, without a value of theirs but the key. A reason names the row first, and then a
 * column: it can also be about a row that this one is joined with. Whatever it says, `column_name` is a key of
 * the content.
 */
const QUARANTINE_REASON = `CREATE VIEW etl.quarantine_reason AS
SELECT q.table_name, q.key, column_name, (SELECT CASE
  ${CASES.join("\n  ")}
  WHEN q.content ?& '{document,version,sha256}' THEN 'is refused as a whole'
  WHEN q.reason LIKE '%, which the source does not have' THEN 'refers to a missing row'
  WHEN q.reason LIKE '%: Invalid key: %' THEN 'is missing a column'
  ELSE 'cannot be transformed' END
  -- OFFSET: computed once, not for every pattern.
  FROM (SELECT ltrim(substr(about, length(column_name) + 1), ': ') AS problem OFFSET 0) once
) AS rule, q.orphaned, q.since
FROM etl.quarantine q
CROSS JOIN LATERAL (SELECT ' ' || q.key || ': ' AS row_name) AS row_names
CROSS JOIN LATERAL (SELECT CASE WHEN q.orphaned THEN q.reason ELSE
  substr(q.reason, nullif(position(row_name IN q.reason), 0) + length(row_name)) END AS about
) AS abouts
CROSS JOIN LATERAL (SELECT CASE WHEN jsonb_typeof(q.content) = 'object' THEN CASE
  WHEN q.content ? split_part(about, ': ', 1) THEN split_part(about, ': ', 1)
  WHEN q.content ? split_part(about, ' refers to ', 1) THEN split_part(about, ' refers to ', 1)
END END AS column_name) AS columns`;

/**
 * The commits that were applied as if they were empty. `skipped` stays out, because it can quote a row.
 */
const SKIPPED_COMMIT = `CREATE VIEW etl.skipped_commit AS
SELECT source, sequence, ingestion_sequence, taken_at, applied_at,
  CASE WHEN skipped LIKE 'at least % are invalid, more than the limit%'
    THEN 'too many rows are invalid' ELSE 'an object is damaged' END AS reason
FROM etl.applied_commit WHERE skipped IS NOT NULL`;
/** A commit a minute is half a million a year. */
const SKIPPED_INDEX =
  "CREATE INDEX applied_commit_skipped ON etl.applied_commit (applied_at) WHERE skipped IS NOT NULL";

/**
 * Lets the dashboards read what they show. A role that has USAGE on the schema is one: its deployment
 * can be older than these tables, and default privileges would open the quarantine, too.
 * terraform/sql/warehouse_dashboard.sql grants the same.
 */
const GRANT = `DO $$
DECLARE
  reader record;
  owned record;
BEGIN
  FOR reader IN
    SELECT DISTINCT pg_get_userbyid(grantee) AS name
    FROM pg_namespace, aclexplode(nspacl)
    WHERE nspname = 'etl' AND privilege_type = 'USAGE' AND grantee NOT IN (0, nspowner)
  LOOP
    FOR owned IN
      SELECT oid::regclass AS name, CASE relname WHEN 'applied_commit' THEN (
        SELECT format('(%s)', string_agg(quote_ident(attname), ', ')) FROM pg_attribute
        WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND attname <> 'skipped'
      ) END AS columns
      FROM pg_class c
      WHERE relnamespace = 'etl'::regnamespace AND pg_has_role(relowner, 'USAGE')
        AND relname IN ('run', 'run_hour', 'verification', 'heartbeat', 'reconciliation',
          'applied_commit', 'skipped_commit', 'row_count', 'migration', 'quarantine_reason')
    LOOP
      EXECUTE format('GRANT SELECT %s ON %s TO %I', owned.columns, owned.name, reader.name);
    END LOOP;
  END LOOP;
END
$$`;

/** What operations looks at: the runs, the verifications, and why rows and commits were left out. */
export const runHistory: Migration = {
  version: 13,
  name: "run_history",
  statements: [
    RUN,
    RUN_FRESHNESS,
    RUN_HOUR,
    VERIFICATION,
    QUARANTINE_REASON,
    SKIPPED_COMMIT,
    SKIPPED_INDEX,
    GRANT,
  ],
};
