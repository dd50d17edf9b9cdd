/**
 * Reads entries of incidents in format 1, which lakes hold from earlier versions. They describe a
 * problem in words, where format 2 has alerts.
 *
 * @module
 */
import type { AlertScope } from "../../sdk/mod.ts";
import { type IncidentEntry, type IncidentMail, incidentName } from "./incident.ts";

/** An entry in format 1. */
interface EntryFormat1 {
  readonly format: 1;
  /** The last change of state, or the outcome of its mail. */
  readonly event: "opened" | "repeated" | "closed" | "sent" | "unsent";
  /** The last change of state. */
  readonly turn: "opened" | "repeated" | "closed";
  /** Whether a mail goes with it. */
  readonly mail: boolean;
  readonly attempts: number;
  /** Whether a mail was delivered since the incident opened. */
  readonly heard: boolean;
  /** The causes that were mailed since the cooldown started. */
  readonly told: readonly string[];
  /** When the cooldown started. */
  readonly told_at: string | null;
  readonly since: string;
  readonly at: string;
  readonly finding: {
    readonly kind: string;
    readonly scope: AlertScope;
    readonly table?: string;
    readonly severity: "warning" | "error";
    readonly what: string;
    readonly next?: string;
    /** Whether it is a single event. */
    readonly passing?: boolean;
  };
}

const KINDS = { opened: "opened", repeated: "reminder", closed: "resolved" } as const;

/** Returns an entry of format 1 as one of format 2. */
export function fromFormat1(entry: EntryFormat1): IncidentEntry {
  const { finding: { kind, scope, table, severity, what, next, passing }, since, at } = entry;
  const isResolved = entry.turn === "closed";
  const failed = entry.event === "unsent";
  // A mail whose outcome is not known counts as delivered.
  const delivered = entry.mail && !failed;
  const notified = isResolved ? failed && entry.heard : delivered || entry.heard;
  const neverMailed = entry.told.length === 0 || (failed && !isResolved && !entry.heard);
  return {
    format: 2,
    state: isResolved ? "resolved" : "open",
    scope,
    transient: passing ?? false,
    alerts: [],
    earlier: { severity, title: [kind, table].filter(Boolean).join(": "), what, next },
    since,
    mail: mailOf(entry),
    notified,
    notice: neverMailed || !entry.told_at ? null : { at: entry.told_at, severity },
    at,
  };
}

function mailOf({ mail, turn, event, attempts, at }: EntryFormat1): IncidentMail | null {
  if (!mail) return null;
  const status = event === "sent" ? "sent" : event === "unsent" ? "failed" : "sending";
  return { kind: KINDS[turn], status, attempts, at };
}

/** Returns the name of the incident that an entry of format 1 belongs to. */
export function incidentOfFormat1({ finding }: EntryFormat1): string {
  return incidentName(finding.kind, finding.scope, finding.table);
}
