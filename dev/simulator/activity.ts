/**
 * Simulates a source in use: writers change it over their own connections until they are stopped.
 *
 * @module
 */
import postgres from "postgres";
import { act, type ActivityKind, type OpenTransaction, openTransaction } from "./act.ts";
import { Random } from "./random.ts";

/** How busy the source is. */
export interface ActivityOptions {
  /** The same seed makes the same choices in the same order; timestamps come from the clock. */
  readonly seed: number;
  /** Approximate number of changes per second. */
  readonly per_second: number;
}

/** Number of changes by kind. */
export type Counts = Record<ActivityKind | "late_commit", number>;

/** A source in use. */
export interface Activity extends AsyncDisposable {
  /**
   * Stops the writers, commits open transactions and returns the number of changes.
   *
   * @throws the error of a writer that failed.
   */
  stop(): Promise<Counts>;
}

/** Kinds of change with their weights: most of them do not move `last_updated`. */
const MIX: readonly (readonly [kind: keyof Counts, weight: number])[] = [
  ["new_order", 30],
  ["silent_update", 35],
  ["stamped_update", 15],
  ["late_commit", 8],
  ["rollback", 5],
  ["address_corrected", 4],
  ["department_renamed", 3],
];
const DECK = MIX.flatMap(([kind, weight]) => Array<keyof Counts>(weight).fill(kind));

const CONNECTIONS = 6;
const MAX_OPEN = 3;
const MAX_TICKS_OPEN = 8;

/** Starts writing to a filled source. */
export function startActivity(url: string, options: ActivityOptions): Activity {
  const writer = new Writer(url, options.seed);
  const stopping = new AbortController();
  const running = run(writer, 1000 / options.per_second, stopping.signal);
  running.catch(() => {}); // stop() reports it
  let stopped: Promise<Counts> | undefined;
  const stop = () =>
    stopped ??= (async () => {
      stopping.abort();
      try {
        await running;
      } finally {
        await writer.close();
      }
      return writer.counts;
    })();
  return { stop, [Symbol.asyncDispose]: async () => void await stop() };
}

async function run(writer: Writer, interval_ms: number, signal: AbortSignal): Promise<void> {
  let next = performance.now();
  while (!signal.aborted) {
    await writer.tick();
    next = Math.max(next + interval_ms, performance.now() - interval_ms);
    await pause(next - performance.now(), signal);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}

class Writer {
  readonly counts: Counts = {
    new_order: 0,
    stamped_update: 0,
    silent_update: 0,
    department_renamed: 0,
    address_corrected: 0,
    rollback: 0,
    deletion: 0,
    late_commit: 0,
  };
  readonly #sql: postgres.Sql;
  readonly #random: Random;
  #open: { readonly transaction: OpenTransaction; ticks: number }[] = [];

  constructor(url: string, seed: number) {
    this.#sql = postgres(url, { max: CONNECTIONS, onnotice: () => {} });
    this.#random = new Random(seed);
  }

  /** Makes one change. */
  async tick(): Promise<void> {
    await this.#commitDue();
    const kind = this.#random.pick(DECK);
    if (kind !== "late_commit") {
      await act(this.#sql, this.#random, kind);
      this.counts[kind]++;
    } else if (this.#open.length < MAX_OPEN) {
      const savepoint = this.#random.chance(50);
      const transaction = await openTransaction(this.#sql, this.#random, { savepoint });
      this.#open.push({ transaction, ticks: this.#random.int(2, MAX_TICKS_OPEN) });
    }
  }

  async close(): Promise<void> {
    try {
      for (const open of this.#open) open.ticks = 0;
      await this.#commitDue();
    } finally {
      await this.#sql.end({ timeout: 5 });
    }
  }

  async #commitDue(): Promise<void> {
    const due = this.#open.filter((open) => --open.ticks <= 0);
    this.#open = this.#open.filter((open) => !due.includes(open));
    for (const { transaction } of due) {
      await transaction.commit();
      this.counts.late_commit++;
    }
  }
}
