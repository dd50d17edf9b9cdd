import { SourceError } from "../errors.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Statement } from "../postgres/statement.ts";

const TIMEOUT_MS = 30_000;
const PAUSE_MS = 20;
/** Until then, another transaction is likely to flush the log. */
const NUDGE_AFTER_MS = 200;

/**
 * Waits until the source has flushed its log up to this place, where a snapshot was taken. Before that, a
 * crash can undo transactions that the snapshot showed (rollbacks and asynchronous commits) and assign
 * their ids again, to rows that the next batch would skip as already read.
 *
 * @throws {SourceError} when the source does not flush within 30 seconds.
 */
export async function waitForFlush(source: Connection, log_end: string): Promise<void> {
  const started = performance.now();
  let flushed = flushedStatement(log_end);
  for (let nudged = false;;) {
    const [row] = await source.query(flushed.text, flushed.values);
    if (row.flushed) return;
    const waited_ms = performance.now() - started;
    if (waited_ms > TIMEOUT_MS) throw flushTimeout();
    if (!nudged && waited_ms > NUDGE_AFTER_MS) {
      flushed = flushedStatement(await nudge(source));
      nudged = true;
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
}

/**
 * Wakes the process that flushes, by ending a transaction with an id. Returns the place to wait for, so
 * that a crash does not hand out this id again either.
 */
async function nudge(source: Connection): Promise<string> {
  const [, [{ log_end }]] = await Promise.all([
    source.query("SELECT pg_current_xact_id()"),
    source.query<{ log_end: string }>("SELECT pg_current_wal_insert_lsn()::text AS log_end"),
  ]);
  return log_end;
}

/** Returns the statement that selects whether the log was `flushed` up to a place. */
export function flushedStatement(log_end: string): Statement {
  return { text: "SELECT pg_current_wal_flush_lsn() >= $1::pg_lsn AS flushed", values: [log_end] };
}

/** Returns whether a place in the log, such as `16/B374D848`, is reached by another one. */
export function isReached(place: string, by: string | null): boolean {
  return by !== null && numberOf(place) <= numberOf(by);
}

function numberOf(place: string): bigint {
  const [high, low] = place.split("/").map((part) => BigInt(`0x${part}`));
  return (high << 32n) + low;
}

function flushTimeout(): SourceError {
  return new SourceError(
    `the source has not flushed its log for ${
      TIMEOUT_MS / 1000
    } s: a crash would undo what it shows`,
    { stage: "extract", next: "check the source's disk, and run again", retryable: true },
  );
}
