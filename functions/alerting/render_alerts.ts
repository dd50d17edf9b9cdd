/**
 * Alerts in words: what happened, what it means for the data, and what to do next. Mails and logs show
 * the same words. Nothing here does I/O.
 *
 * @module
 */
import type {
  Alert,
  BatchSkippedAlert,
  QuarantineOverLimitAlert,
  RowsRepairedAlert,
  SourceRereadAlert,
  StaleAlert,
} from "../../sdk/mod.ts";
import { assertNever } from "../../sdk/assert_never.ts";
import { elapsed, plural, pluralAre, thousands } from "../format.ts";
import { type RemedyStep, remedySteps } from "../remedy.ts";
import type { AlertWords, Fact } from "./alert_words.ts";
import { renderDocument } from "./render_document.ts";
import { renderFailure } from "./render_failure.ts";
import { renderSchemaChange } from "./render_schema_change.ts";

/** The alerts of an incident in words. */
export interface IncidentWords {
  /** The problem in a line. */
  readonly title: string;
  /** The end of the problem in a line. */
  readonly resolved: string;
  /** What happened, in paragraphs. */
  readonly happened: readonly string[];
  /** What the worst of it means for the data, in paragraphs. */
  readonly meaning: readonly string[];
  /** What fixes the worst of it: alternatives, the best first. */
  readonly steps: readonly RemedyStep[];
  /** The details. */
  readonly facts: readonly Fact[];
}

/** Paragraphs shown of what happened. */
const MAX_PARAGRAPHS = 10;

/** Returns an alert in words. */
export function renderAlert(alert: Alert): AlertWords {
  switch (alert.code) {
    case "schema_changed":
      return renderSchemaChange(alert);
    case "source_reread":
      return renderReread(alert);
    case "batch_skipped":
      return renderSkipped(alert);
    case "rows_repaired":
      return renderRepaired(alert);
    case "run_failed":
      return renderFailure(alert);
    case "quarantine_over_limit":
      return renderQuarantine(alert);
    case "document_refused":
    case "document_missing":
    case "document_duplicate":
      return renderDocument(alert);
    case "stale":
      return renderStale(alert);
    default:
      return assertNever(alert);
  }
}

/** Returns the alerts of one incident in words, the worst first. */
export function renderAlerts(alerts: readonly Alert[]): IncidentWords {
  const sorted = alerts.toSorted((a, b) => a.severity.localeCompare(b.severity));
  const words = sorted.map(renderAlert);
  const others = words.length - 1;
  const worst = words.filter((_, place) => sorted[place].severity === sorted[0].severity);
  const happened = words.map(({ happened }) => happened);
  return {
    title: others > 0 ? `${words[0].title} (and ${thousands(others)} more)` : words[0].title,
    resolved: words[0].resolved,
    happened: others < MAX_PARAGRAPHS ? happened : [
      ...happened.slice(0, MAX_PARAGRAPHS),
      `And ${thousands(words.length - MAX_PARAGRAPHS)} more.`,
    ],
    meaning: [...new Set(worst.map(({ meaning }) => meaning))],
    steps: remedySteps(words[0].next),
    facts: mergedFacts(words.flatMap(({ facts }) => facts)),
  };
}

/** Returns one fact per label, with all its values. */
function mergedFacts(facts: readonly Fact[]): Fact[] {
  const values = Map.groupBy(facts, ([label]) => label);
  return [...values].map(([label, facts]) => {
    const texts = new Set(facts.map(([, value]) => value));
    const shown = [...texts].slice(0, MAX_PARAGRAPHS).join(", ");
    return [label, texts.size > MAX_PARAGRAPHS ? `${shown}, …` : shown];
  });
}

function renderReread({ reason, next }: SourceRereadAlert): AlertWords {
  return {
    title: "The source was read again in full",
    resolved: "The source was read again in full",
    happened: `Every row of the source was read again: ${reason}.`,
    meaning:
      "No data is lost. If a row changed several times since the batch before, the warehouse " +
      "can show that as one change.",
    next: next ?? { operations: [{ name: "verify" }] },
    facts: [],
  };
}

