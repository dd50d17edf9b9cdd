import type { Upgrade } from "./upgrade.ts";

/** Format 2 names the key column of each table. A commit of format 1 does not know it. */
export const keys: Upgrade = {
  from: 1,
  name: "keys",
  upgrade: (commit) => ({ ...commit, keys: {} }),
};
