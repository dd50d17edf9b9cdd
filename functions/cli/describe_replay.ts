/**
 * A replay in words.
 *
 * @module
 */
import type { MissingObject, ReplayPreview, ReplayResult, ReplayStep } from "../../sdk/mod.ts";
import { skipNotes } from "./describe.ts";
import { plural, pluralAre, sumOfRows, thousands } from "../format.ts";

/** What a replay did, and how to go on from there. */
export function describeReplay({ zone, transformed, load, skipped }: ReplayResult): string {
  const { commits, sequence, quarantined } = load;
  const lines = skipNotes(skipped);
  if (transformed > 0) lines.push(`transformed ${plural(transformed, "commit")}.`);
  lines.push(
    `loaded ${plural(commits.length, "commit")}, ${plural(sumOfRows(commits), "row")}; ` +
      `the target is at commit ${sequence}.`,
  );
  if (quarantined > 0) lines.push(`${pluralAre(quarantined, "row")} in quarantine.`);
  lines.push(
    "to go on from there with deno task etl run:",
    `  PROCESSED_URL=${zone}`,
    "  WAREHOUSE_URL=the database given with --into",
  );
  return lines.join("\n");
}

/** Missing objects named; all of them are counted. */
const NAMED = 10;

/** What a replay would do. */
export function describePreview({ zone, target, steps, missing }: ReplayPreview): string {
  const stands = target === 0 ? "the target is empty" : `the target stands at commit ${target}`;
  const does = steps.length > 0 ? steps.map(describeStep) : ["nothing is left to do."];
  return [
    `${stands}; it would stand on ${zone}`,
    ...does,
    ...missing.slice(0, NAMED).map(describeMissing),
    ...missing.length > NAMED ? [`and ${thousands(missing.length - NAMED)} more are missing`] : [],
    missing.length > 0
      ? `${pluralAre(missing.length, "object")} missing; nothing was changed.`
      : "every object is there; nothing was changed.",
  ].join("\n");
}

function describeStep(step: ReplayStep): string {
  const { what, commits, first, last, rows, objects, bytes, from, to } = step;
  const which = commits === 1 ? `commit ${first}` : `commits ${first} to ${last}`;
  const held = `${plural(rows, "row")} in ${plural(objects, "object")}`;
  return `${what.padEnd(9)}  ${which}: ${held}, ${thousands(bytes)} bytes, of ${from} to ${to}`;
}

function describeMissing({ sequence, table, key }: MissingObject): string {
  return `missing    commit ${sequence}, ${table}: ${key}`;
}
