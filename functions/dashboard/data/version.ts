/**
 * What the pages are made of: as long as it is the same, so are they.
 *
 * @module
 */
import type { Warehouse } from "./warehouse.ts";

/** What has happened last. Two versions that are equal have the same pages. */
export interface Version {
  /** The newest commit of each source. */
  readonly commits: string;
  /** The newest run and the newest verification. */
  readonly runs: string;
}

// One look at an index for each value.
const VERSION = `SELECT
  (SELECT string_agg(name || ' ' || coalesce((
    SELECT max(sequence) FROM etl.applied_commit WHERE source = name), -1), ', ' ORDER BY name)
  FROM json_array_elements_text($1::json) AS name) AS commits,
  concat_ws(', ', (SELECT max(started_at) FROM etl.run), (SELECT max(done_at) FROM etl.verification)) AS runs`;

/** Returns the version. Requests within a second share one query. */
export function versionReader(
  warehouse: Warehouse,
  sources: readonly string[],
  clock: () => number = () => performance.now(),
): () => Promise<Version> {
  let read_at = -Infinity;
  let version: Promise<Version> | undefined;
  return () => {
    if (version && clock() - read_at < SHARED_MS) return version;
    read_at = clock();
    return version = warehouse.query<Version & Record<string, unknown>>(VERSION, [
      JSON.stringify(sources),
    ]).then(([row]) => row);
  };
}

const SHARED_MS = 1_000;
