import type { Peer } from "./peer.ts";
import { dltDefaults, dltFast } from "./peers/dlt.ts";
import { ingestrLog, ingestrMerge, ingestrReplace } from "./peers/ingestr.ts";
import { ours } from "./peers/ours.ts";
import { sling } from "./peers/sling.ts";

/** The tools to compare, this repository first. */
export const PEERS: readonly Peer[] = [
  ours,
  ingestrReplace,
  ingestrMerge,
  ingestrLog,
  dltFast,
  sling,
  dltDefaults,
];
