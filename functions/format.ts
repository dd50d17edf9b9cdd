/**
 * What the commands print for people.
 *
 * @module
 */
import { EtlError } from "../sdk/errors.ts";
import type { Progress } from "../sdk/progress.ts";

/** Lays out rows as a table; numbers are aligned to the right. */
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
 * A text from the data as it may be shown: what moves a terminal's cursor, begins a line or turns the
 * direction of writing would let a row draw over what is said of it.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, escaped);
}

/** The same for a text of several lines. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Writes a whole number with spaces between thousands. */
export function thousands(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, " ");
}

/** Writes how many there are of something. */
export function counted(n: number, what: string): string {
  return `${thousands(n)} ${what}${n === 1 ? "" : "s"}`;
}

/** The same, with the verb that goes with it. */
export function countedAre(n: number, what: string): string {
  return `${counted(n, what)} ${n === 1 ? "is" : "are"}`;
}

/** Writes milliseconds for people. */
export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Says what failed, where, why, and what to type next. */
export function explain(error: unknown): string {
  if (!(error instanceof EtlError)) {
    return error instanceof Error ? error.stack ?? error.message : String(error);
  }
  const where = [
    error.stage && `stage ${error.stage}`,
    error.table && `table ${error.table}`,
    error.run && `run ${error.run}`,
  ].filter(Boolean).join(", ");
  return [
    `${error.name}: ${printableLines(error.message)}`,
    where && `  in ${where}`,
    error.retryable && "  nothing is lost: the same command may succeed later",
    error.next && `  next: ${error.next}`,
  ].filter(Boolean).join("\n");
}

/** An error as a JSON object. */
export function errorRecord(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { error: "Error", message: String(error) };
  if (!(error instanceof EtlError)) {
    // Nobody has thought of it: where it came from is all there is to go by.
    return { error: error.name, message: error.message, stack: error.stack };
  }
  const { name, message, stage, table, run, next, retryable } = error;
  return { error: name, message, stage, table, run, next, retryable };
}

const BAR_WIDTH = 24;
const REDRAW_MS = 80;

/** Shows progress: a bar that redraws itself on a terminal, a line per finished table elsewhere. */
export class ProgressDisplay {
  readonly #write: (text: string) => void;
  readonly #isTerminal: boolean;
  #current: Progress | undefined;
  #drawn = 0;

  /** Writes by `write`, normally to stderr, so that stdout keeps only results. */
  constructor(write: (text: string) => void, isTerminal: boolean) {
    this.#write = write;
    this.#isTerminal = isTerminal;
  }

  /** Takes in what a stage has done. */
  update(progress: Progress): void {
    const { stage, table } = progress;
    if (this.#current?.stage !== stage || this.#current.table !== table) this.end();
    this.#current = progress;
    if (!this.#isTerminal || Date.now() - this.#drawn < REDRAW_MS) return;
    this.#drawn = Date.now();
    this.#write(`\r\x1b[K${this.#line(progress)}`);
  }

  /** Ends the table at hand. */
  end(): void {
    if (!this.#current) return;
    const start = this.#isTerminal ? "\r\x1b[K" : "";
    this.#write(`${start}${this.#line(this.#current)}\n`);
    this.#current = undefined;
  }

  #line({ stage, table, rows, expected }: Progress): string {
    const done = `${stage.padEnd(9)}  ${table.padEnd(20)}  ${thousands(rows).padStart(11)} rows`;
    if (!this.#isTerminal || !expected) return done;
    const filled = Math.min(BAR_WIDTH, Math.round(BAR_WIDTH * rows / expected));
    return `${done}  ${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}`;
  }
}
