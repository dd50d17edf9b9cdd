/**
 * What fixes a damaged or missing object, by its zone.
 *
 * @module
 */
import { DamagedObjectError } from "../errors.ts";
import type { Remedy } from "../remedy.ts";
import type { Commit } from "./commit.ts";

const BACKUP = "restore the object from a backup or an earlier version of the bucket";

const REPLAY = { operations: [{ name: "replay", fromIngestion: true }] } as const;

/** For an object that a commit names. */
export const DATA_RECOVERY: Readonly<Record<Commit["zone"], Remedy>> = {
  ingestion: {
    condition: "the source is available",
    operations: [{ name: "extract", full: true }, { name: "run" }],
    or: { advice: BACKUP },
  },
  processed: { ...REPLAY, or: { advice: BACKUP } },
};

/** For a commit itself. Extraction resumes from the log, so nothing can replace its commits. */
export const LOG_RECOVERY: Readonly<Record<Commit["zone"], Remedy>> = {
  ingestion: {
    advice: `check that \`ingestion\` is the ingestion zone; if it is, ${BACKUP}`,
    or: {
      advice: "start a new lake: point `ingestion`, `processed` and `warehouse` to empty places",
      operations: [{ name: "run" }],
    },
  },
  processed: {
    advice: `check that \`processed\` is the processed zone; if it is, ${BACKUP}`,
    or: REPLAY,
  },
};

/** The error that says that a store at a URL has no object under a key. */
export function missingObject(key: string, url: string, cause?: unknown): DamagedObjectError {
  return new DamagedObjectError(`there is no object ${key} in ${url}`, {
    stage: "lake",
    next: "check that this is the zone you mean; if it is, bring the object back from a backup",
    cause,
  });
}
