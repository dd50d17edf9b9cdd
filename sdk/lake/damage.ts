/**
 * The errors of damaged and missing objects, and what fixes them.
 *
 * @module
 */
import { DamagedObjectError } from "../errors.ts";
import type { Remedy } from "../remedy.ts";
import type { Commit } from "./commit.ts";

const RESTORE = "restore the object from a backup or an earlier version of the bucket";

const REPLAY = { operations: [{ name: "replay", fromIngestion: true }] } as const;

/** The remedy for a damaged object that a commit names, by zone. */
export const DATA_REMEDIES: Readonly<Record<Commit["zone"], Remedy>> = {
  ingestion: {
    condition: "the source is available",
    operations: [{ name: "extract", full: true }, { name: "run" }],
    or: { advice: RESTORE },
  },
  processed: { ...REPLAY, or: { advice: RESTORE } },
};

/** The remedy for a damaged object of a document: its source does not deliver it again. */
export const DOCUMENT_REMEDY: Remedy = { advice: RESTORE };

/** The remedy for a damaged log, by zone. Extraction resumes from the log, so nothing replaces its commits. */
export const LOG_REMEDIES: Readonly<Record<Commit["zone"], Remedy>> = {
  ingestion: {
    advice: `check that \`ingestion\` is the ingestion zone; if it is, ${RESTORE}`,
    or: {
      advice: "start a new lake: point `ingestion`, `processed` and `warehouse` to empty places",
      operations: [{ name: "run" }],
    },
  },
  processed: {
    advice: `check that \`processed\` is the processed zone; if it is, ${RESTORE}`,
    or: REPLAY,
  },
};

/** Returns the error of an object whose content is wrong. `problem` continues its key. */
export function damagedObject(key: string, problem: string, cause?: unknown): DamagedObjectError {
  return new DamagedObjectError(`${key} ${problem}`, { stage: "lake", next: RESTORE, cause });
}

/** Returns the error of an object that ends before a range does. */
export function shortObject(key: string, url: string, end: number): DamagedObjectError {
  return damagedObject(key, `in ${url} is shorter than ${end} bytes`);
}

/** Returns the error of a key without an object. */
export function missingObject(key: string, url: string, cause?: unknown): DamagedObjectError {
  return new DamagedObjectError(`${key} does not exist in ${url}`, {
    stage: "lake",
    next: `check that this is the right zone; if it is, ${RESTORE}`,
    cause,
  });
}
