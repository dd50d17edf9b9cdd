/**
 * The states of an incident, and which mail goes with each change of state. Nothing here does I/O.
 *
 * An incident opens with a mail when a check finds a problem, is mailed again each time the cooldown
 * has passed, and is resolved with a mail by the first check that no longer finds the problem. A
 * problem that returns within the cooldown reopens the incident without a mail. A warning that turns
 * into an error is mailed at once.
 *
 * @module
 */
import type { Alert, AlertScope } from "../../sdk/mod.ts";

/** The findings of a job. */
export interface Observation {
  /** The problems. */
  readonly alerts: readonly Alert[];
  /** The checks that ran to their end: a problem of theirs that was not found is over. */
  readonly checkedScopes: readonly AlertScope[];
}

/** When mails are sent. */
export interface AlertPolicy {
  /** The current time. */
  readonly now: Date;
  /** Milliseconds between two mails about a problem that lasts. */
  readonly cooldown_ms: number;
}

/** The mail of a change of state. */
export interface IncidentMail {
  /** The kind of mail. */
  readonly kind: "opened" | "reminder" | "resolved";
  /** `sending` is a claim: the process that wrote it sends the mail. */
  readonly status: "sending" | "sent" | "failed";
  /** How often it failed before. */
  readonly attempts: number;
  /** When the status was written (RFC 3339, UTC). */
  readonly at: string;
}

/** An entry of an incident's log. It holds all that the next decision needs. */
export interface IncidentEntry {
  /** The version of this layout. */
  readonly format: 2;
  /** The state of the incident. */
  readonly state: "open" | "resolved";
  /** The check that found the problem, and whose success resolves it. */
  readonly scope: AlertScope;
  /** Whether it is a single event: once mailed, it is resolved without another mail. */
  readonly transient: boolean;
  /** The alerts. Empty when {@linkcode earlier} describes the problem. */
  readonly alerts: readonly Alert[];
  /** The problem in an entry of format 1. */
  readonly earlier?: EarlierFinding;
  /** When the problem began or returned. */
  readonly since: string;
  /** The mail of the last change of state; null when none goes with it. */
  readonly mail: IncidentMail | null;
  /** Whether the last mail says that the problem is open. */
  readonly notified: boolean;
  /** The last mail that says so; the cooldown starts with it. */
  readonly notice: { readonly at: string; readonly severity: Alert["severity"] } | null;
  /** When this entry was written. */
  readonly at: string;
}

/** A problem as an entry of format 1 describes it. */
export interface EarlierFinding {
  readonly severity: Alert["severity"];
  /** What is wrong, in a few words. */
  readonly title: string;
  /** What happened, in sentences. */
  readonly what: string;
  /** What to do next. */
  readonly next?: string;
}

const MINUTE_MS = 60_000;
/** A mail that has been in sending for so long belongs to a process that died. */
const CLAIM_MS = 2 * MINUTE_MS;
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;

/** The folder of each kind of incident. Lakes hold these names: do not change one. */
const FOLDERS: Readonly<Record<Alert["code"], string>> = {
  schema_changed: "schema-changed",
  source_reread: "source-read-again",
  batch_skipped: "batch-skipped",
  rows_repaired: "reconcile-difference",
  run_failed: "run-failed",
  quarantine_over_limit: "quarantine",
  document_refused: "document-refused",
  document_missing: "document-missing",
  document_duplicate: "document-duplicate",
  stale: "stale",
};
const TRANSIENT: readonly Alert["code"][] = [
  "source_reread",
  "batch_skipped",
  "rows_repaired",
  "document_refused",
  "document_missing",
  "document_duplicate",
];

/** Returns the name of the incident that an alert belongs to. It can be a folder. */
export function incidentOf(alert: Alert): string {
  return incidentName(FOLDERS[alert.code], alert.scope, subjectOf(alert));
}

function subjectOf(alert: Alert): string | undefined {
  if ("source" in alert) return alert.source;
  // A failure that a retry can fix is one incident, in any table.
  return alert.code === "run_failed" && alert.retryable ? undefined : alert.table;
}

/** Returns the name of an incident of a kind, about a table or a source if it has one. */
export function incidentName(kind: string, scope: AlertScope, subject?: string): string {
  const parts = subject === undefined ? [kind, scope] : [kind, scope, subject];
  return parts.map((part) => encodeURIComponent(part.replaceAll(" ", "-"))).join(".");
}

/** Groups alerts by incident, and drops repeated ones. */
export function byIncident(alerts: readonly Alert[]): Map<string, Alert[]> {
  const incidents = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const name = incidentOf(alert);
    incidents.set(name, union(incidents.get(name) ?? [], [alert]));
  }
  return incidents;
}

/**
 * Returns the next entry of an incident, given its last entry and the alerts of a job that belong to
 * it; null when there is nothing to write. When {@linkcode isClaim}, the caller sends its mail.
 */
