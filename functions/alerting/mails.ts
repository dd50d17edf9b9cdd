/**
 * The mails about incidents, as plain text and as HTML. Pure.
 *
 * @module
 */
import type { Finding, IncidentEntry, Transition } from "./incident.ts";
import { printableLines } from "../format.ts";

/** A mail, ready to be sent. */
export interface Mail {
  /** The subject, in one line. */
  readonly subject: string;
  /** The mail as plain text. */
  readonly text: string;
  /** The same as HTML. */
  readonly html: string;
}

type Part = readonly [heading: string, body: string];

const BEGINNINGS: Readonly<Record<Transition, string>> = {
  opened: "",
  repeated: "still: ",
  closed: "over: ",
};
const SUBJECT_LENGTH = 120;

/** The mail that goes with a turn of an incident. */
export function mailOf({ turn, finding, since, at }: IncidentEntry): Mail {
  const { kind, scope, table } = finding;
  const about = table === undefined ? `${kind} (${scope})` : `${kind} (${scope}: ${table})`;
  const subject = `[totesys] ${BEGINNINGS[turn]}${about}`;
  const parts = (turn === "closed" ? endOf(finding, since, at) : courseOf(finding, since))
    .map(([heading, body]): Part => [heading, printableLines(body)]);
  return {
    subject: oneLine(subject),
    text: parts.map(([heading, body]) => `${heading}\n${indented(body)}\n`).join("\n"),
    html: htmlOf(subject, parts),
  };
}

function courseOf(finding: Finding, since: string): Part[] {
  return [
    ["What broke", finding.what],
    ["Since when", timeOf(since)],
    ["What it means for the data", meaningOf(finding)],
    ["What to do next", finding.next ?? "deno task etl status"],
  ];
}

function endOf(finding: Finding, since: string, at: string): Part[] {
  return [
    ["What is over", finding.what],
    ["From when to when", `${timeOf(since)} to ${timeOf(at)}`],
    ["What it means for the data", "The job that had found this has found it no longer."],
    ["What to do next, if you want to be sure", "deno task etl verify"],
  ];
}

/** What each kind of incident means for whoever reads the warehouse. */
function meaningOf({ kind, scope, severity }: Finding): string {
  switch (kind) {
    case "run failed":
      return FAILED[scope] ?? FAILED.extract;
    case "schema changed":
      return severity === "error"
        ? "The warehouse keeps this table's rows as they were. It is read whole once it is as its " +
          "spec says. The other tables go on."
        : "Everything goes on. What the specs do not know does not reach the warehouse.";
    case "quarantine":
      return "These rows are not in the warehouse, or not as they are now; everything else is. Each " +
        "is loaded once it is mended in the source, or once the row that it refers to has come.";
    case "stale":
      return "What changed in the source since then is missing in the warehouse; where only some " +
        "tables are stopped, of which there is a mail each, it is missing in these. What is there is " +
        "complete as of then. Nothing is lost.";
    case "reconcile difference":
      return "The warehouse is right now. Reports made before may have been wrong in these tables. " +
        "This should never happen: please find out why.";
    case "batch skipped":
      return "A later batch brought the rows again. Versions between the two are lost, and rows deleted " +
        "between them stay in the warehouse until it is compared with the source.";
    case "source read again":
      return "Nothing is lost. Versions between the last batch and now may show as one.";
    default:
      return "The pipeline goes on.";
  }
}

const FAILED: Readonly<Record<string, string>> = {
  extract:
    "The warehouse stays as it is; what changed in the source comes with the next run that " +
    "succeeds. Nothing is lost.",
  load:
    "The warehouse stays as it is, complete and consistent. What was read is safe in the lake and " +
    "is loaded by the next run that succeeds.",
  reconcile: "Everything goes on, but rows deleted in the source stay in the warehouse until a " +
    "comparison succeeds.",
};

function timeOf(at: string): string {
  return `${at.slice(0, 19).replace("T", " ")} UTC`;
}

function oneLine(text: string): string {
  const line = text.replace(/\s+|\p{C}/gu, " ");
  return line.length > SUBJECT_LENGTH ? `${line.slice(0, SUBJECT_LENGTH).toWellFormed()}…` : line;
}

function indented(text: string): string {
  return text.split("\n").map((line) => `  ${line}`).join("\n");
}

function htmlOf(subject: string, parts: readonly Part[]): string {
  const sections = parts.map(([heading, body]) =>
    `<h2 style="font-size:14px;margin:16px 0 4px">${escaped(heading)}</h2>\n` +
    `<p style="margin:0">${escaped(body).replaceAll("\n", "<br>\n")}</p>`
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(subject)}</title>
<body style="font-family:sans-serif;font-size:14px">
${sections.join("\n")}
</body>
</html>
`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]);
}
