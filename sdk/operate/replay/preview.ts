import { DamagedObjectError } from "../../errors.ts";
import { type Commit, objectsOf, type TableObject } from "../../lake/commit.ts";
import { sourceStore } from "../../lake/source_store.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { processedZone } from "../../lake/zone.ts";
import { planReplay, type ReplayOptions, type ReplayPlan } from "./plan.ts";

/** What a replay does with commits. It loads the commits that it transforms afterwards. */
export type ReplayAction = "copy" | "transform" | "load";

/** Consecutive commits of a source that a replay would process. */
export interface ReplayStep {
  /** The name of the source; `database` for the database. */
  readonly source: string;
  /** The action. */
  readonly what: ReplayAction;
  /** Number of commits. */
  readonly commits: number;
  /** Sequence of the first commit. */
  readonly first: number;
  /** Sequence of the last commit. */
  readonly last: number;
  /** Rows in their objects. */
  readonly rows: number;
  /** Number of objects. */
  readonly objects: number;
  /** Total size of the objects in bytes. */
  readonly bytes: number;
  /** Time of the first commit's source snapshot (RFC 3339, UTC). */
  readonly from: string;
  /** Time of the last commit's source snapshot (RFC 3339, UTC). */
  readonly to: string;
}

/** An object that a commit names and that is missing or too short. */
export interface MissingObject {
  /** The name of the source; `database` for the database. */
  readonly source: string;
  /** The action that needs the object. */
  readonly what: ReplayAction;
  /** Sequence of the commit. */
  readonly sequence: number;
  /** The table. */
  readonly table: string;
  /** The object's key. */
  readonly key: string;
}

/** The preview of a replay. */
export interface ReplayPreview {
  /** URL of the processed zone that the target would be loaded from. */
  readonly zone: string;
  /** Sequence of the last commit of the database in the target; 0 when it has none. */
  readonly target: number;
  /** What the replay would do, in order; empty when there is nothing left to do. */
  readonly steps: readonly ReplayStep[];
  /** Objects that these steps need and that are missing. */
  readonly missing: readonly MissingObject[];
}

/**
 * Returns what {@linkcode replay} would do, and the objects that it would miss. Writes nothing.
 *
 * @throws {ConfigurationError} when the target is the source or the live warehouse, or when it
 * cannot start with commit `from`.
 * @throws {WarehouseError} when the target cannot be read, or was not loaded from this lake.
 * @throws {LakeError} when a zone cannot be read.
 */
export async function previewReplay(options: ReplayOptions): Promise<ReplayPreview> {
  const plans = await planReplay(options);
  const missing: MissingObject[] = [];
  const totalsByStep: StepTotals[] = [];
  for (const plan of plans) {
    const { source } = plan;
    for (const [what, store, commits] of await pendingSteps(plan, options)) {
      const totals = new StepTotals(source, what);
      for await (const commit of commits) {
        totals.add(commit);
        for (const named of objectsOf(commit)) {
          if (await isPresent(store, named)) continue;
          const { table, object: { key } } = named;
          missing.push({ source, what, sequence: commit.sequence, table, key });
        }
      }
      totalsByStep.push(totals);
    }
  }
  const [{ zone, target }] = plans;
  const steps = totalsByStep.flatMap(({ step }) => step ?? []);
  return { zone: zone.store.url, target: target?.sequence ?? 0, steps, missing };
}

type PendingStep = [ReplayAction, ObjectStore, AsyncIterable<Commit>];

/** Returns the commits to copy, to transform and to load. */
async function pendingSteps(
  plan: ReplayPlan,
  { processed }: ReplayOptions,
): Promise<PendingStep[]> {
  const { source, zone, ingestion, target, copy } = plan;
  const head = await zone.log.head();
  const load: PendingStep = [
    "load",
    zone.store,
    zone.log.after(target?.sequence ?? (plan.loadFrom ?? 1) - 1),
  ];
  if (!ingestion) return [load];
  const { store, log: old } = processedZone(sourceStore(processed, source));
  const last = copy > 0 ? await old.read(copy) : head;
  const begin = last?.ingestion_sequence ?? (plan.transformFrom ?? 1) - 1;
  const raw = ingestion.log.after(begin);
  const copied = upTo(copy, old.after(head?.sequence ?? 0));
  return [["copy", store, copied], ["transform", ingestion.store, raw], load];
}

async function* upTo<C extends Commit>(last: number, commits: AsyncIterable<C>): AsyncIterable<C> {
  if (last === 0) return;
  for await (const commit of commits) {
    if (commit.sequence <= last) yield commit;
    if (commit.sequence >= last) return;
  }
}

/**
 * Reads the last byte of the object only: that is enough to see that it exists and is long enough.
 */
async function isPresent(store: ObjectStore, { object }: TableObject): Promise<boolean> {
  try {
    const range = { start: object.bytes - 1, end: object.bytes };
    for await (const _ of store.get(object.key, range)) continue;
    return true;
  } catch (error) {
    if (error instanceof DamagedObjectError) return false;
    throw error;
  }
}

/** Adds up the rows, objects and bytes of commits. */
class StepTotals {
  readonly #source: string;
  readonly #what: ReplayAction;
  #step: ReplayStep | undefined;

  constructor(source: string, what: ReplayAction) {
    this.#source = source;
    this.#what = what;
  }

  /** Returns the totals; undefined when there was no commit. */
  get step(): ReplayStep | undefined {
    return this.#step;
  }

  add(commit: Commit): void {
    const objects = objectsOf(commit).map(({ object }) => object);
    const at = commit.zone === "processed" ? commit.taken_at : commit.snapshot.taken_at;
    const { sequence } = commit;
    const before = this.#step;
    this.#step = {
      source: this.#source,
      what: this.#what,
      commits: (before?.commits ?? 0) + 1,
      first: before?.first ?? sequence,
      last: sequence,
      rows: (before?.rows ?? 0) + objects.reduce((sum, { rows }) => sum + rows, 0),
      objects: (before?.objects ?? 0) + objects.length,
      bytes: (before?.bytes ?? 0) + objects.reduce((sum, { bytes }) => sum + bytes, 0),
      from: before?.from ?? at,
      to: at,
    };
  }
}
