import type { Model } from "../../schemas/model.ts";
import type { DatabaseCommit } from "../lake/commit.ts";
import type { Connection } from "../postgres/connection.ts";
import type { Checkpoint } from "./plan.ts";

/** The last snapshot that showed no change since a commit, or is that of the commit. */
export interface LastSnapshot {
  /** The state to read changes since. */
  readonly since: Checkpoint;
  /** The rows of each table. */
  readonly rows: ReadonlyMap<string, number>;
}

const snapshots = new WeakMap<
  object,
  LastSnapshot & { readonly commit: DatabaseCommit; readonly model: Model }
>();

/**
 * Remembers a snapshot for the next extraction through this connection, which has fewer transactions to
 * look at. The snapshot is that of the commit; or it has shown every table of the model, it left no
 * transaction in progress, and a crash of the source cannot undo what it showed.
 */
export function rememberSnapshot(
  source: Connection,
  model: Model,
  commit: DatabaseCommit,
  snapshot: LastSnapshot,
): void {
  snapshots.set(source.session, { ...snapshot, commit, model });
}

/** Returns the last snapshot since a commit, if there was one through this connection. */
export function recallSnapshot(
  source: Connection,
  model: Model,
  commit: DatabaseCommit | null,
): LastSnapshot | undefined {
  const last = snapshots.get(source.session);
  return last && commit && last.model === model && isSame(last.commit, commit) ? last : undefined;
}

function isSame(one: DatabaseCommit, other: DatabaseCommit): boolean {
  return one.sequence === other.sequence && one.run === other.run &&
    one.snapshot.taken_at === other.snapshot.taken_at;
}
