/**
 * Shows the progress of a command on stderr.
 *
 * @module
 */
import type { Progress } from "../../sdk/mod.ts";
import { thousands } from "../format.ts";
import type { Paint } from "./color.ts";
import type { Output } from "./io.ts";

const BAR_WIDTH = 24;
const REDRAW_MS = 80;

/** Shows progress: a bar that redraws itself on a terminal, a line per finished table elsewhere. */
export class ProgressDisplay {
  readonly #output: Output;
  readonly #paint: Paint;
  #current: Progress | undefined;
  #drawn = 0;

  /** Writes to `output`, normally stderr, so that stdout has only results. */
  constructor(output: Output, paint: Paint) {
    this.#output = output;
    this.#paint = paint;
  }

  /** Takes in what a stage has done. */
  update(progress: Progress): void {
    const { stage, table } = progress;
    if (this.#current?.stage !== stage || this.#current.table !== table) this.end();
    this.#current = progress;
    if (!this.#output.isTerminal || Date.now() - this.#drawn < REDRAW_MS) return;
    this.#drawn = Date.now();
    this.#output.write(`\r\x1b[K${this.#line(progress)}`);
  }

  /** Ends the table at hand. */
  end(): void {
    if (!this.#current) return;
    const start = this.#output.isTerminal ? "\r\x1b[K" : "";
    this.#output.write(`${start}${this.#line(this.#current)}\n`);
    this.#current = undefined;
  }

  #line({ stage, table, rows, expected }: Progress): string {
    const done = `${stage.padEnd(9)}  ${table.padEnd(20)}  ${thousands(rows).padStart(11)} rows`;
    if (!this.#output.isTerminal || !expected) return done;
    const filled = Math.min(BAR_WIDTH, Math.round(BAR_WIDTH * rows / expected));
    const bar = `${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}`;
    return `${done}  ${this.#paint("green", bar)}`;
  }
}
