import { type IncidentEntry, severityOf } from "../../../alerting/incident.ts";
import type { IncidentReader } from "../../../alerting/incident_reader.ts";
import { incidentWords } from "../../../alerting/incident_words.ts";
import { printable } from "../../../format.ts";

/** A problem that a job found. Every time is RFC 3339 in UTC. */
export interface Incident {
  readonly is_open: boolean;
  readonly severity: "error" | "warning";
  /** When the problem began or returned. */
  readonly since: string;
  /** When it was over; null while it is open. An event is over at once. */
  readonly ended: string | null;
  /** The problem in a line. */
  readonly title: string;
  /** What it means for the data, in sentences; empty when that is unknown. */
  readonly meaning: string;
  /** The command to run next; null when none is known. */
  readonly next: string | null;
}

/**
 * Reads the incidents: those that are open, the newest first, then those that ended. They are in the lake, so
 * they are there while the warehouse is down.
 *
 * @throws {LakeError} when the lake cannot be read.
 */
export async function readIncidents(reader: IncidentReader): Promise<Incident[]> {
  const latest = [...(await reader.latest()).values()];
  return latest.flatMap(({ entry }) => entry ? [incidentFrom(entry)] : [])
    .sort((a, b) =>
      Number(b.is_open) - Number(a.is_open) || lastTime(b).localeCompare(lastTime(a))
    );
}

function incidentFrom(entry: IncidentEntry): Incident {
  const { title, meaning, steps } = incidentWords(entry);
  const { state, transient, since, at } = entry;
  return {
    is_open: state === "open",
    severity: severityOf(entry),
    since,
    ended: state === "open" ? null : transient ? since : at,
    title: printable(title),
    meaning: printable(meaning.join(" ")),
    next: steps.flatMap(({ commands }) => commands)[0] ?? null,
  };
}

function lastTime({ since, ended }: Incident): string {
  return ended ?? since;
}
