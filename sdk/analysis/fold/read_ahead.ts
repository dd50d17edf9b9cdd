import { ownEntry } from "../../lake/commit.ts";
import { ReadAhead } from "../../lake/read_ahead.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { type SourceCommit, zoneOf } from "../commits.ts";

/** A commit, with a store that has begun to read its small objects. */
export interface CommitObjects {
  readonly commit: SourceCommit;
  readonly objects: ObjectStore;
}

/** Commits whose objects are read at the same time. */
const COMMITS = 4;

/** Yields commits, and reads the small objects of the next ones, as far as they are of these tables. */
export async function* withObjects(
  commits: AsyncIterable<SourceCommit>,
  processed: ObjectStore,
  tables: ReadonlySet<string>,
): AsyncGenerator<CommitObjects> {
  const waiting: { commit: SourceCommit; objects: ReadAhead; isEmpty: boolean }[] = [];
  const finish = () => waiting.shift()!.objects[Symbol.asyncDispose]();
  try {
    for await (const commit of commits) {
      const { store } = zoneOf(processed, commit.source);
      const needed = onlyTables(commit, tables);
      const records = [needed.tables, needed.deleted, needed.quarantined];
      const isEmpty = records.every((record) => Object.keys(record).length === 0);
      waiting.push({ commit, objects: new ReadAhead(store, needed), isEmpty });
      while (waiting[0].isEmpty || waiting.filter(({ isEmpty }) => !isEmpty).length === COMMITS) {
        yield waiting[0];
        await finish();
        if (waiting.length === 0) break;
      }
    }
    while (waiting.length > 0) {
      yield waiting[0];
      await finish();
    }
  } finally {
    while (waiting.length > 0) await finish();
  }
}

function onlyTables(commit: SourceCommit, names: ReadonlySet<string>): SourceCommit {
  const only = <T>(record: Readonly<Record<string, T>>) => {
    const found = [...names].flatMap((name): [string, T][] => {
      const entry = ownEntry(record, name);
      return entry === undefined ? [] : [[name, entry]];
    });
    return Object.fromEntries(found);
  };
  const { tables, deleted, quarantined } = commit;
  return {
    ...commit,
    tables: only(tables),
    deleted: only(deleted),
    quarantined: only(quarantined),
  };
}