function renderSkipped({ zone, sequence, next }: BatchSkippedAlert): AlertWords {
  const commit = `Commit ${sequence} of the ${zone} zone`;
  return {
    title: `${commit} was skipped`,
    resolved: `${commit} was skipped`,
    happened:
      `${commit} was skipped: its objects are damaged, or too many of its rows are invalid.`,
    meaning:
      "A later commit contains its rows again. Versions between the two commits are lost. Rows " +
      "deleted between them stay in the warehouse until it is compared with the source.",
    next: next ?? { operations: [{ name: "reconcile" }] },
    facts: [["Zone", zone], ["Commit", String(sequence)]],
  };
}

function renderRepaired({ rows, next }: RowsRepairedAlert): AlertWords {
  const tables = Object.entries(rows);
  const total = plural(tables.reduce((sum, [, count]) => sum + count, 0), "missed row");
  const list = tables.map(([table, count]) => `${thousands(count)} in ${table}`).join(", ");
  return {
    title: `Repaired ${total}`,
    resolved: `Repaired ${total}`,
    happened: `The reconciliation found and repaired ${total}: ${list}.`,
    meaning:
      "The warehouse is correct now. Earlier reports on these tables can be wrong. Extraction " +
      "should never miss a row: please find out why it did.",
    next: next ?? { operations: [{ name: "verify" }] },
    facts: tables.map(([table, count]) => ["Repaired", `${thousands(count)} in ${table}`]),
  };
}

function renderQuarantine({ rows, limit, next }: QuarantineOverLimitAlert): AlertWords {
  return {
    title: `${pluralAre(rows, "row")} in quarantine (limit ${thousands(limit)})`,
    resolved: `Quarantine is back within its limit of ${plural(limit, "row")}`,
    happened: `The quarantine holds ${plural(rows, "row")}, more than its limit of ${
      thousands(limit)
    }.`,
    meaning:
      "These rows are missing from the warehouse, or show an earlier version. All other rows " +
      "are loaded. A quarantined row loads once it is fixed in the source, or once the row that it " +
      "refers to arrives.",
    next: next ?? { operations: [{ name: "listQuarantine" }] },
    facts: [["In quarantine", plural(rows, "row")], [
      "Limit",
      `${plural(limit, "row")} (QUARANTINE_ALERT_ROWS)`,
    ]],
  };
}

function renderStale({ source, behind_ms, limit_ms, next }: StaleAlert): AlertWords {
  const [behind, limit] = [elapsed(behind_ms), elapsed(limit_ms)];
  if (source !== undefined) {
    return {
      title: `Nothing new from the source ${source} for ${behind} (limit ${limit})`,
      resolved: `The source ${source} is fresh again`,
      happened: `The newest data of the source ${source} is more than ${limit} old.`,
      meaning: "What was loaded before stays. All other sources are loaded as usual.",
      next: next ?? { operations: [{ name: "status" }] },
      facts: [["Source", source], ["Age", behind], [
        "Limit",
        `${limit} (${source.toUpperCase()}_FRESHNESS_HOURS)`,
      ]],
    };
  }
  return {
    title: `The warehouse is ${behind} behind (limit ${limit})`,
    resolved: "The warehouse is fresh again",
    happened: `The warehouse, or a stopped table in it, is more than ${limit} behind the source.`,
    meaning:
      "Later changes in the source are missing from the warehouse. If only some tables are " +
      "stopped, only theirs are missing, and each of them has its own mail. Everything up to then is " +
      "complete. No data is lost.",
    next: next ?? { operations: [{ name: "status" }] },
    facts: [["Behind", behind], ["Limit", `${limit} (FRESHNESS_MINUTES)`]],
  };
}
