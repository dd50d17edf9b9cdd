/**
 * What a run may use. When it has used that up, or the platform takes the instance away, it ends in
 * order, between two commits, and the next one goes on from there.
 *
 * @module
 */
import { StoppedError } from "../../sdk/mod.ts";

/** Why a run ended early. */
export type Reason = "time" | "memory" | "eviction";

/** What a run may use. */
export interface Limits {
  /** Milliseconds. */
  readonly budget_ms: number;
  /** The memory of the whole process, in bytes. */
  readonly memory_bytes: number;
}

const LOOK_EVERY_MS = 500;

/** A run's budget. Dispose of it when the run has ended. */
export class RunLimits implements Disposable {
  readonly #run = new AbortController();
  readonly #timers: readonly ReturnType<typeof setTimeout>[];
  /** Aborted when the run is to end. */
  readonly signal: AbortSignal;
  #reason: Reason | null = null;

  /** A budget that begins now, and ends at once when `eviction` is aborted. */
  constructor({ budget_ms, memory_bytes }: Limits, eviction: AbortSignal) {
    this.signal = AbortSignal.any([eviction, this.#run.signal]);
    this.#timers = [
      // A timer takes no more than 31 bits.
      setTimeout(() => this.#end("time"), Math.min(budget_ms, 2 ** 31 - 1)),
      setInterval(() => {
        if (Deno.memoryUsage().rss >= memory_bytes) this.#end("memory");
      }, LOOK_EVERY_MS),
    ];
  }

  /** Why the run was told to end, or null. */
  get reason(): Reason | null {
    return this.signal.reason instanceof StoppedError ? "eviction" : this.#reason;
  }

  #end(reason: Reason): void {
    this.#reason ??= reason;
    this.#run.abort();
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    this.#timers.forEach((timer) => clearTimeout(timer));
  }
}
