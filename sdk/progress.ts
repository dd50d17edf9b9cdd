/** A stage of the pipeline. */
export type Stage = "extract" | "transform" | "load";

/** Progress of a stage on one table. */
export interface Progress {
  /** The stage. */
  readonly stage: Stage;
  /** The table: of the source during extract, of the warehouse afterwards. */
  readonly table: string;
  /** Rows of the table so far, in all commits of this run. */
  readonly rows: number;
  /** Rows of the table expected in the commits so far; during a first load an estimate of all. */
  readonly expected?: number;
  /** Rows of all tables so far. */
  readonly totalRows: number;
  /** The part of the stage's work that is done, from 0 to 1, undefined when the stage cannot estimate it. */
  readonly fraction?: number;
}

/** Receives the progress of a stage. */
export type ProgressListener = (progress: Progress) => void;

/** Adds up the progress of a stage over the commits of a run. */
export class ProgressMeter {
  readonly #stage: Progress["stage"];
  readonly #listener: ProgressListener | undefined;
  readonly #tables = new Map<string, { rows: number; expected?: number }>();
  #total = 0;
  /** The part of the work that is being done: where it starts, its size, and its rows. */
  #span: { readonly start: number; readonly size: number; readonly rows: number } | undefined;
  #rowsOfSpan = 0;

  /** Reports to a listener, if there is one. */
  constructor(stage: Progress["stage"], listener: ProgressListener | undefined) {
    this.#stage = stage;
    this.#listener = listener;
  }

  /** Returns whether there is a listener. */
  get hasListener(): boolean {
    return this.#listener !== undefined;
  }

  /** Starts one of `count` parts of the work, counted from 0, with about this many rows. */
  beginPart(place: number, count: number, rows: number): void {
    this.#span = { start: place / count, size: 1 / count, rows };
    this.#rowsOfSpan = 0;
  }

  /** Expects so many further rows of a table. */
  expect(table: string, rows: number): void {
    const state = this.#of(table);
    state.expected = (state.expected ?? 0) + rows;
  }

  /** Reports that so many further rows of a table are done. */
  add(table: string, rows: number): void {
    const state = this.#of(table);
    state.rows += rows;
    this.#total += rows;
    this.#rowsOfSpan += rows;
    this.#listener?.({
      stage: this.#stage,
      table,
      ...state,
      totalRows: this.#total,
      fraction: this.#fraction(),
    });
  }

  #of(table: string): { rows: number; expected?: number } {
    const state = this.#tables.get(table) ?? { rows: 0 };
    this.#tables.set(table, state);
    return state;
  }

  #fraction(): number | undefined {
    if (!this.#span) return undefined;
    const { start, size, rows } = this.#span;
    return start + size * Math.min(1, this.#rowsOfSpan / Math.max(1, rows));
  }
}

/**
 * Returns what starts the part of a commit, for a stage that applies the commits after number `before`. The
 * end of the log is looked up only if anyone listens.
 */
export async function commitParts(
  progress: ProgressMeter,
  log: { head(): Promise<{ readonly sequence: number } | null> },
  before: number,
): Promise<(commit: CommitRows) => void> {
  if (!progress.hasListener) return () => {};
  const last = (await log.head())?.sequence ?? before;
  return ({ sequence, tables }) => {
    const rows = Object.values(tables).reduce((sum, { rows }) => sum + rows, 0);
    // Commits that are added during the run make the last part longer.
    const count = Math.max(last, sequence) - before;
    progress.beginPart(sequence - before - 1, count, rows);
  };
}

/** The number of a commit and its rows. */
interface CommitRows {
  readonly sequence: number;
  readonly tables: Readonly<Record<string, { readonly rows: number }>>;
}
