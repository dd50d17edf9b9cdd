/** A stage of the pipeline. `compare` reads the source and the warehouse, to verify or reconcile them. */
export type Stage = "extract" | "transform" | "load" | "compare";

/** Progress of a stage on one table. */
export interface Progress {
  /** The stage. */
  readonly stage: Stage;
  /** The table: of the source during extract, of the warehouse in other stages. */
  readonly table: string;
  /** Rows of the table so far, in all commits of this run. */
  readonly rows: number;
  /** Rows of the table expected in the commits so far; during a first load an estimate of all. */
  readonly expected?: number;
  /** Rows of all tables so far. */
  readonly totalRows: number;
  /** Bytes of all rows so far, as the stage reads or writes them. */
  readonly totalBytes: number;
  /** The part of the stage's work that is done, from 0 to 1, undefined when the stage cannot estimate it. */
  readonly fraction?: number;
  /** Work on the table that counts no rows and can take long: `adding keys`. Undefined while rows move. */
  readonly step?: string;
}

/** Receives the progress of a stage. */
export type ProgressListener = (progress: Progress) => void;

/** The share of a load that adding keys is. */
const STEP_SHARE = 0.25;

/** The meters of each run, by the run's listener. */
const RUNS = new WeakMap<ProgressListener, Map<Stage, ProgressMeter>>();

/** Returns a listener for one run: what several calls of a stage report to it adds up. */
export function listenerOfRun(
  listener: ProgressListener | undefined,
): ProgressListener | undefined {
  if (!listener || RUNS.has(listener)) return listener;
  const ofRun: ProgressListener = (progress) => listener(progress);
  RUNS.set(ofRun, new Map());
  return ofRun;
}

/** Returns the meter of a stage that reports to a listener, if there is one. */
export function progressMeter(stage: Stage, listener: ProgressListener | undefined): ProgressMeter {
  const ofRun = listener && RUNS.get(listener);
  const meter = ofRun?.get(stage) ?? new ProgressMeter(stage, listener, ofRun);
  ofRun?.set(stage, meter);
  return meter;
}

/** Adds up the progress of a stage. */
export class ProgressMeter {
  readonly #stage: Stage;
  readonly #listener: ProgressListener | undefined;
  readonly #ofRun: ReadonlyMap<Stage, ProgressMeter> | undefined;
  readonly #tables = new Map<string, { rows: number; expected?: number }>();
  #totalRows = 0;
  #totalBytes = 0;
  /** An estimate of the rows of all parts, while a first load reads them. */
  #allRows: number | undefined;
  /** The part of the work that is being done: where it starts, its size, and its rows. */
  #span: { readonly start: number; readonly size: number; readonly rows: number } | undefined;
  #rowsOfSpan = 0;
  /** The share of the work that its last steps are, and the weight of each of them. */
  #stepShare = 0;
  #steps: readonly number[] = [];
  #stepsBegun = 0;

  /** See {@linkcode progressMeter}. */
  constructor(
    stage: Stage,
    listener: ProgressListener | undefined,
    ofRun?: ReadonlyMap<Stage, ProgressMeter>,
  ) {
    this.#stage = stage;
    this.#listener = listener;
    this.#ofRun = ofRun;
  }

  /** Returns whether there is a listener. */
  get hasListener(): boolean {
    return this.#listener !== undefined;
  }

  /** Expects so many rows of each table in all. The later stages of the run expect about as many. */
  expectAll(tables: Iterable<readonly [table: string, rows: number]>): void {
    let all = 0;
    for (const [table, rows] of tables) {
      this.expect(table, rows);
      all += rows;
    }
    this.#allRows = (this.#allRows ?? 0) + all;
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
  add(table: string, rows: number, bytes = 0): void {
    this.#of(table).rows += rows;
    this.#totalRows += rows;
    this.#totalBytes += bytes;
    this.#rowsOfSpan += rows;
    this.#report(table);
  }

  /** Expects that the work ends with steps that count no rows, and leaves a share of it to them, or not. */
  leaveShareToSteps(isLeft: boolean): void {
    this.#stepShare = isLeft ? STEP_SHARE : 0;
  }

  /** Expects a step on each of these tables, in order. It takes time by the rows of the table. */
  expectSteps(tables: readonly string[]): void {
    this.#steps = tables.map((table) => 1 + this.#of(table).rows);
    this.#stepsBegun = 0;
  }

  /** Reports that a step begins: work on a table that counts no rows. */
  step(table: string, step: string): void {
    this.#stepsBegun++;
    this.#report(table, step);
  }

  #report(table: string, step?: string): void {
    this.#listener?.({
      stage: this.#stage,
      table,
      ...this.#of(table),
      totalRows: this.#totalRows,
      totalBytes: this.#totalBytes,
      fraction: this.#fraction(),
      ...step === undefined ? {} : { step },
    });
  }

  #of(table: string): { rows: number; expected?: number } {
    const state = this.#tables.get(table) ?? { rows: 0 };
    this.#tables.set(table, state);
    return state;
  }

  #fraction(): number | undefined {
    const ofRows = this.#fractionOfRows();
    if (ofRows === undefined || this.#stepShare === 0) return ofRows;
    const done = sum(this.#steps.slice(0, Math.max(0, this.#stepsBegun - 1)));
    return ofRows * (1 - this.#stepShare) + this.#stepShare * done / Math.max(1, sum(this.#steps));
  }

  #fractionOfRows(): number | undefined {
    const extract = this.#ofRun?.get("extract");
    const allRows = this.#allRows ?? (extract ? extract.#allRows : undefined);
    if (allRows !== undefined) return Math.min(1, this.#totalRows / Math.max(1, allRows));
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
    const rows = sum(Object.values(tables).map(({ rows }) => rows));
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

function sum(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}
