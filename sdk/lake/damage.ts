/**
 * Data objects that are not what was written: how they are found, what helps, and when a commit that
 * names one can be done without.
 *
 * @module
 */
import { DamagedObjectError } from "../errors.ts";
import { isBaseline } from "./baseline.ts";
import type { Commit, DataObject } from "./commit.ts";
import type { CommitLog } from "./commit_log.ts";
import { readObject } from "./data_objects.ts";
import { DATA_RECOVERY } from "./recovery.ts";
import type { ObjectStore } from "./store.ts";

/** A commit that nothing was made of: its objects could not be read, or had too many bad rows. */
export interface Skipped {
  /** The zone that it is a commit of. */
  readonly zone: Commit["zone"];
  /** Its place in that zone's log. */
  readonly sequence: number;
  /** What is wrong with it. */
  readonly reason: string;
}

/** A data object with the table it belongs to. */
export interface NamedObject {
  /** The table, of the source or of the warehouse. */
  readonly table: string;
  /** The object. */
  readonly object: DataObject;
}

const STAGE = { ingestion: "transform", processed: "load" };

/** Every data object a commit names. */
export function objectsOf(commit: Commit): NamedObject[] {
  const kinds = [commit.tables, commit.deleted];
  if (commit.zone === "processed") kinds.push(commit.quarantined);
  return kinds.flatMap((objects) =>
    Object.entries(objects).map(([table, object]) => ({ table, object }))
  );
}

/**
 * Reads every object a commit names. Returns the error that names the first one which is not what was
 * written, and says what helps; undefined when all are.
 *
 * @throws {LakeError} when the store cannot be read.
 */
export async function findDamage(
  store: ObjectStore,
  commit: Commit,
): Promise<DamagedObjectError | undefined> {
  for (const { table, object } of objectsOf(commit)) {
    try {
      for await (const _ of readObject(store, object)) continue;
    } catch (error) {
      if (!(error instanceof DamagedObjectError)) throw error;
      return damaged(commit, table, error);
    }
  }
}

function damaged(commit: Commit, table: string, cause: DamagedObjectError): DamagedObjectError {
  const { zone, sequence, run } = commit;
  const message = `commit ${sequence} of the ${zone} zone is damaged: ${cause.message}`;
  return new DamagedObjectError(message, {
    stage: STAGE[zone],
    table,
    run,
    next: DATA_RECOVERY[zone],
    cause,
  });
}

/** Whether a later commit brings every row again, so that this one can be done without. */
export async function startsOverAfter<C extends Commit>(
  log: CommitLog<C>,
  sequence: number,
): Promise<boolean> {
  for await (const commit of log.after(sequence)) if (isBaseline(commit)) return true;
  return false;
}
