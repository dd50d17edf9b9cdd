import { DamagedObjectError } from "../../errors.ts";
import { type Commit, objectsOf, type TableObject } from "../../lake/commit.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { processedZone } from "../../lake/zone.ts";
import { planReplay, type ReplayOptions, type ReplayPlan } from "./plan.ts";

/** What a replay does with commits. Those that it transforms are loaded afterwards. */
export type ReplayAction = "copy" | "transform" | "load";

/** Consecutive commits that a replay would take in. */
export interface ReplayStep {
  /** What would be done with them. */
  readonly what: ReplayAction;
  /** How many they are. */
  readonly commits: number;
  /** The number of the first. */
  readonly first: number;
  /** The number of the last. */
  readonly last: number;
  /** Rows in their objects. */
  readonly rows: number;
  /** Their objects. */
  readonly objects: number;
  /** The size of these. */
  readonly bytes: number;
  /** When the source looked as the first says (RFC 3339, UTC). */
  readonly from: string;
  /** When it looked as the last says. */
  readonly to: string;
}

/** An object that a commit names and that is not there, or is too short. */
export interface MissingObject {
  /** What was to be done with it. */
  readonly what: ReplayAction;
  /** The commit. */
  readonly sequence: number;
  /** The table. */
  readonly table: string;
  /** The object's key. */
  readonly key: string;
}

/** What a replay would do. */
export interface ReplayPreview {
  /** The URL of the processed zone that the target would stand on. */
  readonly zone: string;
  /** The last commit of that zone that the target has taken in; 0 when it is empty. */
  readonly target: number;
  /** What there is to do, in order; nothing when it has all been done. */
  readonly steps: readonly ReplayStep[];
  /** What the steps would miss. */
  readonly missing: readonly MissingObject[];
}

/**
 * Says what {@linkcode replay} would do, and looks whether every object is there. Nothing is written.
 *
 * @throws {ConfigurationError} {@linkcode WarehouseError} {@linkcode LakeError} as replay() does before
 * it begins.
 */
export async function previewReplay(options: ReplayOptions): Promise<ReplayPreview> {
  const course = await planReplay(options);
  const missing: MissingObject[] = [];
  const surveys: StepTotals[] = [];
  for (const [what, store, commits] of await ahead(course, options)) {
    const survey = new StepTotals(what);
    for await (const commit of commits) {
      survey.add(commit);
      for (const named of objectsOf(commit)) {
        if (await isPresent(store, named)) continue;
        const { table, object: { key } } = named;
        missing.push({ what, sequence: commit.sequence, table, key });
      }
    }
    surveys.push(survey);
  }
  const steps = surveys.flatMap(({ step }) => step ?? []);
  return { zone: course.zone.store.url, target: course.target?.sequence ?? 0, steps, missing };
}

type Ahead = [ReplayAction, ObjectStore, AsyncIterable<Commit>];

/** The commits there are to copy, to transform and to load. */
async function ahead(course: ReplayPlan, { processed }: ReplayOptions): Promise<Ahead[]> {
  const { zone, ingestion, target, copy } = course;
  const head = await zone.log.head();
  const load: Ahead = [
    "load",
    zone.store,
    zone.log.after(target?.sequence ?? (course.loadFrom ?? 1) - 1),
  ];
  if (!ingestion) return [load];
  const { log: old } = processedZone(processed);
  const last = copy > 0 ? await old.read(copy) : head;
  const begin = last?.ingestion_sequence ?? (course.transformFrom ?? 1) - 1;
  const raw = ingestion.log.after(begin);
  const copied = upTo(copy, old.after(head?.sequence ?? 0));
  return [["copy", processed, copied], ["transform", ingestion.store, raw], load];
}

async function* upTo<C extends Commit>(last: number, commits: AsyncIterable<C>): AsyncIterable<C> {
  if (last === 0) return;
  for await (const commit of commits) {
    if (commit.sequence <= last) yield commit;
    if (commit.sequence >= last) return;
  }
}

/** Asks for the last byte: the least that tells an object which is there and long enough. */
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

/** Adds up what is in some commits. */
class StepTotals {
  readonly #what: ReplayAction;
  #step: ReplayStep | undefined;

  constructor(what: ReplayAction) {
    this.#what = what;
  }

  /** The sum; undefined when there was no commit. */
  get step(): ReplayStep | undefined {
    return this.#step;
  }

  add(commit: Commit): void {
    const objects = objectsOf(commit).map(({ object }) => object);
    const at = commit.zone === "processed" ? commit.taken_at : commit.snapshot.taken_at;
    const { sequence } = commit;
    const before = this.#step;
    this.#step = {
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
