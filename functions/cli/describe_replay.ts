/**
 * A replay in words.
 *
 * @module
 */
import type {
  MissingObject,
  ReplayPreview,
  ReplayResult,
  ReplayStep,
  SourceReplay,
} from "../../sdk/mod.ts";
import { byteSize, plural, pluralAre, printable, sumOfRows, thousands } from "../format.ts";
import { type Description, skipNotes } from "./describe.ts";

/** Describes a replay, and how to continue from there. */
export function describeReplay(
  { zone, transformed, load, sources, skipped }: ReplayResult,
): Description {
  const { commits, sequence, quarantined } = load;
  const rows = plural(sumOfRows(commits), "row");
  const done = [
    ...transformed > 0 ? [`transformed ${plural(transformed, "commit")}`] : [],
    commits.length === 0
      ? "nothing to load"
      : `loaded ${plural(commits.length, "commit")} with ${rows}`,
    `the target is at commit ${sequence}`,
  ];
  const notes = [
    ...sources.map(describeSource),
    ...skipNotes(skipped),
    ...quarantined > 0 ? [`${pluralAre(quarantined, "row")} in quarantine.`] : [],
    "to run the pipeline on this warehouse, set:",
    `  PROCESSED_URL=${zone}`,
    "  WAREHOUSE_URL to the database that you replayed into",
  ];
  return { summary: `${done.join("; ")}.`, notes };
}

function describeSource({ source, transformed, commits }: SourceReplay): string {
  const rows = plural(sumOfRows(commits), "row");
  const loaded = `loaded ${plural(commits.length, "commit")} with ${rows}`;
  return `${source}: ${
    transformed > 0 ? `transformed ${plural(transformed, "commit")}; ` : ""
  }${loaded}.`;
}

/** Missing objects named; all of them are counted. */
const NAMED = 10;

/** Describes what a replay would do. */
export function describePreview({ zone, target, steps, missing }: ReplayPreview): Description {
  const at = target === 0 ? "the target is empty" : `the target is at commit ${target}`;
  return {
    notes: [
      `${at}; it would be loaded from ${zone}`,
      ...steps.length > 0 ? steps.map(describeStep) : ["nothing is left to do."],
      ...missing.slice(0, NAMED).map(describeMissing),
      ...missing.length > NAMED ? [`and ${thousands(missing.length - NAMED)} more`] : [],
      missing.length > 0
        ? `NOT OK: ${pluralAre(missing.length, "object")} missing. Nothing was changed.`
        : "OK: every object exists. Nothing was changed.",
    ],
  };
}

function describeStep(step: ReplayStep): string {
  const { source, what, commits, first, last, rows, objects, bytes, from, to } = step;
  const which = commits === 1 ? `commit ${first}` : `commits ${first} to ${last}`;
  const size = `${plural(rows, "row")} in ${plural(objects, "object")}, ${byteSize(bytes)}`;
  const when = commits === 1 ? `of ${from}` : `from ${from} to ${to}`;
  return `${what.padEnd(9)}  ${ofSource(source)}${which}: ${size}, ${when}`;
}

function ofSource(source: string): string {
  return source === "database" ? "" : `${printable(source)} `;
}

function describeMissing({ source, sequence, table, key }: MissingObject): string {
  return `missing: ${ofSource(source)}commit ${sequence}, ${printable(table)}: ${printable(key)}`;
}
