/**
 * The time and memory of a run. When they are used up, or the platform shuts the instance down, the run
 * stops cleanly after its current commit, and the next run resumes there.
 *
 * @module
 */
import { StoppedError } from "../../sdk/errors.ts";

/** Why a run was stopped. */
export type Reason = "time" | "memory" | "eviction";

/** The limits of a run. */
export interface Limits {
  /** Its time in milliseconds. */
  readonly budget_ms: number;
  /** The memory of the process in bytes. */
  readonly memory_bytes: number;
}

const CHECK_EVERY_MS = 500;

/** Watches the limits of a run. Dispose of it when the run has ended. */
export class RunLimits implements Disposable {
  readonly #run = new AbortController();
  readonly #timers: readonly ReturnType<typeof setTimeout>[];
  /** Aborted when the run must stop. */
  readonly signal: AbortSignal;
  #reason: Reason | null = null;

  /** Starts the clock. Aborting `eviction` stops the run too. */
  constructor({ budget_ms, memory_bytes }: Limits, eviction: AbortSignal) {
    this.signal = AbortSignal.any([eviction, this.#run.signal]);
    this.#timers = [
      // A timer takes 31 bits at most.
      setTimeout(() => this.#stop("time"), Math.min(budget_ms, 2 ** 31 - 1)),
      setInterval(() => {
        if (Deno.memoryUsage().rss >= memory_bytes) this.#stop("memory");
      }, CHECK_EVERY_MS),
    ];
  }

  /** Returns why the run was stopped; null when it was not. */
  get reason(): Reason | null {
    return this.signal.reason instanceof StoppedError ? "eviction" : this.#reason;
  }

  #stop(reason: Reason): void {
    this.#reason ??= reason;
    this.#run.abort();
  }

  /** Stops watching. */
  [Symbol.dispose](): void {
    this.#timers.forEach((timer) => clearTimeout(timer));
  }
}
