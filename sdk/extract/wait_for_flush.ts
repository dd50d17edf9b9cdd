import { SourceError } from "../errors.ts";
import type { Connection } from "../postgres/connection.ts";

const TIMEOUT_MS = 30_000;
const PAUSE_MS = 20;
/** Until then, another transaction is likely to flush the log. */
const NUDGE_AFTER_MS = 200;

/**
 * Waits until the source has flushed its log up to now. Before that, a crash can undo transactions that
 * a snapshot showed (rollbacks and asynchronous commits) and assign their ids again, to rows that the
 * next batch would skip as already read.
 *
 * @throws {SourceError} when the source does not flush within 30 seconds.
 */
export async function waitForFlush(source: Connection): Promise<void> {
  const [{ standby, lsn }] = await source.query<{ standby: boolean; lsn: string | null }>(
    `SELECT pg_is_in_recovery() AS standby,
  CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn()::text END AS lsn`,
  );
  // A standby shows only what it received through the log.
  if (standby) return;
  const started = performance.now();
  for (let nudged = false; !await isFlushed(source, lsn!);) {
    const waited_ms = performance.now() - started;
    if (waited_ms > TIMEOUT_MS) throw flushTimeout();
    // Ending a transaction with an id wakes the process that flushes.
    if (!nudged && waited_ms > NUDGE_AFTER_MS) {
      await source.query("SELECT pg_current_xact_id()");
      nudged = true;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

async function isFlushed(source: Connection, lsn: string): Promise<boolean> {
  const [{ flushed }] = await source.query<{ flushed: boolean }>(
    "SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS flushed",
    [lsn],
  );
  return flushed;
}

function flushTimeout(): SourceError {
  return new SourceError(
    `the source has not flushed its log for ${
      TIMEOUT_MS / 1000
    } s: a crash would undo what it shows`,
    { stage: "extract", next: "check the source's disk, and run again", retryable: true },
  );
}
