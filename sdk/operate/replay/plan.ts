/**
 * Plans a replay of each source: the zone to load from, and the commits to start with. A plan depends on
 * the lake and the target alone, so a repeated call resumes an interrupted replay.
 *
 * @module
 */
import { type Model, totesys } from "../../../schemas/model.ts";
import { checkModel } from "../../derive/check_model.ts";
import { DATABASE, sourceModel, sourceNames } from "../../derive/source_model.ts";
import { ConfigurationError, WarehouseError } from "../../errors.ts";
import { isBaseline } from "../../lake/baseline.ts";
import type { Commit, IngestionCommit, ProcessedCommit, SkippedCommit } from "../../lake/commit.ts";
import type { CommitLog } from "../../lake/commit_log.ts";
import { sourceStore } from "../../lake/source_store.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { subStore } from "../../lake/sub_store.ts";
import { ingestionZone, processedZone, type Zone } from "../../lake/zone.ts";
import { type Applied, appliedCommit } from "../../load/applied_commit.ts";
import type { PipelineOptions } from "../../options.ts";
import { transformVersion } from "../../transform/version.ts";
import { inspectTarget, type ReplayTarget } from "./target.ts";

/** The options of {@linkcode replay}. */
export interface ReplayOptions extends
  ReplayTarget,
  Pick<
    PipelineOptions,
    | "processed"
    | "model"
    | "quarantineLimit"
    | "referenceCurrency"
    | "run"
    | "onProgress"
  > {
  /** The ingestion zone; required with `fromIngestion`. */
  readonly ingestion?: PipelineOptions["ingestion"];
  /** Transforms the ingestion zone again instead of loading the processed zone. Default: false. */
  readonly fromIngestion?: boolean;
  /**
   * The commit of the database to start with: of the ingestion zone with `fromIngestion`, else of the
   * processed zone. For an empty target, 1 or a commit of mode `full`. Otherwise the commit after the
   * target's last one. Default: 1. Other sources start with their first commit.
   */
  readonly from?: number;
}

/** What a replay does with a source: copies commits, transforms commits, then loads them from `zone`. */
export interface ReplayPlan {
  /** The name of the source. */
  readonly source: string;
  /** The zone that the target is loaded from. */
  readonly zone: Zone<ProcessedCommit>;
  /** The last commit that the target has loaded; null when it is empty. */
  readonly target: Applied | null;
  /** Number of commits to copy from the old processed zone before the transform. */
  readonly copy: number;
  /** The ingestion zone to transform; undefined when `zone` is loaded as it is. */
  readonly ingestion?: Zone<IngestionCommit>;
  /** The ingestion commit that an empty `zone` starts with; undefined if it starts with copies. */
  readonly transformFrom?: number;
  /** The processed commit that an empty target starts with. */
  readonly loadFrom?: number;
}

const STAGE = { stage: "replay" };

/**
 * Returns the plan of each source, the database first. Writes nothing.
 *
 * @throws {ConfigurationError} when the model is wrong, or options contradict each other, the lake or the
 * target.
 * @throws {WarehouseError} when the target cannot be read, or was not loaded from this lake.
 * @throws {LakeError} when a zone cannot be read.
 */
export async function planReplay(options: ReplayOptions): Promise<[ReplayPlan, ...ReplayPlan[]]> {
  const { model = totesys } = options;
  const [, ...others] = sourceNames(model);
  for (const name of sourceNames(model)) checkModel(sourceModel(model, name));
  const targets = await inspectTarget(options, model);
  const target = targets.get(DATABASE) ?? null;
  const plan = options.fromIngestion
    ? await planFromIngestion(options, target)
    : await planFromProcessed(options, target);
  const planOther = (name: string) => planSource(options, plan, name, targets.get(name) ?? null);
  return [plan, ...await Promise.all(others.map(planOther))];
}

/** Plans another source, whose zone is a part of that of the database. */
async function planSource(
  { ingestion, processed }: ReplayOptions,
  database: ReplayPlan,
  source: string,
  target: Applied | null,
): Promise<ReplayPlan> {
  const zone = processedZone(sourceStore(database.zone.store, source));
  const startsWithCopies = database.ingestion && database.transformFrom === undefined;
  const plan = {
    source,
    zone,
    target,
    copy: 0,
    ingestion: database.ingestion && ingestionZone(sourceStore(ingestion!, source)),
  };
  if (!target || await appliedCommit(zone.log, target)) return plan;
  const old = processedZone(sourceStore(processed, source));
  if (!startsWithCopies || !await appliedCommit(old.log, target)) {
    throw otherZoneError(zone, target);
  }
  return { ...plan, copy: target.sequence };
}

async function planFromProcessed(
  { processed, from = 1 }: ReplayOptions,
  target: Applied | null,
): Promise<ReplayPlan> {
  const zone = processedZone(processed);
  if (target && !await appliedCommit(zone.log, target)) throw otherZoneError(zone, target);
  if (target && target.sequence < from - 1) throw notNextError(from, target.sequence);
  if (!target && from > 1) await requireStart(zone.log, from);
  return { source: DATABASE, zone, target, copy: 0, loadFrom: from };
}

