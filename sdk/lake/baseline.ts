import { LakeError } from "../errors.ts";
import type { Commit } from "./commit.ts";
import type { CommitLog } from "./commit_log.ts";

/** Returns whether a commit is a baseline: it does not depend on the commits before it. */
export function isBaseline(commit: Commit): boolean {
  return commit.mode === "full" && !(commit.zone === "processed" && commit.skipped);
}

/**
 * Requires that a reader can start with this commit.
 *
 * @throws {LakeError} when the commit depends on earlier ones.
 */
export function requireBaseline(commit: Commit, stage: string): void {
  const { zone, sequence } = commit;
  if (sequence === 1 || isBaseline(commit)) return;
  throw new LakeError(
    `cannot start with commit ${sequence} of the ${zone} zone: it depends on earlier commits`,
    { stage, next: "start with commit 1, or with a commit of mode `full`" },
  );
}

/** Returns whether a later commit contains every row again, so that this one can be skipped. */
export async function hasBaselineAfter<C extends Commit>(
  log: CommitLog<C>,
  sequence: number,
): Promise<boolean> {
  for await (const commit of log.after(sequence)) if (isBaseline(commit)) return true;
  return false;
}
