/**
 * The progress of a pipeline.
 *
 * In: the source, the two zones of the lake and the warehouse, all read only. Out: the last commit
 * of each stage, the freshness of the warehouse, and the schema drift of the source.
 *
 * @module
 */
import { type Model, totesys } from "../../schemas/model.ts";
import { DATABASE, sourceNames } from "../derive/source_model.ts";
import { SourceError, WarehouseError } from "../errors.ts";
import type { SchemaChange } from "../extract/schema_changes.ts";
import { inspectSource } from "../extract/source_schema.ts";
import { type IngestionCommit, isPartial } from "../lake/commit.ts";
import type { CommitLog } from "../lake/commit_log.ts";
import { sourceStore } from "../lake/source_store.ts";
import { ingestionZone, processedZone } from "../lake/zone.ts";
import { type Applied, lastApplied } from "../load/applied_commit.ts";
import { refuseNewerWarehouse } from "../load/migrate.ts";
import type { PipelineOptions } from "../options.ts";
import { connect, SHORT_LOCK_TIMEOUT } from "../postgres/connection.ts";
import { wrapError } from "../postgres/wrap_error.ts";
import { readFreshness } from "./freshness.ts";

/** The progress of each stage for a source, counted in its ingestion commits. */
export interface SourceStatus {
  /** Sequence of the newest commit of the ingestion zone; 0 before the first. */
  readonly extracted: number;
  /** Sequence of the newest ingestion commit that was transformed; 0 before the first. */
  readonly transformed: number;
  /** Sequence of the newest ingestion commit that was loaded; 0 before the first. */
  readonly loaded: number;
  /**
   * Time of the database's snapshot that the warehouse reflects (RFC 3339, UTC): that of the last commit, or
   * of a later cron run that found no changes. Null until the first load is done. Of another source, the
   * time at which the last loaded document arrived.
   */
  readonly fresh_as_of: string | null;
  /** Commits that are not loaded yet. */
  readonly behind: number;
}

/** The progress of each stage for the database, and for the other sources. */
export interface Status extends SourceStatus {
  /** The progress of each source that is not the database, by name. */
  readonly sources: Readonly<Record<string, SourceStatus>>;
  /** Differences between the source database and the specs; null when it cannot be read. */
  readonly schema: readonly SchemaChange[] | null;
  /** Why the source database cannot be read; null when it can. */
  readonly source_error: string | null;
}

/**
 * Returns the progress of extraction, transform and load of every source, and the differences between the
 * source database and the specs. A database that is down is reported in `source_error`, not thrown.
 *
 * @throws {ConfigurationError} when a connection URL is malformed, or its `sslmode` allows plain text.
 * @throws {LakeError} when a zone cannot be read.
 * @throws {WarehouseError} when the warehouse cannot be read.
 */
export async function status(
  pipeline: Pick<PipelineOptions, "source" | "ingestion" | "processed" | "warehouse" | "model">,
): Promise<Status> {
  const { model = totesys } = pipeline;
  const applied = await readLastApplied(pipeline.warehouse, sourceNames(model));
  const statusOf = async (name: string) => await sourceStatus(pipeline, name, applied.get(name));
  const [, ...names] = sourceNames(model);
  const database = await statusOf(DATABASE);
  const sources = await Promise.all(names.map(async (name) => [name, await statusOf(name)]));
  return {
    ...database,
    fresh_as_of: database.fresh_as_of &&
      await databaseFreshness(pipeline, database.loaded, database.fresh_as_of),
    sources: Object.fromEntries(sources),
    ...await schemaChangesOf(pipeline.source, model),
  };
}

async function sourceStatus(
  pipeline: Pick<PipelineOptions, "ingestion" | "processed">,
  name: string,
  applied: Applied | undefined,
): Promise<SourceStatus> {
  const { log: ingestion } = ingestionZone(sourceStore(pipeline.ingestion, name));
  const { log: processed } = processedZone(sourceStore(pipeline.processed, name));
  const extracted = (await ingestion.head())?.sequence ?? 0;
  const transformed = (await processed.head())?.ingestion_sequence ?? 0;
  const last = applied ? await processed.read(applied.sequence) : null;
  const loaded = last?.ingestion_sequence ?? 0;
  const behind = extracted - loaded;
  return { extracted, transformed, loaded, fresh_as_of: last?.taken_at ?? null, behind };
}

/** Returns when the warehouse was like the database; null while the first load is not done. */
async function databaseFreshness(
  pipeline: Pick<PipelineOptions, "ingestion" | "warehouse" | "model">,
  loaded: number,
  taken_at: string,
): Promise<string | null> {
  const { log } = ingestionZone(pipeline.ingestion);
  if (!await isComplete(log, loaded)) return null;
  return latest(taken_at, (await readFreshness(pipeline)).fresh_as_of);
}

/**
 * Returns whether the first load was done with this commit. An unreadable commit counts as done.
 */
async function isComplete(log: CommitLog<IngestionCommit>, sequence: number): Promise<boolean> {
  const commit = await log.read(sequence).catch(() => null);
  return commit === null || !isPartial(commit);
}

function latest(taken_at: string, seen_at: string | null): string {
  return seen_at !== null && seen_at > taken_at ? seen_at : taken_at;
}

async function schemaChangesOf(
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

async function readLastApplied(
  url: string,
  sources: readonly string[],
): Promise<ReadonlyMap<string, Applied>> {
  await using warehouse = connect(url);
  const wrap = wrapError(WarehouseError, "cannot read the warehouse", { stage: "status" });
  await refuseNewerWarehouse(warehouse, "status").catch(wrap);
  return await lastApplied(warehouse, sources).catch(wrap) ?? new Map();
}
