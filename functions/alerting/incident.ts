/**
 * The course of an incident: from what is found now and what was written down last to what is written
 * down next, and whether a mail goes with it. Pure.
 *
 * @module
 */

/** Something that is wrong, as a mail may say it: no row of the data and no secret is in it. */
export interface Finding {
  /** What is wrong: `run failed`, `stale`. */
  readonly kind: string;
  /** The part of the pipeline that noticed, and whose next success shows that it is over. */
  readonly scope: string;
  /** The table it is about, when it is about one. */
  readonly table?: string;
  /** `error`: data is missing until someone acts. `warning`: the pipeline has coped. */
  readonly severity: "warning" | "error";
  /** Tells apart causes of one incident. A cause is told once until the cooldown is over. */
  readonly cause: string;
  /** What happened, in sentences. */
  readonly what: string;
  /** What the operator types or does next. */
  readonly next?: string;
  /** When it began (RFC 3339, UTC), when that is known to be earlier than when it was found. */
  readonly since?: string;
  /** It happened once and does not go on: there is no mail about its end. */
  readonly passing?: boolean;
}

/** A turn in an incident's course. */
export type Transition = "opened" | "repeated" | "closed";

/** What is written down about an incident. An entry holds all that the next decision needs. */
export interface IncidentEntry {
  /** The version of this layout. */
  readonly format: 1;
  /** A turn, or how its mail went. */
  readonly event: Transition | "sent" | "unsent";
  /** The last turn. */
  readonly turn: Transition;
  /** Whether a mail goes with that turn. */
  readonly mail: boolean;
  /** How often the mail was tried before. */
  readonly attempts: number;
  /** Whether anybody has heard of the incident since it opened. */
  readonly heard: boolean;
  /** How often it was told since `told_at` that it had come back and stayed. */
  readonly returns?: number;
  /** The causes that were told since `told_at`. */
  readonly told: readonly string[];
  /** When the first of them was told. */
  readonly told_at: string | null;
  /** When the incident began. */
  readonly since: string;
  /** When this was written. */
  readonly at: string;
  /** What was found last. */
  readonly finding: Finding;
}

/** What a job saw. */
export interface Observation {
  /** What is wrong. */
  readonly findings: readonly Finding[];
  /** The scopes that were looked at: what is not found there is over. */
  readonly checkedScopes: readonly string[];
}

/** When and how often. */
export interface AlertPolicy {
  /** The time. */
  readonly now: Date;
  /** How long a cause that was told is not told again. */
  readonly cooldown_ms: number;
}

const MINUTE_MS = 60_000;
/** A turn whose mail nobody has confirmed for so long was written by a process that has died. */
const CLAIM_MS = 2 * MINUTE_MS;
const LONGEST_PAUSE_MS = 60 * MINUTE_MS;
/** Causes told within a cooldown at most: what changes its face all the time is one story. */
const CAUSES_TOLD = 5;
/** What comes back silently is told after so long, then after twice and four times as long. */
const LASTING_MS = 15 * MINUTE_MS;
const LONGEST_LASTING = 4;

/** The name of the incident a finding belongs to; it can be a folder. */
export function incidentOf({ kind, scope, table }: Finding): string {
  const parts = table === undefined ? [kind, scope] : [kind, scope, table];
  return parts.map((part) => encodeURIComponent(part.replaceAll(" ", "-"))).join(".");
}

/** Findings of one incident as one, each incident once. */
export function merged(findings: readonly Finding[]): Map<string, Finding> {
  const incidents = new Map<string, Finding>();
  for (const finding of findings) {
    const name = incidentOf(finding);
    const other = incidents.get(name);
    incidents.set(name, other ? joined(other, finding) : finding);
  }
  return incidents;
}

function joined(a: Finding, b: Finding): Finding {
  if (a.cause === b.cause) return a;
  const worse = b.severity === "error" && a.severity !== "error" ? b : a;
  return { ...worse, cause: `${a.cause}; ${b.cause}`, what: `${a.what}\n${b.what}` };
}

