/**
 * A run of a source that is not the database, in words.
 *
 * @module
 */
import type { DocumentRecord, RunSourceResult } from "../../sdk/mod.ts";
import { duration, plural, pluralAre, printable, thousands } from "../format.ts";
import { type Description, quarantineNotes, skipNotes } from "./describe.ts";

/** Documents named for each outcome. */
const NAMED = 10;

/** Describes a run of a source. */
export function describeSourceRun(result: RunSourceResult): Description {
  const { documents, transform, load, stopped } = result;
  return {
    summary: summaryOf(result),
    notes: [
      ...outcomeNotes(documents),
      ...skipNotes([...transform.skipped, ...load.skipped]),
      ...quarantineNotes(load.quarantined),
      ...stopped ? ["the run was stopped; the next run continues."] : [],
    ],
  };
}

function summaryOf({ documents, load, elapsed_ms }: RunSourceResult): string {
  const took = duration(elapsed_ms);
  const read = documents.filter(({ outcome }) => outcome === "read");
  if (read.length > 0) {
    const rows = read.reduce((sum, { rows }) => sum + rows, 0);
    return `read ${plural(rows, "row")} from ${plural(read.length, "document")} in ${took}.`;
  }
  return load.commits.length > documents.length
    ? `loaded ${plural(load.commits.length, "commit")} of an earlier run in ${took}.`
    : `nothing new, checked in ${took}.`;
}

/** What happened to documents without rows, by their outcome. */
const VERDICTS = {
  refused: ["warning: ", "refused"],
  missing: ["warning: ", "missing"],
  duplicate: ["", "not loaded again"],
} as const;

function outcomeNotes(documents: readonly DocumentRecord[]): string[] {
  return (Object.keys(VERDICTS) as (keyof typeof VERDICTS)[]).flatMap((outcome) => {
    const found = documents.filter((document) => document.outcome === outcome);
    if (found.length === 0) return [];
    const [level, verdict] = VERDICTS[outcome];
    const named = found.slice(0, NAMED)
      .map(({ name, reason = "" }) => printable(`  ${name}: ${reason}`));
    const more = found.length > NAMED ? [`  and ${thousands(found.length - NAMED)} more`] : [];
    return [`${level}${pluralAre(found.length, "document")} ${verdict}:`, ...named, ...more];
  });
}
