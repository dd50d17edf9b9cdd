/**
 * Checks that a zone of the lake is complete.
 *
 * @module
 */
import { type DataObject, ingestionZone, type ObjectStore, processedZone } from "../../sdk/mod.ts";
import { EtlError } from "../../sdk/errors.ts";
import type { Commit } from "../../sdk/lake/commit.ts";
import { readObject } from "../../sdk/lake/data_objects.ts";
import type { Check } from "./check.ts";

/**
 * Reads every commit of a zone's log and every object it names. The log must have no gap, and each
 * object must have its size and SHA-256 and be named once.
 */
export async function checkLake(store: ObjectStore, zone: Commit["zone"]): Promise<Check> {
  const differences: string[] = [];
  const named = new Set<string>();
  let last: Commit | undefined;
  for await (const commit of commitsOf(store, zone, differences)) {
    differences.push(...outOfOrder(commit, last));
    last = commit;
    for (const object of objectsIn(commit)) {
      if (named.has(object.key)) differences.push(`${object.key} is named twice`);
      named.add(object.key);
      await asWritten(store, object).catch(note(differences));
    }
  }
  return { what: `objects of the ${zone} zone`, compared: named.size, differences };
}

async function* commitsOf(
  store: ObjectStore,
  zone: Commit["zone"],
  differences: string[],
): AsyncGenerator<Commit> {
  try {
    const { log } = zone === "ingestion" ? ingestionZone(store) : processedZone(store);
    yield* log.after(0);
  } catch (error) {
    note(differences)(error);
  }
}

/** Snapshots must get later, and each ingestion commit must be processed once, in order. */
function outOfOrder(commit: Commit, last: Commit | undefined): string[] {
  const problems: string[] = [];
  if (last && takenAt(commit) <= takenAt(last)) problems.push("is not later than the one before");
  if (commit.zone === "processed" && commit.ingestion_sequence !== commit.sequence) {
    problems.push(`was made from ingestion commit ${commit.ingestion_sequence}`);
  }
  return problems.map((problem) => `${commit.zone} commit ${commit.sequence} ${problem}`);
}

function takenAt(commit: Commit): string {
  return commit.zone === "ingestion" ? commit.snapshot.taken_at : commit.taken_at;
}

/** Returns every object that a commit names, in any field. */
function objectsIn(part: unknown): DataObject[] {
  if (typeof part !== "object" || part === null) return [];
  return "sha256" in part ? [part as DataObject] : Object.values(part).flatMap(objectsIn);
}

async function asWritten(store: ObjectStore, object: DataObject): Promise<void> {
  for await (const _ of readObject(store, object)) continue;
}

function note(differences: string[]): (error: unknown) => void {
  return (error) => {
    if (!(error instanceof EtlError)) throw error;
    differences.push(error.message);
  };
}
