import { DamagedObjectError } from "../../errors.ts";
import type { ProcessedCommit } from "../../lake/commit.ts";
import type { CommitLog } from "../../lake/commit_log.ts";
import { LOG_PREFIX, sequenceOf } from "../../lake/keys.ts";
import type { ObjectStore } from "../../lake/store.ts";
import type { Zone } from "../../lake/zone.ts";

/**
 * Returns a function from an ingestion commit to the number of invalid rows, by warehouse table, that
 * this zone accepted from it. An operator can have raised the limit for a commit: a new zone must
 * accept the same number. Damaged commits of this zone count as having none.
 *
 * @throws {LakeError} when the zone cannot be read.
 */
export async function toleratedBadRows(
  { store, log }: Zone<ProcessedCommit>,
): Promise<(ingestion_sequence: number) => Promise<Record<string, number>>> {
  const known = await firstReadable(store, log);
  if (!known) return () => Promise.resolve({});
  // Every ingestion commit becomes one processed commit, so the difference of the sequences is
  // constant.
  const offset = known.sequence - known.ingestion_sequence;
  return async (ingestion_sequence) => {
    const sequence = ingestion_sequence + offset;
    const commit = sequence > 0 ? await nullIfDamaged(log.read(sequence)) : null;
    const invalid = Object.entries(commit?.quarantined ?? {}).map((
      [table, { rows }],
    ) => [table, rows]);
    return Object.fromEntries(invalid);
  };
}

/** Returns the first readable commit. Lists keys: a log with a missing commit has no head. */
async function firstReadable(
  store: ObjectStore,
  log: CommitLog<ProcessedCommit>,
): Promise<ProcessedCommit | null> {
  for await (const key of store.list(LOG_PREFIX)) {
    const sequence = sequenceOf(key);
    const commit = sequence === null ? null : await nullIfDamaged(log.read(sequence));
    if (commit) return commit;
  }
  return null;
}

async function nullIfDamaged<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DamagedObjectError) return null;
    throw error;
  }
}