async function planFromIngestion(
  options: ReplayOptions,
  target: Applied | null,
): Promise<ReplayPlan> {
  const { processed, from = 1 } = options;
  const ingestion = requireIngestion(options.ingestion);
  // Of the version: a zone of other transforms must not be reused.
  const { model = totesys } = options;
  const folder = `_replay-${transformVersion(model)}`;
  const name = from === 1 ? folder : `${folder}-from-${from}`;
  const ownZone = await zoneToFill(processed, name, target, model);
  const start = { source: DATABASE, target, copy: 0, ingestion };
  const plan = { ...start, zone: ownZone, transformFrom: from };
  if (!target) {
    if (from > 1) await requireStart(ingestion.log, from);
    return plan;
  }
  if (await appliedCommit(ownZone.log, target)) return plan;
  if (from === 1) throw otherZoneError(ownZone, target);
  // The target was loaded from the old zone up to the commit before `from`. The new zone starts
  // with a copy of these commits.
  const zone = processedZone(subStore(processed, `${folder}-after-${from - 1}`));
  const planAfterCopy = { ...start, zone };
  if (await appliedCommit(zone.log, target)) return planAfterCopy;
  const old = processedZone(processed);
  const last = await appliedCommit(old.log, target);
  if (!last) throw otherZoneError(old, target);
  if (last.ingestion_sequence !== from - 1) throw notNextError(from, last.ingestion_sequence);
  return { ...planAfterCopy, copy: target.sequence };
}

/**
 * Returns the zone of this name for the replay to fill. A zone that skipped a commit, or in which another
 * version transformed a source, is only continued for a target that was loaded from it: the damaged object
 * can have been restored since.
 */
async function zoneToFill(
  processed: ObjectStore,
  name: string,
  target: Applied | null,
  model: Model,
): Promise<Zone<ProcessedCommit>> {
  for (let attempt = 1;; attempt++) {
    const folder = attempt === 1 ? name : `${name}-${attempt}`;
    const zone = processedZone(subStore(processed, folder));
    if (target && await appliedCommit(zone.log, target)) return zone;
    if (target && await zone.log.head()) continue;
    if (await isOfThisVersion(zone, model) && (await skippedIn(zone)).length === 0) return zone;
  }
}

/** Returns whether this version transformed what a zone has of every source. */
async function isOfThisVersion({ store }: Zone<ProcessedCommit>, model: Model): Promise<boolean> {
  for (const name of sourceNames(model)) {
    const head = await processedZone(sourceStore(store, name)).log.head();
    const version = transformVersion(sourceModel(model, name));
    if (head && head.transform_version !== version) return false;
  }
  return true;
}

/** Returns the ingestion commits that a processed zone skipped. */
export async function skippedIn({ log }: Zone<ProcessedCommit>): Promise<SkippedCommit[]> {
  const skipped: SkippedCommit[] = [];
  for await (const { ingestion_sequence, skipped: reason } of log.after(0)) {
    if (reason === undefined) continue;
    skipped.push({ zone: "ingestion", sequence: ingestion_sequence, reason });
  }
  return skipped;
}

function requireIngestion(ingestion: ObjectStore | undefined): Zone<IngestionCommit> {
  if (ingestion) return ingestionZone(ingestion);
  throw new ConfigurationError("cannot replay from the ingestion zone: `ingestion` is not set", {
    ...STAGE,
    next: "set `ingestion`",
  });
}

/** Throws unless an empty target can start with this commit: it is the first, or a baseline. */
async function requireStart<C extends Commit>(log: CommitLog<C>, from: number): Promise<void> {
  const starts: number[] = [];
  let last = 0;
  for await (const commit of log.after(0)) {
    last = commit.sequence;
    if (last === 1 || isBaseline(commit)) starts.push(last);
  }
  if (starts.includes(from)) return;
  const why = from > last
    ? `there is no commit ${from}: the last one is ${last}`
    : `an empty target cannot begin with commit ${from}: it depends on earlier commits`;
  throw new ConfigurationError(why, {
    ...STAGE,
    next: starts.length > 0
      ? `set \`from\` to one of these commits: ${starts.join(", ")}`
      : { operations: [{ name: "run" }] },
  });
}

function otherZoneError(
  { store }: Zone<ProcessedCommit>,
  { sequence, run }: Applied,
): WarehouseError {
  return new WarehouseError(
    `the target was loaded from another zone: ${store.url} has no commit ${sequence} of run ${run}`,
    { ...STAGE, next: "set `into` to an empty database" },
  );
}

function notNextError(from: number, last: number): ConfigurationError {
  return new ConfigurationError(
    `the replay cannot begin with commit ${from}: the target's last commit is ${last}`,
    { ...STAGE, next: `set \`from\` to ${last + 1}, or \`into\` to an empty database` },
  );
}
