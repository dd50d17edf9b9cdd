/**
 * The time, rows and bytes of each table in a run: the time from its progress, the rest from its commits.
 *
 * @module
 */
import type { DataObject, Progress } from "../../sdk/mod.ts";

/** A table in a stage of a run. */
export interface TableEvent {
  /** The stage. */
  readonly stage: Progress["stage"];
  /** The table. */
  readonly table: string;
  /** Rows in its objects in the lake. */
  readonly rows: number;
  /** Bytes of its objects in the lake. */
  readonly bytes: number;
  /** Milliseconds spent on it. Tables that are processed together share theirs. */
  readonly ms: number;
  /** Its start in milliseconds since 1970. */
  readonly from: number;
  /** Its end in milliseconds since 1970. */
  readonly to: number;
}

type Commits = readonly { readonly tables: Readonly<Record<string, DataObject>> }[];

interface Time {
  readonly from: number;
  to: number;
  ms: number;
}

/** Measures the time of each table from the progress of a run. */
export class TableTimes {
  readonly #times = new Map<string, Time>();
  readonly #now: () => number;
  #last: number;

  /** Starts the clock. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#last = now();
  }

  /** Adds the time since the last call to the table that made progress. */
  record({ stage, table }: Progress): void {
    const now = this.#now();
    const key = keyOf(stage, table);
    const time = this.#times.get(key) ?? { from: this.#last, to: now, ms: 0 };
    time.ms += now - this.#last;
    time.to = now;
    this.#times.set(key, time);
    this.#last = now;
  }

  /** Returns the tables of a stage, given the commits that it made. */
  events(stage: Progress["stage"], commits: Commits): TableEvent[] {
    const sums = new Map<string, { rows: number; bytes: number }>();
    for (const { tables } of commits) {
      for (const [table, { rows, bytes }] of Object.entries(tables)) {
        const sum = sums.get(table) ?? { rows: 0, bytes: 0 };
        sums.set(table, { rows: sum.rows + rows, bytes: sum.bytes + bytes });
      }
    }
    return [...sums].map(([table, sum]) => {
      const nothing = { from: this.#last, to: this.#last, ms: 0 };
      const time = this.#times.get(keyOf(stage, table)) ?? nothing;
      return { stage, table, ...sum, ...time };
    });
  }
}

function keyOf(stage: string, table: string): string {
  return `${stage} ${table}`;
}
