/**
 * The sizes of a lake's zones, from their commits.
 *
 * @module
 */
import { type Commit, objectsOf } from "../../sdk/lake/commit.ts";
import { openStore } from "../../sdk/lake/open_store.ts";
import { ingestionZone, processedZone, type Zone } from "../../sdk/lake/zone.ts";
import type { Pipeline } from "./context.ts";

/** What a zone holds. */
export interface ZoneSize {
  readonly commits: number;
  readonly objects: number;
  readonly rows: number;
  readonly bytes: number;
}

/** The sizes of both zones. */
export interface LakeSize {
  readonly ingestion: ZoneSize;
  readonly processed: ZoneSize;
}

/** Opens both zones of a pipeline, without its distance. */
export function zonesOf({ near }: Pipeline) {
  return {
    ingestion: ingestionZone(openStore(near.INGESTION_URL)),
    processed: processedZone(openStore(near.PROCESSED_URL)),
  };
}

/** Adds up what the commits of both zones name. */
export async function lakeSize(pipeline: Pipeline): Promise<LakeSize> {
  const { ingestion, processed } = zonesOf(pipeline);
  return { ingestion: await sizeOf(ingestion), processed: await sizeOf(processed) };
}

async function sizeOf<C extends Commit>({ log }: Zone<C>): Promise<ZoneSize> {
  const size = { commits: 0, objects: 0, rows: 0, bytes: 0 };
  for await (const commit of log.after(0)) {
    size.commits++;
    for (const { object } of objectsOf(commit)) {
      size.objects++;
      size.rows += object.rows;
      size.bytes += object.bytes;
    }
  }
  return size;
}
