import { DamagedObjectError } from "../../errors.ts";
import type { ProcessedCommit } from "../../lake/commit.ts";
import type { CommitLog } from "../../lake/commit_log.ts";
import { LOG_PREFIX, sequenceOf } from "../../lake/keys.ts";
import type { ObjectStore } from "../../lake/store.ts";
import type { Zone } from "../../lake/zone.ts";

/**
 * How many bad rows of each warehouse table a zone has taken of an ingestion commit. Somebody may have
 * let them pass, and a zone made anew must not be without that commit. Of what is damaged in the zone,
 * nothing is known: it may be the reason to make a new one.
 *
 * @throws {LakeError} when the zone cannot be read.
 */
export async function toleratedBadRows(
  { store, log }: Zone<ProcessedCommit>,
): Promise<(ingestion_sequence: number) => Promise<Record<string, number>>> {
  const known = await firstReadable(store, log);
  if (!known) return () => Promise.resolve({});
  // Each ingestion commit is one processed commit, so that the two numbers keep their distance.
  const ahead = known.sequence - known.ingestion_sequence;
  return async (ingestion_sequence) => {
    const sequence = ingestion_sequence + ahead;
    const made = sequence > 0 ? await unlessDamaged(log.read(sequence)) : null;
    const bad = Object.entries(made?.quarantined ?? {}).map(([table, { rows }]) => [table, rows]);
    return Object.fromEntries(bad);
  };
}

/** Found by listing: the head of a log that lacks a commit is nowhere. */
async function firstReadable(
  store: ObjectStore,
  log: CommitLog<ProcessedCommit>,
): Promise<ProcessedCommit | null> {
  for await (const key of store.list(LOG_PREFIX)) {
    const sequence = sequenceOf(key);
    const commit = sequence === null ? null : await unlessDamaged(log.read(sequence));
    if (commit) return commit;
  }
  return null;
}

async function unlessDamaged<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof DamagedObjectError) return null;
    throw error;
  }
}
