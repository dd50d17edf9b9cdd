/**
 * The commits of every source of a processed zone, in the order in which a replay loads them.
 *
 * @module
 */
import { DATABASE } from "../derive/source_model.ts";
import type { Commit, ProcessedCommit } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import { sourceStore } from "../lake/source_store.ts";
import type { ObjectStore } from "../lake/store.ts";
import { processedZone, type Zone } from "../lake/zone.ts";

/** A commit of the processed zone, with the source it is of: `database`, `rates`, `files`. */
export interface SourceCommit extends ProcessedCommit {
  /** The source. The numbers of each source's commits start at 1. */
  readonly source: string;
}

/** Commits that are read at once: each read of a remote store takes a round trip. */
const READ_AT_ONCE = 16;

/** Returns the processed zone of a source. */
export function zoneOf(processed: ObjectStore, source: string): Zone<ProcessedCommit> {
  return processedZone(sourceStore(processed, source));
}

/** Yields the commits of sources by the time of their snapshots, that of the database first among equals. */
export async function* commitsInOrder(
  processed: ObjectStore,
  sources: readonly string[],
): AsyncGenerator<SourceCommit> {
  const logs = sources.map((source) => ({ source, rest: readAll(zoneOf(processed, source).log) }));
  const heads: { commit: SourceCommit; rest: AsyncGenerator<ProcessedCommit> }[] = [];
  const advance = async (source: string, rest: AsyncGenerator<ProcessedCommit>) => {
    const { value, done } = await rest.next();
    if (!done) heads.push({ commit: { ...value, source }, rest });
  };
  try {
    for (const { source, rest } of logs) await advance(source, rest);
    while (heads.length > 0) {
      heads.sort((a, b) => compareCommits(a.commit, b.commit));
      const { commit, rest } = heads.shift()!;
      yield commit;
      await advance(commit.source, rest);
    }
  } finally {
    for (const { rest } of logs) await rest.return(undefined);
  }
}

function compareCommits(a: SourceCommit, b: SourceCommit): number {
  if (a.taken_at !== b.taken_at) return a.taken_at < b.taken_at ? -1 : 1;
  return Number(b.source === DATABASE) - Number(a.source === DATABASE);
}

/** Yields every commit of a log, and reads the next ones at the same time. */
export async function* readAll<C extends Commit>(log: CommitLog<C>): AsyncGenerator<C> {
  const last = (await log.head())?.sequence ?? 0;
  const reading: Promise<C>[] = [];
  for (let next = 1; next <= last || reading.length > 0;) {
    while (next <= last && reading.length < READ_AT_ONCE) {
      const commit = log.read(next++);
      commit.catch(() => {}); // thrown when it is its turn
      reading.push(commit);
    }
    yield await reading.shift()!;
  }
}
