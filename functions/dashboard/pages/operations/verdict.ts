/**
 * The verdict in words: one line, the reason, and the one command that comes next.
 *
 * @module
 */
import type { Tone } from "../../assets.ts";
import type { JobState, Operations, SchemaChange } from "../../data/operations/operations.ts";
import type { RecordedRun } from "../../../../sdk/mod.ts";
import { age, duration, listed, moment, plural, preciseClock } from "../../layout/format.ts";
import { NEXT } from "./commands.ts";

/** The verdict as the page shows it. */
export interface VerdictWords {
  readonly tone: Tone;
  /** The beginning of the line, which the tab shows too. */
  readonly title: string;
  readonly detail: string;
  readonly why: string;
  readonly next: { readonly label: string; readonly command: string };
}

/** Returns the verdict on a warehouse that can be read. */
export function verdictWords(operations: Operations): VerdictWords {
  const { verdict: { status, behind_ms, objective_ms } } = operations;
  const behind = behind_ms === null ? "freshness unknown" : `${age(behind_ms)} behind`;
  const objective = `objective ${age(objective_ms)}`;
  switch (status) {
    case "fresh":
      return {
        tone: "ok",
        title: `Fresh: ${behind}`,
        detail: objective,
        why: `The last attempt of every job succeeded.${lastRun(operations)}`,
        next: nothingUrgent(operations),
      };
    case "partial":
      return partial(operations, behind, objective);
    case "stale":
      return { ...broken(operations), title: `Stale: ${behind}`, detail: objective };
    case "failing":
      return { ...broken(operations), title: `Failing: ${behind}`, detail: objective };
    case "loading":
      return {
        tone: "idle",
        title: "First load in progress",
        detail: progressOf(operations),
        why: "It can be interrupted; the next run continues where it stopped.",
        next: { label: "See the progress of each stage", command: NEXT.status },
      };
    case "empty":
      return {
        tone: "idle",
        title: "Not loaded yet",
        detail: "the first run has not started",
        why: "The warehouse has no rows. The first run reads every table of the source.",
        next: { label: "Start the first run", command: NEXT.run },
      };
  }
}

/** Everything works but a table, or another source. */
function partial(
  { verdict, schema_changes }: Operations,
  behind: string,
  objective: string,
): VerdictWords {
  const stopped = schema_changes.filter(({ stops }) => stops);
  if (stopped.length > 0) {
    const tables = [...new Set(stopped.map(({ table }) => table))];
    const verb = tables.length === 1 ? "is" : "are";
    return {
      tone: "warn",
      title: `${plural(tables.length, "table")} ${verb} stopped: ${listed(tables)}`,
      detail: `the others are ${behind}`,
      why: stopReason(stopped, tables),
      next: { label: "See what changed and what to do", command: NEXT.status },
    };
  }
  const job = verdict.failing[0];
  return {
    tone: "warn",
    title: `Fresh, but ${listed(verdict.failing.map(({ job }) => job))} failed`,
    detail: `${behind}, ${objective}`,
    why: `${failure(job)} The database’s tables are not affected.`,
    next: nextOf(job),
  };
}

function broken(operations: Operations): Omit<VerdictWords, "title" | "detail"> {
  const { verdict: { failing, fresh_as_of, last_success }, schema_changes, now } = operations;
  const complete = fresh_as_of === null
    ? ""
    : ` The warehouse is complete as of ${moment(new Date(fresh_as_of), new Date(now))}.`;
  const recovery = `${complete} No data is lost: the next successful run loads the rest.`;
  const job = failing[0];
  if (job) return { tone: "bad", why: `${failure(job)}${recovery}`, next: nextOf(job) };
  const stopped = schema_changes.filter(({ stops }) => stops);
  if (stopped.length > 0) {
    const tables = [...new Set(stopped.map(({ table }) => table))];
    const next = { label: "See what changed and what to do", command: NEXT.status };
    return { tone: "bad", why: stopReason(stopped, tables), next };
  }
  const idle = last_success === null
    ? "No run has finished."
    : `The last run started at ${
      moment(new Date(last_success.started_at), new Date(now))
    }. No run has finished since.`;
  const next = {
    label: "Check that the scheduled jobs run, or start a run now",
    command: NEXT.run,
  };
  return { tone: "bad", why: `${idle}${recovery}`, next };
}

function stopReason(stopped: readonly SchemaChange[], tables: readonly string[]): string {
  const message = stopped[0].message ?? `${stopped[0].table}: ${stopped[0].kind}`;
  const others = tables.length === 1 ? "" : ` ${plural(tables.length - 1, "other table")} stopped.`;
  return `${sentence(message)}${others} The other tables are loaded.`;
}

/** Says what fails, since when, and why. */
function failure({ job, failures, failing_since, message, error, at }: JobState): string {
  const since = failing_since ?? at;
  const times = failures > 1 ? `has failed ${plural(failures, "time")} since` : "failed at";
  const why = message ?? error;
  const time = moment(new Date(since), new Date(at));
  return sentence(`The job ${job} ${times} ${time}${why ? `: ${why}` : ""}`);
}

/** What to do before the command is in the sentence that ends with it. */
function nextOf({ next, command }: JobState): VerdictWords["next"] {
  if (next === null) return { label: "See the progress of each stage", command: NEXT.status };
  if (command === null) return { label: `${capitalized(next)}, then`, command: NEXT.status };
  const before = next.split(command)[0].replace(/[:;,\s]+$/, "");
  return { label: before === "" ? "Next" : capitalized(before), command };
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

function lastRun({ verdict: { last_success } }: Operations): string {
  return last_success === null
    ? ""
    : ` The last run, at ${preciseClock(new Date(last_success.started_at))}, ${
      found(last_success)
    } in ${duration(last_success.elapsed_ms)}.`;
}

function found({ rows, outcome }: RecordedRun): string {
  return outcome === "changed" ? `loaded ${plural(rows, "row")}` : "found nothing new";
}

function nothingUrgent({ quarantine, verification }: Operations): VerdictWords["next"] {
  if (quarantine.rows > 0) {
    return { label: `Next: look at ${plural(quarantine.rows, "row")}`, command: quarantine.list };
  }
  return {
    label: verification === null
      ? "Next: compare every row with the source"
      : "Nothing to do. Optional: verify every row again",
    command: NEXT.verify,
  };
}

function progressOf({ tables }: Operations): string {
  const rows = tables.reduce((sum, { rows }) => sum + (rows ?? 0), 0);
  return `${plural(rows, "row")} so far`;
}

function sentence(text: string): string {
  const trimmed = text.trim().replace(/[:,;]$/, "");
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
