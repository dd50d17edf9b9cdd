/**
 * Shows the progress of a command on stderr.
 *
 * @module
 */
import type { Progress } from "../../sdk/mod.ts";
import { duration, plural, thousands } from "../format.ts";
import type { Paint } from "./color.ts";
import type { Output } from "./io.ts";

const BAR_WIDTH = 24;
const REDRAW_MS = 80;
/** A log gets a line this often, so that a long stage is seen to be alive. */
const LOG_MS = 10_000;
/** Before that, an estimate of the time left would jump. */
const ESTIMATE_MS = 2_000;
const MINUTE_MS = 60_000;
/** A stage that takes less leaves no line on a terminal: the result says enough. */
const BRIEF_MS = 1_000;
const START_OF_LINE = "\r\x1b[K";

/** The progress of a stage. */
interface Stage {
  readonly name: Progress["stage"];
  readonly started: number;
  /** The rows of each table. */
  readonly tables: Map<string, number>;
  last: Progress;
}

/**
 * Shows progress: on a terminal a bar per stage that redraws itself, elsewhere a line per table at the end
 * of a stage.
 */
export class ProgressDisplay {
  readonly #output: Output;
  readonly #paint: Paint;
  readonly #now: () => number;
  #stage: Stage | undefined;
  #shown = 0;

  /** Writes to `output`, normally stderr, so that stdout has only results. */
  constructor(output: Output, paint: Paint, now: () => number = Date.now) {
    this.#output = output;
    this.#paint = paint;
    this.#now = now;
  }

  /** Shows what a stage has done, if enough time has passed. */
  update(progress: Progress): void {
    const { stage, table, rows } = progress;
    if (this.#stage?.name !== stage) this.#begin(progress);
    const current = this.#stage!;
    current.tables.set(table, rows);
    current.last = progress;
    const { isTerminal } = this.#output;
    if (this.#now() - this.#shown < (isTerminal ? REDRAW_MS : LOG_MS)) return;
    this.#shown = this.#now();
    this.#output.write(isTerminal ? START_OF_LINE + this.#bar(current) : `${this.#log(current)}\n`);
  }

  /** Ends the stage, if there is one. */
  end(): void {
    if (!this.#stage) return;
    const { name, tables, last, started } = this.#stage;
    const title = name.padEnd(9);
    if (this.#output.isTerminal) {
      const took_ms = this.#now() - started;
      const what = `${plural(last.totalRows, "row")} in ${plural(tables.size, "table")}`;
      const line = `${title}  ${what}, ${duration(took_ms)}\n`;
      this.#output.write(START_OF_LINE + (took_ms < BRIEF_MS ? "" : line));
    } else {
      const lines = [...tables].map(([table, rows]) => `${title}  ${tableLine(table, rows)}\n`);
      this.#output.write(lines.join(""));
    }
    this.#stage = undefined;
  }

  #begin(progress: Progress): void {
    this.end();
    const started = this.#now();
    this.#stage = { name: progress.stage, started, tables: new Map(), last: progress };
    // A stage that is done at once needs no line in a log.
    this.#shown = this.#output.isTerminal ? 0 : started;
  }

  #bar(stage: Stage): string {
    const { fraction, totalRows, table } = stage.last;
    const filled = fraction === undefined ? 0 : Math.floor(BAR_WIDTH * fraction);
    const bar = this.#paint("green", "█".repeat(filled)) + "░".repeat(BAR_WIDTH - filled);
    const facts = [percent(fraction), plural(totalRows, "row"), this.#left(stage), table];
    const line = [
      stage.name.padEnd(9),
      ...fraction === undefined ? [] : [bar],
      ...facts.filter(Boolean),
    ].join("  ");
    return cut(line, this.#output.columns - 1);
  }

  #log(stage: Stage): string {
    const { table, rows, fraction } = stage.last;
    const facts = [tableLine(table, rows), percent(fraction), this.#left(stage)].filter(Boolean);
    return `${stage.name.padEnd(9)}  ${facts.join(", ")}`;
  }

  #left({ started, last: { fraction = 0 } }: Stage): string {
    const elapsed_ms = this.#now() - started;
    if (elapsed_ms < ESTIMATE_MS || fraction === 0 || fraction === 1) return "";
    const left_ms = elapsed_ms / fraction - elapsed_ms;
    return `${left_ms < MINUTE_MS ? `${Math.ceil(left_ms / 1000)} s` : duration(left_ms)} left`;
  }
}

function tableLine(table: string, rows: number): string {
  const unit = rows === 1 ? "row" : "rows";
  return `${table.padEnd(20)}  ${thousands(rows).padStart(11)} ${unit}`;
}

/** Returns the percentage, at most 100 %: an estimate can be exceeded. */
function percent(fraction: number | undefined): string {
  if (fraction === undefined) return "";
  return `${String(Math.min(99, Math.floor(100 * fraction))).padStart(2)} %`;
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
