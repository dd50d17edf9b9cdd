/**
 * What a run did with each table, from its progress (when) and its commits (how much).
 *
 * @module
 */
import type { DataObject, Progress } from "../../sdk/mod.ts";

/** What a stage did with a table in a run. */
export interface TableEvent {
  /** The stage. */
  readonly stage: Progress["stage"];
  /** The table. */
  readonly table: string;
  /** Rows in its objects. */
  readonly rows: number;
  /** Bytes of its objects, as they are in the lake. */
  readonly bytes: number;
  /** Milliseconds it took. Tables that are worked on together share theirs. */
  readonly ms: number;
  /** When it began, in milliseconds since 1970. */
  readonly from: number;
  /** When it ended. */
  readonly to: number;
}

type Commits = readonly { readonly tables: Readonly<Record<string, DataObject>> }[];

interface Time {
  readonly from: number;
  to: number;
  ms: number;
}

/** Hears the progress of a run. */
export class TableTimes {
  readonly #times = new Map<string, Time>();
  readonly #now: () => number;
  #last: number;

  /** Begins now. */
  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#last = now();
  }

  /** Takes in that a table has come on: the time since the last call was spent on it. */
  take({ stage, table }: Progress): void {
    const now = this.#now();
    const key = keyOf(stage, table);
    const time = this.#times.get(key) ?? { from: this.#last, to: now, ms: 0 };
    time.ms += now - this.#last;
    time.to = now;
    this.#times.set(key, time);
    this.#last = now;
  }

  /** What a stage did, by table, given the commits that it made. */
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
