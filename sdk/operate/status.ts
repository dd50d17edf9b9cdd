import { type Model, totesys } from "../../schemas/model.ts";
import { SourceError, WarehouseError } from "../errors.ts";
import type { SchemaChange } from "../extract/schema_changes.ts";
import { inspectSource } from "../extract/source_schema.ts";
import { type IngestionCommit, isPartial } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import { ingestionZone, processedZone } from "../lake/zone.ts";
import { lastApplied } from "../load/applied_commit.ts";
import { refuseNewerWarehouse } from "../load/migrate.ts";
import type { PipelineOptions } from "../options.ts";
import { connect, SHORT_LOCK_TIMEOUT } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { readFreshness } from "./freshness.ts";

/** How far each part of a pipeline has come. */
export interface Status {
  /** The newest commit of the ingestion zone; 0 before the first. */
  readonly extracted: number;
  /** The newest ingestion commit that has been transformed. */
  readonly transformed: number;
  /** The newest ingestion commit that has been loaded. */
  readonly loaded: number;
  /**
   * When the source looked as the warehouse does now (RFC 3339, UTC): at the last commit, or when a
   * cron has since found nothing to do. Null until the first load is done.
   */
  readonly fresh_as_of: string | null;
  /** Commits that wait to be transformed or loaded. */
  readonly behind: number;
  /** How the source differs from the specs now; null when it cannot be asked. */
  readonly schema: readonly SchemaChange[] | null;
  /** Why the source cannot be asked. */
  readonly source_error: string | null;
}

/**
 * Says how far extraction, transform and load have come, from the two logs and the warehouse, and
 * whether the source is still as the specs say. A source that is down is told of, not thrown.
 *
 * @throws {LakeError} when a zone cannot be read.
 * @throws {WarehouseError} when the warehouse cannot be read.
 */
export async function status(
  pipeline: Pick<PipelineOptions, "source" | "ingestion" | "processed" | "warehouse" | "model">,
): Promise<Status> {
  const { log: ingestion } = ingestionZone(pipeline.ingestion);
  const { log: processed } = processedZone(pipeline.processed);
  const extracted = (await ingestion.head())?.sequence ?? 0;
  const transformed = (await processed.head())?.ingestion_sequence ?? 0;
  const applied = await lastAppliedTo(pipeline.warehouse);
  const loaded = applied ? await processed.read(applied.sequence) : null;
  return {
    extracted,
    transformed,
    loaded: loaded?.ingestion_sequence ?? 0,
    fresh_as_of: loaded && await isWhole(ingestion, loaded.ingestion_sequence)
      ? later(loaded.taken_at, (await readFreshness(pipeline)).fresh_as_of)
      : null,
    behind: extracted - (loaded?.ingestion_sequence ?? 0),
    ...await schemaOf(pipeline.source, pipeline.model ?? totesys),
  };
}

/** Whether a first load was done with a commit. One that cannot be read is no reason to say nothing. */
async function isWhole(log: CommitLog<IngestionCommit>, sequence: number): Promise<boolean> {
  const commit = await log.read(sequence).catch(() => null);
  return commit === null || !isPartial(commit);
}

function later(taken_at: string, seen_at: string | null): string {
  return seen_at !== null && seen_at > taken_at ? seen_at : taken_at;
}

async function schemaOf(
  url: string,
  model: Model,
): Promise<Pick<Status, "schema" | "source_error">> {
  await using source = connect(url, SHORT_LOCK_TIMEOUT);
  try {
    const { changes } = await inspectSource(source, model)
      .catch(wrapError(SourceError, "cannot read the source", { stage: "status" }));
    return { schema: changes, source_error: null };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return { schema: null, source_error: error.message };
  }
}

async function lastAppliedTo(url: string) {
  await using warehouse = connect(url);
  const failing = wrapError(WarehouseError, "cannot read the warehouse", { stage: "status" });
  await refuseNewerWarehouse(warehouse, "status").catch(failing);
  return await lastApplied(warehouse).catch(failing);
}
