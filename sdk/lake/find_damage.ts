import { DamagedObjectError } from "../errors.ts";
import { type Commit, objectsOf } from "./commit.ts";
import { DATA_REMEDIES, DOCUMENT_REMEDY } from "./damage.ts";
import { readObject } from "./data_objects.ts";
import type { ObjectStore } from "./store.ts";

const STAGE = { ingestion: "transform", processed: "load" };

/**
 * Reads every object that a commit names. Returns the error of the first one that is missing or whose
 * bytes changed, with what fixes it; undefined when all are intact.
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
      return damagedCommit(commit, table, error);
    }
  }
}

function damagedCommit(
  commit: Commit,
  table: string,
  cause: DamagedObjectError,
): DamagedObjectError {
  const { zone, sequence, run } = commit;
  const message = `commit ${sequence} of the ${zone} zone is damaged: ${cause.message}`;
  const isDocument = "documents" in commit && commit.documents !== undefined;
  const next = isDocument ? DOCUMENT_REMEDY : DATA_REMEDIES[zone];
  return new DamagedObjectError(message, { stage: STAGE[zone], table, run, next, cause });
}
