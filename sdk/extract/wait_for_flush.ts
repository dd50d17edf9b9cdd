import { SourceError } from "../errors.ts";
import type { Connection } from "../postgres/connection.ts";

const PATIENCE_MS = 30_000;
const PAUSE_MS = 20;
/** Before this, whoever commits next is likely to flush the log for us. */
const NUDGE_AFTER_MS = 200;

/**
 * Waits until everything the source has logged so far is on its disk. Until then a crash may take back
 * transaction ids that a snapshot has shown, of rollbacks and of asynchronous commits, and hand them
 * out again to rows that the next batch would pass over as seen.
 *
 * @throws {SourceError} when the source does not get there.
 */
export async function waitForFlush(source: Connection): Promise<void> {
  const [{ standby, lsn }] = await source.query<{ standby: boolean; lsn: string | null }>(
    `SELECT pg_is_in_recovery() AS standby,
  CASE WHEN NOT pg_is_in_recovery() THEN pg_current_wal_insert_lsn()::text END AS lsn`,
  );
  // What a standby shows has reached it through the log.
  if (standby) return;
  const started = performance.now();
  for (let nudged = false; !await isFlushed(source, lsn!);) {
    const waited_ms = performance.now() - started;
    if (waited_ms > PATIENCE_MS) throw notFlushed();
    // The end of a transaction that has an id is what wakes the one who flushes.
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

function notFlushed(): SourceError {
  return new SourceError(
    `the source has not written its log to disk for ${PATIENCE_MS / 1000} s: what it shows might ` +
      "not outlive a crash",
    { stage: "extract", next: "look after the source's disk, and run again", retryable: true },
  );
}
