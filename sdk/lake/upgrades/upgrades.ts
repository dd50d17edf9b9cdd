/**
 * The formats of commits. A commit stays in the log as it was written; reading converts it to the current
 * format. To change the format, add a file with the next number here.
 *
 * @module
 */
import { keys } from "./0001_keys.ts";
import type { CommitJson, Upgrade } from "./upgrade.ts";

/** Every step, in order. */
export const UPGRADES: readonly Upgrade[] = [keys];

/** The format that this release writes. */
export const FORMAT = 2;

/**
 * Returns a commit of this or an earlier format in the current one. Anything else is returned unchanged, for the
 * check that follows to refuse.
 */
export function upgradeCommit(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  let commit = value as CommitJson;
  for (const { from, upgrade } of UPGRADES) {
    if (commit.format === from) commit = { ...upgrade(commit), format: from + 1 };
  }
  return commit;
}
