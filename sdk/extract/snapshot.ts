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

/**
 * Why the changes since a snapshot can not be told from transaction ids, or undefined when they can.
 */
export function discontinuity(previous: SourceSnapshot, now: Position): string | undefined {
  if (previous.system !== now.system) {
    return `the source is another cluster, or was restored or failed over (system ${now.system}, was ${previous.system})`;
  }
  if (previous.database !== now.database) {
    return `the source is another database (${now.database}, was ${previous.database})`;
  }
  if (BigInt(now.xmax) < BigInt(previous.xmax)) {
    return `the source's transaction ids went backwards (${now.xmax}, was ${previous.xmax}): ` +
      "it was restored";
  }
  if (BigInt(now.xmax) - BigInt(previous.xmin) >= COMPARABLE_XIDS) {
    return "more than 4 billion transactions ran since the last commit";
  }
  return undefined;
}

/**
 * The instant to record for a snapshot: the source's clock, unless that went backwards. Validity
 * intervals are built of these instants, so each must be later than the one before.
 */
export function laterThan(takenAt: string, previous: string | undefined): string {
  if (previous === undefined || takenAt > previous) return takenAt;
  const [whole, fraction] = previous.replace("Z", "").split(".");
  const micros = Number(fraction) + 1;
  if (micros < 1_000_000) return `${whole}.${String(micros).padStart(6, "0")}Z`;
  const nextSecond = new Date(Date.parse(`${whole}Z`) + 1000).toISOString().slice(0, 19);
  return `${nextSecond}.000000Z`;
}
