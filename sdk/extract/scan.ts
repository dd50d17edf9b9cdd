/**
 * Finds the tables that changed, as SQL: one scan of each counts its rows and those that changed. Does no
 * I/O.
 *
 * @module
 */
import type { SourceTableSpec } from "../../schemas/table.ts";
import type { SourceSnapshot } from "../lake/commit.ts";
import type { QueryRow } from "../postgres/connection.ts";
import { identifier } from "../postgres/sql.ts";
import type { Statement } from "../postgres/statement.ts";
import { alreadyReadOf, type Checkpoint } from "./plan.ts";
import { changedSince, digits, MOST_LISTED, transactionsBetween } from "./transactions.ts";

/** What a scan found. */
export interface Scan {
  /** The tables in which nothing changed since the checkpoint. */
  readonly unchanged: ReadonlySet<string>;
  /**
   * Number of rows of each table that was read to its end before; null when no transaction ended since
   * the checkpoint, so that the tables were not scanned.
   */
  readonly rows: ReadonlyMap<string, number> | null;
  /** Up to where the source's log was flushed; null on a standby, or when that is unknown. */
  readonly flushed_to: string | null;
}

/** The end of the source's log that a crash would leave; NULL on a standby. */
const FLUSHED_TO = "CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_flush_lsn()::text END";

/**
 * Returns what is known without a scan: no table changed if no transaction was in progress at the
 * checkpoint or at the snapshot, and none ended between them. Otherwise any table could have changed.
 */
export function withoutScan(
  tables: readonly SourceTableSpec[],
  since: Checkpoint | undefined,
  { xmin, xmax }: Pick<SourceSnapshot, "xmin" | "xmax">,
): Scan {
  const before = since?.snapshot;
  const isSame = xmin === xmax && before?.xmin === xmin && before.xmax === xmax;
  const unchanged = new Set(isSame ? tables.map(({ name }) => name) : []);
  return { unchanged, rows: new Map(), flushed_to: null };
}

/**
 * Returns the statement that scans tables for changes since a checkpoint. It does not scan them when no
 * transaction can have ended since, because both snapshots are the same and leave none in progress;
 * unless they have to be counted.
 */
export function scanStatement(
  tables: readonly SourceTableSpec[],
  since: Checkpoint,
  mustCount = false,
): Statement {
  const { xmin, xmax, visible } = since.snapshot;
  const isRead = (table: SourceTableSpec) => alreadyReadOf(table, since) === "all";
  // Ids that are not assigned yet do no harm in the list.
  const listed = transactionsBetween(xmin, BigInt(xmin) + BigInt(MOST_LISTED), visible);
  const scans = tables.map((table, place) => {
    const count = (condition: string) =>
      `(SELECT json_build_array(count(*), count(*) FILTER (WHERE ${condition}))` +
      ` FROM ${identifier(table.name)} t)`;
    const isNew = isRead(table)
      ? ["t.xmin = ANY ($1::xid[])", changedSince("t", since.snapshot)]
      : ["true", "true"];
    return `CASE way WHEN 'list' THEN ${count(isNew[0])} WHEN 'age' THEN ${count(isNew[1])} END` +
      ` AS scan_${place}`;
  });
  const isSettled = !mustCount && xmin === xmax && tables.every(isRead);
  const bound = digits(BigInt(xmax));
  const way = `CASE
    WHEN ${isSettled} AND pg_snapshot_xmin(snapshot)::text = '${bound}'
      AND pg_snapshot_xmax(snapshot)::text = '${bound}' THEN 'none'
    WHEN pg_snapshot_xmax(snapshot)::text::bigint - ${digits(BigInt(xmin))} <= ${MOST_LISTED}
      THEN 'list'
    ELSE 'age' END`;
  const text = `SELECT ${["way", ...scans, `${FLUSHED_TO} AS flushed_to`].join(",\n  ")}
FROM (SELECT ${way} AS way FROM pg_current_snapshot() AS snapshot) found`;
  return { text, values: [listed] };
}

/** Returns what the statement of {@linkcode scanStatement} found. */
export function scanOf(
  tables: readonly SourceTableSpec[],
  since: Checkpoint,
  row: QueryRow,
): Scan {
  const flushed_to = row.flushed_to as string | null;
  if (row.way === "none") {
    return { unchanged: new Set(tables.map(({ name }) => name)), rows: null, flushed_to };
  }
  const unchanged = new Set<string>();
  const rows = new Map<string, number>();
  for (const [place, table] of tables.entries()) {
    const [count, changed] = row[`scan_${place}`] as [number, number];
    if (changed === 0) unchanged.add(table.name);
    if (alreadyReadOf(table, since) === "all") rows.set(table.name, count);
  }
  return { unchanged, rows, flushed_to };
}
