/**
 * Where a replay begins, and which zone it leads through: decided from the lake and the target alone, so
 * that a replay that died is taken up where it was.
 *
 * @module
 */
import { totesys } from "../../../schemas/model.ts";
import { ConfigurationError, WarehouseError } from "../../errors.ts";
import { isBaseline } from "../../lake/baseline.ts";
import type { Commit, IngestionCommit, ProcessedCommit, SkippedCommit } from "../../lake/commit.ts";
import type { CommitLog } from "../../lake/commit_log.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { subStore } from "../../lake/sub_store.ts";
import { ingestionZone, processedZone, type Zone } from "../../lake/zone.ts";
import { type Applied, appliedCommit } from "../../load/applied_commit.ts";
import type { PipelineOptions } from "../../options.ts";
import { TRANSFORM_VERSION, transformVersion } from "../../transform/version.ts";
import { inspectTarget, type ReplayTarget } from "./target.ts";

/** The options of {@linkcode replay}. */
export interface ReplayOptions extends
  ReplayTarget,
  Pick<
    PipelineOptions,
    | "processed"
    | "model"
    | "transforms"
    | "transformVersion"
    | "quarantineLimit"
    | "run"
    | "onProgress"
  > {
  /** The ingestion zone; only `fromIngestion` needs it. */
  readonly ingestion?: PipelineOptions["ingestion"];
  /** Transforms the ingestion zone again, instead of loading the processed zone as it is. */
  readonly fromIngestion?: boolean;
  /**
   * The commit to start with, of the ingestion zone with `fromIngestion`, else of the processed zone:
   * the one after the target's last; for an empty target 1, or one of mode `full`. Default: 1.
   */
  readonly from?: number;
}

/** The way a replay takes. */
export interface ReplayPlan {
  /** The zone the target is loaded from. */
  readonly zone: Zone<ProcessedCommit>;
  /** What the target has taken in of it so far; null when nothing. */
  readonly target: Applied | null;
  /** How many commits of the old processed zone that zone begins with. */
  readonly copy: number;
  /** The zone to transform, if any. */
  readonly ingestion?: Zone<IngestionCommit>;
  /** The ingestion commit that an empty zone begins with. */
  readonly transformFrom?: number;
  /** The processed commit that an empty target begins with. */
  readonly loadFrom?: number;
}

const STAGE = { stage: "replay" };

/**
 * Decides the course of a replay. Nothing is written.
 *
 * @throws {ConfigurationError} when the options ask for what cannot be.
 * @throws {WarehouseError} when the target cannot be read, or holds something else.
 * @throws {LakeError} when a zone cannot be read.
 */
export async function planReplay(options: ReplayOptions): Promise<ReplayPlan> {
  const target = await inspectTarget(options, options.model ?? totesys);
  return options.fromIngestion
    ? await courseFromIngestion(options, target)
    : await courseFromProcessed(options, target);
}

async function courseFromProcessed(
  { processed, from = 1 }: ReplayOptions,
  target: Applied | null,
): Promise<ReplayPlan> {
  const zone = processedZone(processed);
  if (target && !await appliedCommit(zone.log, target)) throw fromElsewhere(zone, target);
  if (target && target.sequence < from - 1) throw notNext(from, target.sequence);
  if (!target && from > 1) await refuseDependent(zone.log, from);
  return { zone, target, copy: 0, loadFrom: from };
}

