import type { Progress, Stage } from "../../sdk/mod.ts";

/** Before that, an estimate of the time left would jump. */
const ESTIMATE_MS = 2_000;
/** A rate over less time means nothing. */
const RATE_MS = 1_000;
/** A stage without news for longer is not shown as working, unless it is in a step that counts nothing. */
const ACTIVE_MS = 3_000;

/** The progress of a stage. */
export interface StageProgress {
  readonly name: Stage;
  /** The rows of each table that has some. */
  readonly tables: ReadonlyMap<string, number>;
  readonly last: Progress;
  /** Milliseconds from its first news to its last. */
  readonly elapsed_ms: number;
}

/** The progress of a run through several stages, which can overlap. */
export class RunProgress {
  readonly #plan: readonly Stage[];
  readonly #now: () => number;
  readonly #started: number;
  readonly #stages = new Map<Stage, StageState>();
  #newest: StageState | undefined;

  /** Starts the clock of a run through these stages. */
  constructor(plan: readonly Stage[], now: () => number) {
    this.#plan = plan;
    this.#now = now;
    this.#started = now();
  }

  /** Adds news. */
  add(progress: Progress): void {
    const { stage, table, rows } = progress;
    const now = this.#now();
    const state = this.#stages.get(stage) ??
      { name: stage, tables: new Map(), from: now, to: now, last: progress };
    if (rows > 0) state.tables.set(table, rows);
    state.last = progress;
    state.to = now;
    this.#stages.set(stage, state);
    this.#newest = state;
  }

  /** Returns whether the run goes through a stage. */
  has(stage: Stage): boolean {
    return this.#plan.includes(stage);
  }

  /** The stages that began, in the order of the plan. */
  get stages(): StageProgress[] {
    const order = [...this.#plan, ...this.#stages.keys()];
    return [...this.#stages.values()]
      .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
      .map(({ from, to, ...state }) => ({ ...state, elapsed_ms: to - from }));
  }

  /** The stages that are working now. */
  get active(): StageProgress[] {
    const now = this.#now();
    return this.stages.filter(({ name, last }) => {
      const state = this.#stages.get(name)!;
      return state === this.#newest || last.step !== undefined || now - state.to < ACTIVE_MS;
    });
  }

  /** Milliseconds since the start. */
  get elapsed_ms(): number {
    return this.#now() - this.#started;
  }

  /** Rows of the first stage: those of the run, once it is done. */
  get rows(): number {
    return this.stages[0]?.last.totalRows ?? 0;
  }

  /** Bytes of these rows. */
  get bytes(): number {
    return this.stages[0]?.last.totalBytes ?? 0;
  }

  /** Rows that went through all stages in a second, if each stage is a share of a row's way. */
  get rows_per_second(): number | undefined {
    const elapsed_ms = this.elapsed_ms;
    if (elapsed_ms < RATE_MS) return undefined;
    const rows = this.stages.reduce((sum, { last }) => sum + last.totalRows, 0);
    return Math.round(rows / this.#plan.length / (elapsed_ms / 1000));
  }

  /** The part of the run that is done, from 0 to 1; undefined while a stage cannot estimate its own. */
  get fraction(): number | undefined {
    let sum = 0;
    for (const [place, stage] of this.#plan.entries()) {
      const state = this.#stages.get(stage);
      const isPassed = this.#plan.slice(place + 1).some((later) => this.#stages.has(later));
      const fraction = state ? state.last.fraction ?? (isPassed ? 1 : undefined) : isPassed ? 1 : 0;
      if (fraction === undefined) return undefined;
      sum += fraction;
    }
    return sum / this.#plan.length;
  }

  /** Milliseconds until the end, at the pace so far; undefined while that means little. */
  get left_ms(): number | undefined {
    const { elapsed_ms, fraction = 0 } = this;
    if (elapsed_ms < ESTIMATE_MS || fraction === 0 || fraction === 1) return undefined;
    return elapsed_ms / fraction - elapsed_ms;
  }
}

interface StageState {
  readonly name: Stage;
  readonly tables: Map<string, number>;
  readonly from: number;
  to: number;
  last: Progress;
}