export function nextEntry(
  last: IncidentEntry | null,
  alerts: readonly Alert[],
  checkedScopes: readonly AlertScope[],
  policy: AlertPolicy,
): IncidentEntry | null {
  const found = alerts.length > 0;
  if (last === null) return found ? opened(null, alerts, policy) : null;
  if (last.transient && last.state === "open") {
    // Each event is mailed, also those that come while none can be.
    const grown = { ...last, alerts: union(last.alerts, alerts), at: policy.now.toISOString() };
    return withDueMail(grown, true, policy) ??
      (grown.alerts.length > last.alerts.length ? grown : null);
  }
  if (last.mail?.status === "sending" && age(last.mail.at, policy) < CLAIM_MS) return null;
  if (last.state === "resolved") {
    return found ? opened(last, alerts, policy) : withDueMail(last, false, policy);
  }
  if (found) return withDueMail({ ...last, alerts, earlier: undefined }, true, policy);
  return checkedScopes.includes(last.scope)
    ? resolved(last, policy)
    : withDueMail(last, false, policy);
}

/** Returns whether an entry claims a mail that the entry before it did not. */
export function isClaim({ mail }: IncidentEntry, before: IncidentEntry | null): boolean {
  return mail?.status === "sending" && mail !== before?.mail;
}

function opened(
  last: IncidentEntry | null,
  alerts: readonly Alert[],
  policy: AlertPolicy,
): IncidentEntry {
  const at = policy.now.toISOString();
  const entry: IncidentEntry = {
    format: 2,
    state: "open",
    scope: alerts[0].scope,
    transient: TRANSIENT.includes(alerts[0].code),
    alerts,
    since: alerts[0].since ?? at,
    mail: null,
    notified: last?.notified ?? false,
    notice: last?.notice ?? null,
    at,
  };
  return withDueMail(entry, true, policy) ?? entry;
}

/**
 * Returns the entry of a resolved incident. A recovery mail is due only if a mail said that it was
 * open.
 */
function resolved(last: IncidentEntry, policy: AlertPolicy): IncidentEntry {
  const at = policy.now.toISOString();
  const entry: IncidentEntry = { ...last, state: "resolved", mail: null, at };
  return last.notified ? claimed(entry, "resolved", 0, policy) : entry;
}

/**
 * Returns the entry with a claim on its mail, if one is due: a retry, the first one, or a reminder.
 */
function withDueMail(
  entry: IncidentEntry,
  isOpen: boolean,
  policy: AlertPolicy,
): IncidentEntry | null {
  const { mail, notified, notice } = entry;
  if (mail !== null && mail.status !== "sent") {
    const pause = mail.status === "sending"
      ? CLAIM_MS
      : Math.min(MINUTE_MS * 2 ** mail.attempts / 2, LONGEST_PAUSE_MS);
    if (age(mail.at, policy) < pause) return null;
    return claimed(entry, mail.kind, mail.attempts + 1, policy);
  }
  if (!isOpen) return null;
  const isWorse = notice?.severity === "warning" && severityOf(entry) === "error";
  if (notice !== null && age(notice.at, policy) < policy.cooldown_ms && !isWorse) return null;
  return claimed(entry, notified && !isWorse ? "reminder" : "opened", 0, policy);
}

/**
 * Returns the entry with a claim on a mail. Until the outcome is known, the mail counts as
 * delivered: it can be, even if the process dies.
 */
function claimed(
  entry: IncidentEntry,
  kind: IncidentMail["kind"],
  attempts: number,
  policy: AlertPolicy,
): IncidentEntry {
  const at = policy.now.toISOString();
  const mail = { kind, status: "sending", attempts, at } as const;
  return kind === "resolved"
    ? { ...entry, mail, notified: false, at }
    : { ...entry, mail, notified: true, notice: { at, severity: severityOf(entry) }, at };
}

/** Returns the entry that follows a claim once its mail was sent or failed. */
export function afterMail(
  claim: IncidentEntry,
  before: IncidentEntry | null,
  status: "sent" | "failed",
  now: Date,
): IncidentEntry {
  const at = now.toISOString();
  const entry: IncidentEntry = { ...claim, mail: { ...claim.mail!, status, at }, at };
  if (status === "sent") {
    return claim.transient ? { ...entry, state: "resolved", notified: false } : entry;
  }
  return { ...entry, notified: before?.notified ?? false, notice: before?.notice ?? null };
}

/** Returns the worst severity of what an incident is about. */
export function severityOf(
  { alerts, earlier }: Pick<IncidentEntry, "alerts" | "earlier">,
): Alert["severity"] {
  const severities = alerts.length > 0
    ? alerts.map(({ severity }) => severity)
    : [earlier?.severity];
  return severities.includes("error") ? "error" : "warning";
}

function union(a: readonly Alert[], b: readonly Alert[]): Alert[] {
  const known = new Set(a.map((alert) => JSON.stringify(alert)));
  return [...a, ...b.filter((alert) => !known.has(JSON.stringify(alert)))];
}

function age(at: string, { now }: AlertPolicy): number {
  return now.getTime() - Date.parse(at);
}
