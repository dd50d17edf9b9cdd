/**
 * Recognizes a source that is not what the last commit was read from: another database, a restored
 * backup, a promoted replica. Does no I/O.
 *
 * @module
 */
import type { SourceSnapshot } from "../lake/commit.ts";
import type { Remedy } from "../remedy.ts";
import type { Position } from "./source_position.ts";

/** Postgres compares transaction ids by age, which is unambiguous for the last 2^32 of them. */
const COMPARABLE_XIDS = 2n ** 32n;

/** A break in the history of the source: transaction ids no longer show what changed. */
export interface Discontinuity {
  /** What happened to the source, as a clause. */
  readonly reason: string;
  /**
   * Whether it is the same database, possibly in an earlier state, so that reading every row again is
   * enough. Another database can have different rows under the same keys.
   */
  readonly isSameDatabase: boolean;
}

/** The remedy for a source that is another database. */
export const OTHER_DATABASE: Remedy = {
  advice: "correct `source`",
  or: {
    condition: "this is the right database (moved, or restored from a dump)",
    operations: [{ name: "extract", full: true }],
  },
};

/** Returns the break between a snapshot and a later position; undefined when there is none. */
export function discontinuity(
  previous: SourceSnapshot,
  now: Position,
): Discontinuity | undefined {
  const [system, timeline] = now.system.split("/");
  const [previousSystem, previousTimeline] = previous.system.split("/");
  if (previousSystem !== system) {
    const reason = `the source is another cluster (system ${system}, was ${previousSystem})`;
    return { reason, isSameDatabase: false };
  }
  if (previous.database !== now.database) {
    const reason = `the source is another database (${now.database}, was ${previous.database})`;
    return { reason, isSameDatabase: false };
  }
  if (previousTimeline !== timeline) {
    const reason = "the source was restored or failed over " +
      `(timeline ${timeline}, was ${previousTimeline})`;
    return { reason, isSameDatabase: true };
  }
  if (BigInt(now.xmax) < BigInt(previous.xmax)) {
    const reason = "the source's transaction ids went backwards " +
      `(${now.xmax}, was ${previous.xmax}): it was restored, or is a replica that lags`;
    return { reason, isSameDatabase: true };
  }
  if (BigInt(now.xmax) - BigInt(previous.xmin) >= COMPARABLE_XIDS) {
    const reason = "more than 4 billion transactions ran since the last commit";
    return { reason, isSameDatabase: true };
  }
  return undefined;
}
