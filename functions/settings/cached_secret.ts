/**
 * Secrets of a process that answers requests: fetching one for each would be slow, and is billed.
 *
 * @module
 */
import { EtlError } from "../../sdk/errors.ts";

const LIFE_MS = 60_000;
/** A wrong password does not fetch the secret more often. */
const MIN_LIFE_MS = 1_000;

/** A secret that is remembered for a minute. A rotated one takes effect after that. */
export class CachedSecret {
  readonly #fetch: () => Promise<string>;
  readonly #clock: () => number;
  #fetched_at = -Infinity;
  #value: Promise<string> | undefined;

  /** `clock` returns milliseconds. */
  constructor(fetch: () => Promise<string>, clock: () => number = () => performance.now()) {
    this.#fetch = fetch;
    this.#clock = clock;
  }

  /** Returns the value. */
  get(): Promise<string> {
    return this.#newerThan(LIFE_MS);
  }

  /** Returns the value after the one that {@linkcode get} returned was refused. */
  renew(): Promise<string> {
    return this.#newerThan(MIN_LIFE_MS);
  }

  #newerThan(age_ms: number): Promise<string> {
    const before = this.#value;
    if (before && this.#clock() - this.#fetched_at < age_ms) return before;
    this.#fetched_at = this.#clock();
    const value = this.#fetch().catch((error) => {
      // While the service is down, the last value probably still is right.
      if (before && error instanceof EtlError && error.retryable) return before;
      if (this.#value === value) this.#value = undefined;
      throw error;
    });
    return this.#value = value;
  }
}
