/**
 * The mails about incidents, as plain text and as HTML with the same content. Nothing here does I/O.
 *
 * @module
 */
import { capitalized, elapsed, printable, withStop } from "../format.ts";
import { commandOf, type RemedyStep, remedySteps } from "../remedy.ts";
import type { Fact } from "./alert_words.ts";
import { type IncidentEntry, severityOf } from "./incident.ts";
import { incidentWords } from "./incident_words.ts";
import type { LagChart } from "./lag_chart.ts";
import type { MailContent } from "./mail_content.ts";
import { renderHtml } from "./mail_html.ts";
import type { IncidentWords } from "./render_alerts.ts";

/** A mail, ready to be sent. */
export interface Mail {
  /** The subject, in one line. */
  readonly subject: string;
  /** The mail as plain text. */
  readonly text: string;
  /** The same as HTML. */
  readonly html: string;
}

/** What a mail shows in addition to its entry. */
export interface MailOptions {
  /** Milliseconds between two reminders. */
  readonly cooldown_ms: number;
  /** How far the warehouse was behind: see {@linkcode showsLag}. */
  readonly chart?: LagChart | null;
  /** The address of the dashboard. */
  readonly dashboard?: string | null;
}

const SUBJECT_LENGTH = 120;
/** The checks whose failure leaves the warehouse behind. */
const KEEP_FRESH: readonly string[] = ["extract", "load", "heartbeat"];

/** Returns whether the mail of an entry is about how far the warehouse is behind. */
export function showsLag({ alerts }: IncidentEntry): boolean {
  return alerts.some((alert) =>
    alert.code === "stale" && alert.source === undefined ||
    alert.code === "run_failed" && KEEP_FRESH.includes(alert.scope)
  );
}

/** Returns the mail of an incident's entry. */
export function renderMail(entry: IncidentEntry, options: MailOptions): Mail {
  const { cooldown_ms, chart = null, dashboard = null } = options;
  const words = incidentWords(entry);
  const isResolved = entry.mail?.kind === "resolved";
  const contentOf = isResolved ? resolvedContent : openContent;
  const content: MailContent = {
    ...printed(contentOf(entry, words, cooldown_ms)),
    chart,
    link: dashboard === null ? null : { label: "Open the dashboard", href: dashboard },
  };
  return {
    subject: oneLine(`[totesys] ${content.title}`),
    text: renderText(content),
    html: renderHtml(content),
  };
}

/** The texts of a mail. */
type Texts = Omit<MailContent, "chart" | "link">;

function openContent(entry: IncidentEntry, words: IncidentWords, cooldown_ms: number): Texts {
  const { title, happened, meaning, steps, facts } = words;
  const isReminder = entry.mail?.kind === "reminder";
  return {
    tone: severityOf(entry),
    title: isReminder ? `Reminder: ${title}` : title,
    paragraphs: [...happened, ...meaning],
    steps: steps.map(instruction),
    facts: [
      [entry.transient ? "When" : "Since", timeOf(entry.since)],
      ...isReminder ? [["Open for", timeBetween(entry.since, entry.at)]] as const : [],
      ...facts,
    ],
    footer: entry.transient
      ? severityOf(entry) === "error"
        ? "This mail is not repeated."
        : "This is over: no recovery mail follows."
      : `A reminder follows in ${
        elapsed(cooldown_ms)
      } if this lasts, and a mail when it is resolved.`,
  };
}

function resolvedContent(
  { scope, since, at, notice }: IncidentEntry,
  { title, resolved, facts }: IncidentWords,
  cooldown_ms: number,
): Texts {
  const muted_until = notice === null ? at : plus(notice.at, cooldown_ms);
  return {
    tone: "resolved",
    title: `Resolved: ${resolved}`,
    paragraphs: [
      `The problem was: ${title}.`,
      `The ${scope} job ran to its end and no longer found it.`,
    ],
    steps: remedySteps({ operations: [{ name: "verify" }] }).map(instruction),
    facts: [
      ["Since", timeOf(since)],
      ["Resolved", timeOf(at)],
      ["Lasted", timeBetween(since, at)],
      ...facts,
    ],
    footer: muted_until > at
      ? `If the problem returns, the next mail comes at ${timeOf(muted_until)} or later.`
      : "If the problem returns, a mail follows at once.",
  };
}

/** The purpose of a command, for a remedy without advice. */
const PURPOSES: Readonly<Record<string, string>> = {
  [commandOf({ name: "status" })]: "to see how far the pipeline is, ",
  [commandOf({ name: "verify" })]: "to compare every row with the source, ",
  [commandOf({ name: "reconcile" })]: "to compare every row with the source and repair it, ",
  [commandOf({ name: "listQuarantine" })]: "to list these rows, ",
};

function instruction({ condition, advice, commands }: RemedyStep, place: number) {
  const or = place > 0 ? "or, " : "";
  const when = condition === undefined ? "" : `if ${condition}, `;
  const purpose = condition === undefined ? PURPOSES[commands[0]] ?? "" : "";
  const what = advice === undefined ? `${purpose}run:` : `${advice}, then run:`;
  return {
    lead: capitalized(`${or}${when}${commands.length === 0 ? withStop(advice ?? "") : what}`),
    commands,
  };
}

function timeBetween(from: string, to: string): string {
  return elapsed(Date.parse(to) - Date.parse(from));
}

function plus(at: string, ms: number): string {
  return new Date(Date.parse(at) + ms).toISOString();
}

function timeOf(at: string): string {
  return `${at.slice(0, 19).replace("T", " ")} UTC`;
}

/** Names from the source must not break a line or turn the direction of the text. */
function printed(content: Texts): Texts {
  return {
    ...content,
    title: printable(content.title),
    paragraphs: content.paragraphs.map(printable),
    steps: content.steps.map(({ lead, commands }) => ({
      lead: printable(lead),
      commands: commands.map(printable),
    })),
    facts: content.facts.map(([label, value]): Fact => [label, printable(value)]),
  };
}

function renderText(content: MailContent): string {
  const { title, paragraphs, steps, chart, facts, link, footer } = content;
  const width = Math.max(...facts.map(([label]) => label.length));
  const blocks = [
    title,
    ...paragraphs,
    ...steps.map(({ lead, commands }) =>
      [lead, ...commands.map((command) => `    ${command}`)].join("\n")
    ),
    ...chart ? [`${chart.title}\n${chart.caption}`] : [],
    facts.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join("\n"),
    ...link ? [`${link.label}:\n    ${link.href}`] : [],
    footer,
  ];
  return `${blocks.join("\n\n")}\n`;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+|\p{C}/gu, " ");
  return line.length > SUBJECT_LENGTH ? `${line.slice(0, SUBJECT_LENGTH).toWellFormed()}…` : line;
}
