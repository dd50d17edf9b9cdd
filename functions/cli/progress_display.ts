/**
 * Shows the progress of a command on stderr.
 *
 * @module
 */
import type { Progress } from "../../sdk/mod.ts";
import { thousands } from "../format.ts";

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
