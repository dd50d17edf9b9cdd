/**
 * Shows the progress of a command on stderr.
 *
 * @module
 */
import type { Progress, Stage } from "../../sdk/mod.ts";
import { byteSize, duration, plural, thousands } from "../format.ts";
import type { Paint } from "./color.ts";
import type { Output } from "./io.ts";
import { Block } from "./block.ts";
import { RunProgress, type StageProgress } from "./run_progress.ts";

const BAR_WIDTH = { least: 10, most: 30 };
/** Characters that the facts next to a bar take while there are millions of rows. */
const FACTS_WIDTH = 64;
const REDRAW_MS = 80;
/** A display without news is drawn again this often: time passes, and the command is seen to be alive. */
const TICK_MS = 1_000;
/** A log gets a line this often. */
const LOG_MS = 10_000;
/** A run that takes less leaves no lines on a terminal: the result says enough. */
const BRIEF_MS = 1_000;

/** The stages of a command that moves rows. Others are compared by themselves. */
export const MOVING: readonly Stage[] = ["extract", "transform", "load"];

/**
 * Shows progress: on a terminal one bar over the whole run, and what is being done, which redraw
 * themselves; elsewhere a line now and then, and one per table at the end.
 */
export class ProgressDisplay {
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #plan: readonly Stage[];
  readonly #now: () => number;
  readonly #block: Block;
  #run: RunProgress | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #shown_at = 0;

  /**
   * Writes to `output`, normally stderr, so that stdout has only results. `plan` are the stages that the
   * command goes through.
   */
  constructor(
    output: Output,
    paint: Paint,
    plan: readonly Stage[] = MOVING,
    now: () => number = Date.now,
  ) {
    this.#output = output;
    this.#paint = paint;
    this.#plan = plan;
    this.#now = now;
    this.#block = new Block(output.write);
  }

  /** Shows what a stage has done, if enough time has passed. */
  update(progress: Progress): void {
    const plan: readonly Stage[] = progress.stage === "compare" ? ["compare"] : this.#plan;
    if (this.#run && this.#run.has("compare") !== plan.includes("compare")) this.end();
    this.#run ??= this.#begin(plan);
    this.#run.add(progress);
    const interval_ms = this.#output.isTerminal ? REDRAW_MS : LOG_MS;
    if (this.#now() - this.#shown_at >= interval_ms) this.#show(this.#run);
  }

  /** Ends the display, if there is one. */
  end(): void {
    clearInterval(this.#timer);
    if (!this.#run) return;
    const { stages, elapsed_ms } = this.#run;
    const isBrief = this.#output.isTerminal && elapsed_ms < BRIEF_MS;
    const lines = isBrief ? [] : stages.flatMap(this.#output.isTerminal ? summary : tableLines);
    this.#block.clear();
    this.#output.write(lines.map((line) => `${line}\n`).join(""));
    this.#run = undefined;
  }

  #begin(plan: readonly Stage[]): RunProgress {
    const run = new RunProgress(plan, this.#now);
    const { isTerminal } = this.#output;
    // A run that is done at once needs no line in a log.
    this.#shown_at = isTerminal ? 0 : this.#now();
    this.#timer = setInterval(() => this.#show(run), isTerminal ? TICK_MS : LOG_MS);
    Deno.unrefTimer(this.#timer);
    return run;
  }

  #show(run: RunProgress): void {
    this.#shown_at = this.#now();
    const { isTerminal, columns } = this.#output;
    const facts = factsOf(run);
    const now = run.active.map(activity).join(", ");
    if (!isTerminal) return this.#output.write(`${facts.join(", ").trimStart()}: ${now}\n`);
    const width = columns - 1;
    this.#block.draw([cut(this.#bar(run, facts, width), width), cut(now, width)]);
  }

  #bar({ fraction }: RunProgress, facts: readonly string[], width: number): string {
    const text = facts.join("  ");
    if (fraction === undefined) return text;
    const cells = Math.max(BAR_WIDTH.least, Math.min(BAR_WIDTH.most, width - FACTS_WIDTH));
    const filled = Math.floor(cells * Math.min(NEARLY, fraction));
    const bar = this.#paint("green", "█".repeat(filled)) + "░".repeat(cells - filled);
    return `${bar}  ${text}`;
  }
}

/** No bar is full before the end: an estimate can be exceeded, and keys are added last. */
const NEARLY = 0.99;

/** Returns what is known about a run, in the order of importance. */
function factsOf({ fraction, rows, bytes, rows_per_second, elapsed_ms, left_ms }: RunProgress) {
  const percent = fraction === undefined ? "" : `${Math.floor(100 * Math.min(NEARLY, fraction))} %`;
  const left = left_ms === undefined ? "" : `, ${seconds(left_ms)} left`;
  return [
    percent && percent.padStart(4),
    plural(rows, "row"),
    bytes > 0 ? byteSize(bytes) : "",
    rows_per_second === undefined ? "" : `${plural(rows_per_second, "row")}/s`,
    `${seconds(elapsed_ms)}${left}`,
  ].filter(Boolean);
}

function seconds(ms: number): string {
  return ms < 60_000 ? `${Math.ceil(ms / 1000)} s` : duration(ms);
}

function activity({ name, last: { table, step } }: StageProgress): string {
  return `${name} ${table}${step === undefined ? "" : `: ${step}`}`;
}

/** Returns the line of a stage that a run leaves on a terminal. */
function summary({ name, tables, last, elapsed_ms }: StageProgress): string[] {
  const { totalRows, totalBytes } = last;
  const what = `${plural(totalRows, "row")} in ${plural(tables.size, "table")}`;
  const facts = [what, ...totalBytes > 0 ? [byteSize(totalBytes)] : [], duration(elapsed_ms)];
  return [`${name.padEnd(9)}  ${facts.join(", ")}`];
}

/** Returns the lines of a stage that a run leaves in a log. */
function tableLines({ name, tables }: StageProgress): string[] {
  return [...tables].map(([table, rows]) =>
    `${name.padEnd(9)}  ${table.padEnd(20)}  ${thousands(rows).padStart(11)} ${
      rows === 1 ? "row" : "rows"
    }`
  );
}

/** Cuts a line to a width. A line that wraps would not be drawn over. */
function cut(line: string, width: number): string {
  // deno-lint-ignore no-control-regex -- the sequences that paint the bar take no room
  const parts = line.split(/(\x1b\[[\d;]*m)/);
  let left = width;
  return parts.map((part) => {
    if (part.startsWith("\x1b")) return part;
    const shown = part.slice(0, left);
    left -= shown.length;
    return shown;
  }).join("");
}
