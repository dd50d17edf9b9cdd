/**
 * Follows one table through the commits of a lake, as the warehouse would. Reads nothing but the lake.
 *
 * @module
 */
import type { Model } from "../../../schemas/model.ts";
import type { WarehouseTableSpec } from "../../../schemas/table.ts";
import { DATABASE, sourceModel, sourceNames } from "../../derive/source_model.ts";
import { DamagedObjectError } from "../../errors.ts";
import { hasBaselineAfter } from "../../lake/baseline.ts";
import type { DataObject } from "../../lake/commit.ts";
import { findDamage } from "../../lake/find_damage.ts";
import type { ObjectStore } from "../../lake/store.ts";
import { commitsInOrder, type SourceCommit, zoneOf } from "../commits.ts";
import { applyCommit } from "./apply_commit.ts";
import { planFold } from "./fold_plan.ts";
import { withObjects } from "./read_ahead.ts";
import type { Versions } from "./versions.ts";

/** An object with rows of a table. */
export interface PlacedObject {
  readonly store: ObjectStore;
  readonly object: DataObject;
}

/** What to follow. */
export interface FoldOptions<V extends Versions> {
  readonly processed: ObjectStore;
  readonly model: Model;
  readonly table: WarehouseTableSpec;
  /** Creates what collects the versions. It is called again when a commit turns out to be damaged. */
  readonly versions: () => V;
  /** The instant that the versions are asked for; later commits are not read unless they change it. */
  readonly until?: string;
}

/** The versions of a table, and the objects that have them, by number. */
export interface Folded<V> {
  readonly versions: V;
  readonly objects: readonly PlacedObject[];
}

/**
 * Follows a table through the commits. A commit that is damaged is left out when a later one has every row
 * again, as a load does.
 *
 * @throws {DamagedObjectError} when an object is damaged and no later commit repairs it.
 * @throws {LakeError} when the lake cannot be read, or an object does not have the columns of its table.
 */
export async function foldLake<V extends Versions>(options: FoldOptions<V>): Promise<Folded<V>> {
  const { processed } = options;
  const known: Known = { deletesFrom: new Set(), leftOut: new Set() };
  for (;;) {
    const result = await foldOnce(options, known);
    if ("versions" in result) return result;
    if ("deletesFrom" in result) {
      known.deletesFrom.add(result.deletesFrom);
      continue;
    }
    const { damaged, error } = result;
    const { store, log } = zoneOf(processed, damaged.source);
    if (!await hasBaselineAfter(log, damaged.sequence)) {
      throw await findDamage(store, damaged) ?? error;
    }
    known.leftOut.add(idOf(damaged));
  }
}

/** What a fold has to know before it starts. It starts again when it finds out more. */
interface Known {
  /** The dimensions that rows are deleted from while others refer to them. */
  readonly deletesFrom: Set<string>;
  /** The damaged commits that are not needed. */
  readonly leftOut: Set<string>;
}

/** Why a fold has to start again. */
type Again = { readonly deletesFrom: string } | {
  readonly damaged: SourceCommit;
  readonly error: DamagedObjectError;
};

async function foldOnce<V extends Versions>(
  { processed, model, table, versions: create, until }: FoldOptions<V>,
  { deletesFrom, leftOut }: Known,
): Promise<Folded<V> | Again> {
  const versions = create();
  const states = planFold(table, versions, model, deletesFrom);
  const target = states.find(({ spec }) => spec === table)!;
  const sources = sourceNames(model).map((source) => {
    const tables = sourceModel(model, source).warehouse.map(({ name }) => name);
    return [source, new Set(tables)] as const;
  });
  const ownOf = new Map(sources);
  const objects: PlacedObject[] = [];
  const followed = new Set(states.map(({ spec }) => spec.name));
  // A row that waits for one of its own table is released by the next load, of whatever source.
  const anyReleases = states.some(({ refersToItself }) => refersToItself);
  const needed = sourceNames(model).filter((source) =>
    anyReleases || [...followed].some((name) => ownOf.get(source)!.has(name))
  );
  const commits = commitsInOrder(processed, needed);
  for await (const one of withObjects(commits, processed, followed)) {
    const { commit } = one;
    if (until !== undefined && commit.taken_at > until && !target.isUndecided(until)) break;
    if (leftOut.has(idOf(commit))) continue;
    const loses = states.find((state) => state.losesReferredRows(commit.deleted));
    if (loses && !deletesFrom.has(loses.spec.name)) return { deletesFrom: loses.spec.name };
    try {
      await applyCommit(one, {
        states,
        target,
        own: ownOf.get(commit.source)!,
        keepsValid: commit.source === DATABASE,
        number: (object) =>
          objects.push({ store: zoneOf(processed, commit.source).store, object }) - 1,
      });
    } catch (error) {
      if (!(error instanceof DamagedObjectError)) throw error;
      return { damaged: commit, error };
    }
  }
  return { versions, objects };
}

function idOf({ source, sequence }: SourceCommit): string {
  return `${source} ${sequence}`;
}
