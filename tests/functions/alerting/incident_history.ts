import type { Alert, BatchSkippedAlert, RunFailedAlert } from "../../../sdk/mod.ts";
import {
  afterMail,
  type IncidentEntry,
  isClaim,
  nextEntry,
} from "../../../functions/alerting/incident.ts";

const MINUTE_MS = 60_000;
/** Minutes between two reminders. */
export const COOLDOWN_MINUTES = 360;
const START = Date.parse("2026-11-21T10:00:00Z");
/** A problem that lasts. */
export const FAILED: RunFailedAlert = {
  code: "run_failed",
  severity: "error",
  scope: "extract",
  job: "extract",
  error: "SourceError",
  retryable: false,
};
/** A problem that happens once. */
export const SKIPPED: BatchSkippedAlert = {
  code: "batch_skipped",
  severity: "warning",
  scope: "load",
  zone: "ingestion",
  sequence: 5,
};

/** The outcome of a mail: `lost` when the process dies before it records one. */
export type Outcome = "sent" | "failed" | "lost";

/** A single incident, tick by tick. */
export class IncidentHistory {
  last: IncidentEntry | null = null;
  /** The mails that were sent: `<minute> <kind>`. */
  readonly mails: string[] = [];
  /** The alerts in them. */
  readonly mailed: Alert[] = [];
  /** How many entries were written. */
  entries = 0;

  /** A job runs to its end `minutes` after the start, and finds this alert, or not. */
  tick(minutes: number, alert?: Alert, outcome: Outcome = "sent", scope = FAILED.scope): void {
    const now = new Date(START + minutes * MINUTE_MS);
    const policy = { now, cooldown_ms: COOLDOWN_MINUTES * MINUTE_MS };
    const before = this.last;
    const entry = nextEntry(before, alert ? [alert] : [], [scope], policy);
    if (!entry) return;
    this.entries++;
    this.last = entry;
    if (!isClaim(entry, before) || outcome === "lost") return;
    if (outcome === "sent") {
      this.mails.push(`${minutes} ${entry.mail!.kind}`);
      this.mailed.push(...entry.alerts);
    }
    this.entries++;
    this.last = afterMail(entry, before, outcome, now);
  }

  /** A tick every minute that finds this alert, or not. */
  ticks(from: number, to: number, alert?: Alert): void {
    for (let minute = from; minute < to; minute++) this.tick(minute, alert);
  }
}
