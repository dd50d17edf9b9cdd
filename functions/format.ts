/**
 * Numbers, tables and errors as people read them.
 *
 * @module
 */
import { ConfigurationError, EtlError } from "../sdk/errors.ts";
import { remedyLines, remedyText } from "./remedy.ts";

/** Lays out rows as a table. Numbers are aligned to the right. */
export function table(headings: readonly string[], rows: readonly (string | number)[][]): string {
  const cells = rows.map((row) => row.map(text));
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...cells.map((row) => row[i].length))
  );
  const line = (row: readonly string[], like: readonly (string | number)[]) =>
    row.map((cell, i) =>
      typeof like[i] === "number" ? cell.padStart(widths[i]) : cell.padEnd(widths[i])
    ).join("  ").trimEnd();
  const first = rows[0] ?? headings;
  return [
    line(headings, first),
    line(widths.map((width) => "─".repeat(width)), first),
    ...cells.map((row, i) => line(row, rows[i])),
  ].join("\n");
}

function text(cell: string | number): string {
  return typeof cell === "number" ? thousands(cell) : printable(cell);
}

/**
 * Returns text from the data with its control characters escaped. Otherwise a row could move the cursor
 * of a terminal, start a new line or reverse the direction of writing, and so forge a message.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, escaped);
}

/** Escapes control characters in each line of a text. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Returns a whole number with commas between thousands. */
export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** Writes how many there are of something: `2 rows`. */
export function plural(n: number, what: string): string {
  return `${thousands(n)} ${what}${n === 1 ? "" : "s"}`;
}

/** Writes how many there are of something, with the verb: `2 rows are`. */
export function pluralAre(n: number, what: string): string {
  return `${plural(n, what)} ${n === 1 ? "is" : "are"}`;
}

/** Writes a duration with the precision that people need: `404 ms`, `1.5 s`, `2 min 5 s`, `3 h 20 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
}

const UNITS = [["day", 86_400_000], ["hour", 3_600_000], ["minute", 60_000], [
  "second",
  1000,
]] as const;

/** Writes a long time in words, in its two largest units: `2 days 3 hours`. */
export function elapsed(ms: number): string {
  const place = UNITS.findIndex(([, unit_ms]) => ms >= unit_ms);
  const [unit, unit_ms] = UNITS.at(place)!;
  const count = Math.floor(ms / unit_ms);
  const rest = place < 0 ? undefined : UNITS[place + 1];
  const more = rest ? Math.floor((ms - count * unit_ms) / rest[1]) : 0;
  return more === 0 ? plural(count, unit) : `${plural(count, unit)} ${plural(more, rest![0])}`;
}

/** Ends a clause with a full stop, unless it has an end. */
export function withStop(clause: string): string {
  return /[.!?;]$/.test(clause) ? clause : `${clause}.`;
}

/** Begins a text with a capital. */
export function capitalized(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

/** Writes a number of bytes for people. */
export function byteSize(bytes: number): string {
  const place = Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const size = bytes / 1000 ** place;
  return `${place === 0 ? size : size.toFixed(1)} ${BYTE_UNITS[place]}`;
}

const BYTE_UNITS = ["bytes", "kB", "MB", "GB", "TB"];

const RETRY_ADVICE = "run the same command again; nothing is lost";

/** Describes an error: what failed and why, where, and what to do next. */
export function explain(error: unknown): string {
  if (!(error instanceof EtlError)) {
    const text = error instanceof Error ? error.stack ?? error.message : String(error);
    return `error: ${text}`;
  }
  // A wrong call or setting has no stage that a reader would look for.
  const isUsage = error instanceof ConfigurationError && error.stage === "configuration";
  const where = [
    error.stage && `stage ${error.stage}`,
    error.table && `table ${error.table}`,
    error.run && `run ${error.run}`,
  ].filter(Boolean).join(", ");
  const steps = error.next ? remedyLines(error.next) : [];
  if (error.retryable) steps.push(`${steps.length > 0 ? "then " : ""}${RETRY_ADVICE}`);
  return [
    `error: ${printableLines(error.message)}`,
    !isUsage && `  ${error.name}${where && ` in ${where}`}`,
    ...steps.map((step, place) => place === 0 ? `  next: ${step}` : `  ${step}`),
  ].filter(Boolean).join("\n");
}

/** Returns an error as a JSON object. */
export function errorRecord(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: "Error", message: String(error) };
  if (!(error instanceof EtlError)) {
    // An unexpected error: the stack is the only hint at its cause.
    return { error: error.name, message: error.message, stack: error.stack };
  }
  const { name, message, stage, table, run, next, retryable } = error;
  return { error: name, message, stage, table, run, next: next && remedyText(next), retryable };
}

/** Counts the rows of commits, over all their tables. */
export function sumOfRows(
  commits: readonly { readonly tables: Readonly<Record<string, { readonly rows: number }>> }[],
): number {
  return commits.flatMap(({ tables }) => Object.values(tables))
    .reduce((sum, { rows }) => sum + rows, 0);
}