async function courseFromIngestion(
  options: ReplayOptions,
  target: Applied | null,
): Promise<ReplayPlan> {
  const { processed, from = 1 } = options;
  const ingestion = needed(options.ingestion);
  const folder = `_replay-${versionOf(options)}`;
  const name = from === 1 ? folder : `${folder}-from-${from}`;
  const fresh = await zoneToFill(processed, name, target);
  const begun = { zone: fresh, target, copy: 0, ingestion, transformFrom: from };
  if (!target) {
    if (from > 1) await refuseDependent(ingestion.log, from);
    return begun;
  }
  if (await appliedCommit(fresh.log, target)) return begun;
  if (from === 1) throw fromElsewhere(fresh, target);
  // The target holds what the old zone says up to the commit before: so must the new one.
  const zone = processedZone(subStore(processed, `${folder}-after-${from - 1}`));
  const joined = { zone, target, ingestion, copy: 0 };
  if (await appliedCommit(zone.log, target)) return joined;
  const old = processedZone(processed);
  const last = await appliedCommit(old.log, target);
  if (!last) throw fromElsewhere(old, target);
  if (last.ingestion_sequence !== from - 1) throw notNext(from, last.ingestion_sequence);
  return { ...joined, copy: target.sequence };
}

/**
 * The zone of this name that a replay goes on with. One that had to skip a commit is left to the target
 * that stands on it: what was damaged then may be sound by now.
 */
async function zoneToFill(
  processed: ObjectStore,
  name: string,
  target: Applied | null,
): Promise<Zone<ProcessedCommit>> {
  for (let attempt = 1;; attempt++) {
    const folder = attempt === 1 ? name : `${name}-${attempt}`;
    const zone = processedZone(subStore(processed, folder));
    if (!await zone.log.head()) return zone;
    if (target ? await appliedCommit(zone.log, target) : (await skippedIn(zone)).length === 0) {
      return zone;
    }
  }
}

/** The commits of a zone that nothing was made of. */
export async function skippedIn({ log }: Zone<ProcessedCommit>): Promise<SkippedCommit[]> {
  const skipped: SkippedCommit[] = [];
  for await (const { ingestion_sequence, skipped: reason } of log.after(0)) {
    if (reason === undefined) continue;
    skipped.push({ zone: "ingestion", sequence: ingestion_sequence, reason });
  }
  return skipped;
}

function needed(ingestion: ObjectStore | undefined): Zone<IngestionCommit> {
  if (ingestion) return ingestionZone(ingestion);
  throw new ConfigurationError("a replay from the ingestion zone needs that zone", {
    ...STAGE,
    next: "set `ingestion`",
  });
}

/** Names the folder of the new zone: what other transforms made must not pass for what these make. */
function versionOf({ model, transforms, transformVersion: own }: ReplayOptions): string {
  if (transforms && own === undefined) {
    throw new ConfigurationError("a replay with transforms of your own needs their number", {
      ...STAGE,
      next: "set `transformVersion`, and raise it whenever they change",
    });
  }
  return transformVersion(model ?? totesys, own ?? TRANSFORM_VERSION);
}

/** Refuses to fill an empty target from a commit that relies on those before it. */
async function refuseDependent<C extends Commit>(log: CommitLog<C>, from: number): Promise<void> {
  const beginnings: number[] = [];
  let last = 0;
  for await (const commit of log.after(0)) {
    last = commit.sequence;
    if (last === 1 || isBaseline(commit)) beginnings.push(last);
  }
  if (beginnings.includes(from)) return;
  const why = from > last
    ? `there is no commit ${from}: the last one is ${last}`
    : `an empty target cannot begin with commit ${from}, which relies on those before it`;
  throw new ConfigurationError(why, {
    ...STAGE,
    next: beginnings.length > 0
      ? `set \`from\` to one of these commits: ${beginnings.join(", ")}`
      : { operations: [{ name: "run" }] },
  });
}

function fromElsewhere(
  { store }: Zone<ProcessedCommit>,
  { sequence, run }: Applied,
): WarehouseError {
  return new WarehouseError(
    `the target was loaded from another zone: its commit ${sequence} is of run ${run}, which ` +
      `${store.url} does not have`,
    { ...STAGE, next: "set `into` to an empty database" },
  );
}

function notNext(from: number, last: number): ConfigurationError {
  return new ConfigurationError(
    `the replay cannot begin with commit ${from}: the target stands at commit ${last}`,
    { ...STAGE, next: `set \`from\` to ${last + 1}, or \`into\` to an empty database` },
  );
}
