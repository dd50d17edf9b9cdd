/**
 * What helps when an object of the lake is not what was written, by the zone it belongs to.
 *
 * @module
 */
import { DamagedObjectError } from "../errors.ts";
import type { Commit } from "./commit.ts";

const BACKUP = "bring the object back from a backup or an earlier version of the bucket";

const REPLAY = "deno task etl replay --from-ingestion --into URL";

/** For an object that a commit names. */
export const DATA_RECOVERY: Readonly<Record<Commit["zone"], string>> = {
  ingestion: "to read every row again: deno task etl extract --full, then deno task etl run; " +
    `or ${BACKUP}`,
  processed: `to build a new processed zone and warehouse from the ingestion zone: ${REPLAY}; ` +
    `or ${BACKUP}`,
};

/** For a commit itself. Extraction goes on from the log, so nothing can stand in for its commits. */
export const LOG_RECOVERY: Readonly<Record<Commit["zone"], string>> = {
  ingestion:
    `check that INGESTION_URL is the ingestion zone; if it is, ${BACKUP}; or begin a new ` +
    "lake: set INGESTION_URL, PROCESSED_URL and WAREHOUSE_URL to empty places, then " +
    "deno task etl run",
  processed:
    `check that PROCESSED_URL is the processed zone; if it is, ${BACKUP}; or build a new ` +
    `processed zone and warehouse: ${REPLAY}`,
};

/** The error that says that a store at a URL has no object under a key. */
export function missingObject(key: string, url: string, cause?: unknown): DamagedObjectError {
  return new DamagedObjectError(`there is no object ${key} in ${url}`, {
    stage: "lake",
    next: "check that this is the zone you mean; if it is, bring the object back from a backup",
    cause,
  });
}
