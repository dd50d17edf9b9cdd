import { LakeError } from "../errors.ts";
import type { Commit } from "./commit.ts";

/** Whether a commit relies on nothing before it. */
export function isBaseline(commit: Commit): boolean {
  return commit.mode === "full" && !(commit.zone === "processed" && commit.skipped);
}

/**
 * Refuses to begin with a commit in the middle of a log that relies on those before it.
 *
 * @throws {LakeError} when it does.
 */
export function requireBaseline(commit: Commit, stage: string): void {
  const { zone, sequence } = commit;
  if (sequence === 1 || isBaseline(commit)) return;
  throw new LakeError(
    `nothing can begin with commit ${sequence} of the ${zone} zone: it relies on those before it`,
    { stage, next: "begin with the first commit, or with one of mode full" },
  );
}
