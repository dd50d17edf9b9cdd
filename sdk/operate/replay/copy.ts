import { objectsOf, type ProcessedCommit } from "../../lake/commit.ts";
import { readObject } from "../../lake/data_objects.ts";
import { findDamage } from "../../lake/find_damage.ts";
import type { ObjectStore } from "../../lake/store.ts";
import type { Zone } from "../../lake/zone.ts";

/**
 * Copies the first commits of a processed zone and their objects into another zone. Skips commits
 * that are there already.
 *
 * @throws {DamagedObjectError} when an object is missing or differs from what was written.
 * @throws {LakeError} when a zone cannot be read or written.
 */
export async function copyCommits(
  from: Zone<ProcessedCommit>,
  to: Zone<ProcessedCommit>,
  commits: number,
): Promise<void> {
  const done = (await to.log.head())?.sequence ?? 0;
  if (done >= commits) return;
  for await (const commit of from.log.after(done)) {
    await copyObjects(from.store, to.store, commit);
    await to.log.append(commit);
    if (commit.sequence === commits) return;
  }
}

/** Copies the objects of a commit. put() writes an object completely or not at all. */
async function copyObjects(
  from: ObjectStore,
  to: ObjectStore,
  commit: ProcessedCommit,
): Promise<void> {
  try {
    for (const { object } of objectsOf(commit)) await to.put(object.key, readObject(from, object));
  } catch (error) {
    throw await findDamage(from, commit) ?? error;
  }
}