/** What is written down next about an incident, given the last entry; null when nothing is. */
export function nextEntry(
  last: IncidentEntry | null,
  finding: Finding | undefined,
  { checkedScopes }: Pick<Observation, "checkedScopes">,
  pace: AlertPolicy,
): IncidentEntry | null {
  if (!last) return finding ? opened(null, finding, pace) : null;
  const owed = last.mail && last.event !== "sent";
  if (owed && finding === undefined && (last.turn === "closed" || last.finding.passing)) {
    return again(last, last.finding, pace);
  }
  if (finding) {
    if (last.turn === "closed") return opened(last, finding, pace);
    if (owed) return again(last, finding, pace);
    return repeated(last, finding, pace);
  }
  if (last.turn === "closed" || !checkedScopes.includes(last.finding.scope)) return null;
  if (owed && last.event !== "unsent" && age(last.at, pace) < CLAIM_MS) return null;
  return closed(last, pace);
}

/**
 * An incident that comes back within the cooldown, for a reason that was told, comes silently. Whoever
 * was owed the word that it was over goes on believing that it is not.
 */
function opened(last: IncidentEntry | null, finding: Finding, pace: AlertPolicy): IncidentEntry {
  const at = pace.now.toISOString();
  const told = last && !isOver(last, pace) ? last.told : [];
  const mail = !told.includes(finding.cause) && told.length < CAUSES_TOLD;
  return {
    format: 1,
    event: "opened",
    turn: "opened",
    mail,
    attempts: 0,
    heard: last !== null && last.mail && last.event === "unsent" && last.heard,
    returns: told.length === 0 ? 0 : last!.returns,
    told: mail ? [...told, finding.cause] : told,
    told_at: told.length === 0 ? at : last!.told_at,
    since: finding.since ?? at,
    at,
    finding,
  };
}

/** The mail of the last turn once more, when its time has come. */
function again(last: IncidentEntry, finding: Finding, pace: AlertPolicy): IncidentEntry | null {
  const { turn, attempts, told } = last;
  const pause = last.event === "unsent"
    ? Math.min(MINUTE_MS * 2 ** attempts / 2, LONGEST_PAUSE_MS)
    : CLAIM_MS;
  if (age(last.at, pace) < pause) return null;
  return {
    ...last,
    event: turn,
    attempts: attempts + 1,
    told: told.includes(finding.cause) ? told : [...told, finding.cause],
    at: pace.now.toISOString(),
    finding,
  };
}

function repeated(last: IncidentEntry, finding: Finding, pace: AlertPolicy): IncidentEntry | null {
  const over = isOver(last, pace);
  const { cause } = finding;
  if (!over && lastsUntold(last, pace)) {
    const at = pace.now.toISOString();
    const [returns, told] = [(last.returns ?? 0) + 1, [...new Set([...last.told, cause])]];
    return { ...last, event: "opened", mail: true, returns, told, at, finding };
  }
  if (!over && (last.told.includes(cause) || last.told.length >= CAUSES_TOLD)) return null;
  const at = pace.now.toISOString();
  return {
    ...last,
    event: "repeated",
    turn: "repeated",
    mail: true,
    attempts: 0,
    returns: over ? 0 : last.returns,
    told: over ? [cause] : [...last.told, cause],
    told_at: over ? at : last.told_at,
    at,
    finding,
  };
}

/** Whether the last word anybody has is that it was over, and for how long that has not been true. */
function lastsUntold(last: IncidentEntry, pace: AlertPolicy): boolean {
  if (last.heard || last.mail) return false;
  const times = Math.min(2 ** (last.returns ?? 0), LONGEST_LASTING);
  return age(last.at, pace) >= LASTING_MS * times;
}

/** Nobody is told of the end of what nobody was told of. */
function closed(last: IncidentEntry, pace: AlertPolicy): IncidentEntry {
  // A mail that nobody confirmed may have gone out all the same.
  const heard = last.heard || (last.mail && last.event !== "unsent");
  return {
    ...last,
    event: "closed",
    turn: "closed",
    mail: heard && !last.finding.passing,
    attempts: 0,
    // What nobody heard of was not told.
    told: last.mail && last.event === "unsent"
      ? last.told.filter((cause) => cause !== last.finding.cause)
      : last.told,
    at: pace.now.toISOString(),
  };
}

/** How the mail of a turn went, as the entry after it. */
export function outcomeOf(turn: IncidentEntry, sent: boolean, at: Date): IncidentEntry {
  return {
    ...turn,
    event: sent ? "sent" : "unsent",
    heard: turn.heard || sent,
    at: at.toISOString(),
  };
}

function isOver({ told_at }: IncidentEntry, pace: AlertPolicy): boolean {
  return told_at === null || age(told_at, pace) >= pace.cooldown_ms;
}

function age(at: string, { now }: AlertPolicy): number {
  return now.getTime() - Date.parse(at);
}
