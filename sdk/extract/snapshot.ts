import type { SourceSnapshot } from "../lake/commit.ts";
import type { Connection, QueryRow } from "../postgres/connection.ts";
import { snapshotStatement } from "./delta.ts";

/** Where the source stands. */
export type Position = Omit<SourceSnapshot, "visible">;

/** Reads where the source stands. In a repeatable-read transaction this also fixes its snapshot. */
export async function readPosition(source: Connection): Promise<Position> {
  const [row] = await source.query(snapshotStatement());
  return positionOf(row);
}

/** The position in a row of the snapshot's columns. */
export function positionOf(row: QueryRow): Position {
  const { system, database, taken_at, xmin, xmax } = row as Record<string, string>;
  return { system, database, taken_at, xmin, xmax };
}

/** Transaction ids are compared by their age, which tells apart the last 2^32 of them. */
const COMPARABLE_XIDS = 2n ** 32n;

/** Why the changes since a snapshot can not be told from transaction ids. */
export interface Discontinuity {
  /** What happened to the source, in words. */
  readonly reason: string;
  /**
   * Whether it is the same database nevertheless, as it was at some time: then all of it can be read
   * again. The rows of another one may be other rows under the same keys.
   */
  readonly same_database: boolean;
}

/** What keeps the changes since a snapshot from being told by transaction ids, if anything does. */
export function discontinuity(
  previous: SourceSnapshot,
  now: Position,
): Discontinuity | undefined {
  const [system, timeline] = now.system.split("/");
  const [previousSystem, previousTimeline] = previous.system.split("/");
  if (previousSystem !== system) {
    const reason = `the source is another cluster (system ${system}, was ${previousSystem})`;
    return { reason, same_database: false };
  }
  if (previous.database !== now.database) {
    const reason = `the source is another database (${now.database}, was ${previous.database})`;
    return { reason, same_database: false };
  }
  if (previousTimeline !== timeline) {
    const reason = "the source was restored or failed over " +
      `(timeline ${timeline}, was ${previousTimeline})`;
    return { reason, same_database: true };
  }
  if (BigInt(now.xmax) < BigInt(previous.xmax)) {
    const reason = "the source's transaction ids went backwards " +
      `(${now.xmax}, was ${previous.xmax}): it was restored, or is a replica that lags`;
    return { reason, same_database: true };
  }
  if (BigInt(now.xmax) - BigInt(previous.xmin) >= COMPARABLE_XIDS) {
    const reason = "more than 4 billion transactions ran since the last commit";
    return { reason, same_database: true };
  }
  return undefined;
}

/**
 * The instant to record for a snapshot: the source's clock, unless that went backwards. Validity
 * intervals are built of these instants, so each must be later than the one before.
 */
export function monotonic(takenAt: string, previous: string | undefined): string {
  if (previous === undefined || takenAt > previous) return takenAt;
  const [whole, fraction] = previous.replace("Z", "").split(".");
  const micros = Number(fraction) + 1;
  if (micros < 1_000_000) return `${whole}.${String(micros).padStart(6, "0")}Z`;
  const nextSecond = new Date(Date.parse(`${whole}Z`) + 1000).toISOString().slice(0, 19);
  return `${nextSecond}.000000Z`;
}
